// The arguments of the list calls, and their pages. Pure.
#ifndef ZOETROPE_SERVER_API_LIST_H_
#define ZOETROPE_SERVER_API_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/api/page_token.h"
#include "server/catalogue/catalogue.h"
#include "server/store/job_store.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {

// A page that is asked for.
struct JobsPage {
  ListQuery query;  // asks for one job more than the page holds, to know whether there is a next one
  int page_size = 0;
  std::string binding;  // of the call, for the next token
};

// INVALID_FIELD with all violations, or PAGE_TOKEN_INVALID.
absl::StatusOr<JobsPage> ReadListJobs(std::string_view tenant, const v1::ListJobsRequest& request,
                                      const Catalogue& catalogue, const PageTokens& tokens);

// The page of `jobs`, which the query gave. Ends early when it grows beyond what clients take by default (4
// MiB).
void WriteJobsPage(const std::vector<Job>& jobs, const JobsPage& page, const PageTokens& tokens,
                   v1::ListJobsResponse* out);

// The models of a page and the token of the next one.
struct ModelsPage {
  std::vector<const Model*> models;
  std::string next_page_token;
  std::optional<std::int64_t> price_duration_ms;
};
absl::StatusOr<ModelsPage> ReadListModels(std::string_view tenant, const v1::ListModelsRequest& request,
                                          const Catalogue& catalogue, const PageTokens& tokens);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_LIST_H_
