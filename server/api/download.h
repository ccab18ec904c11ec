// Which request brings the bytes of an output, and what a provider's answer to it means. Pure.
#ifndef ZOETROPE_SERVER_API_DOWNLOAD_H_
#define ZOETROPE_SERVER_API_DOWNLOAD_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/catalogue/catalogue.h"
#include "server/domain/job.h"
#include "server/engine/account.h"
#include "server/http/http_client.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {

// What a download starts from.
struct DownloadPlan {
  HttpRequest request;
  UrlRule url_rule;
  bool with_credential = false;  // whether `request` carries the account's
  absl::Time expire_time = absl::InfiniteFuture();
};

// The request for one file of `job`. It carries the account's credential only when the output needs it and
// lies where the account's own calls go (scheme, host and port). OUTPUT_NOT_AVAILABLE when there is no such
// file; RESULT_LOST when its account is not configured any more.
absl::StatusOr<DownloadPlan> PlanDownload(const Job& job, int output_index, v1::OutputVariant variant,
                                          const Accounts& accounts, const Catalogue& catalogue);

// What an answer that is not 200 means: RESULT_LOST when the provider says that there is nothing, or no
// longer; else PROVIDER_UNAVAILABLE. A 403 is about the credential where there is one, else about an address
// that is past its time.
absl::Status StatusOfAnswer(int http_status, bool with_credential, bool expired);

// PROVIDER_UNAVAILABLE, or RESULT_LOST when the file is past its time.
absl::Status BrokenOff(bool expired);

// `scheme://host:port` of `url` in lower case, the port spelled out; empty for what is no http or https URL.
std::string OriginOf(std::string_view url);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_DOWNLOAD_H_
