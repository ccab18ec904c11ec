#include "server/api/download.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

absl::Status NotAvailable(std::string message, const Job& job) {
  return MakeError(v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE, std::move(message), {{"job_id", job.spec.id}});
}

absl::Status Lost(std::string message) { return MakeError(v1::ERROR_REASON_RESULT_LOST, std::move(message)); }

// Address of the file that was asked for; empty when the output has none of the kind.
std::string UrlOf(const Output& output, v1::OutputVariant variant) {
  switch (variant) {
    case v1::OUTPUT_VARIANT_THUMBNAIL:
      return output.thumbnail ? output.thumbnail->url : "";
    case v1::OUTPUT_VARIANT_SPRITESHEET:
      return output.spritesheet ? output.spritesheet->url : "";
    default:
      return output.url;
  }
}

// Only a dialect knows how its credential is sent; a poll shows it, and where the account's calls go.
void AddCredential(const Account& account, const Attempt& attempt, const Generation& generation,
                   const Catalogue& catalogue, HttpRequest& request) {
  // An offering may have left the catalogue since; a dialect that needs it then builds nothing.
  const Offering gone;
  const Offering* offering = catalogue.FindOffering(attempt.offering);
  if (offering == nullptr) offering = &gone;
  const JobInput input{attempt.provider_job, *offering, attempt.id, "", attempt.timings, generation.count};
  absl::StatusOr<HttpRequest> poll = account.adapter->BuildPoll(input, account.secret);
  if (!poll.ok() || OriginOf(poll->url).empty() || OriginOf(poll->url) != OriginOf(request.url)) return;
  for (HttpHeader& header : poll->headers) {
    if (header.secret) request.headers.push_back(std::move(header));
  }
}

}  // namespace

std::string OriginOf(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return "";
  const std::string scheme = absl::AsciiStrToLower(ToAbsl(url.substr(0, colon)));
  if (scheme != "http" && scheme != "https") return "";
  std::string_view authority = url.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (authority.empty() || authority.find('@') != std::string_view::npos) return "";
  const std::size_t port = authority.rfind(':');
  const bool has_port = port != std::string_view::npos && authority.find(']', port) == std::string_view::npos;
  return absl::StrCat(scheme, "://", absl::AsciiStrToLower(ToAbsl(authority)),
                      has_port ? "" : (scheme == "https" ? ":443" : ":80"));
}

absl::StatusOr<DownloadPlan> PlanDownload(const Job& job, int output_index, v1::OutputVariant variant,
                                          const Accounts& accounts, const Catalogue& catalogue) {
  const JobState& state = job.state;
  if (state.phase != JobPhase::kSucceeded)
    return NotAvailable("the job has no output yet, or will have none", job);
  if (output_index < 0 || static_cast<std::size_t>(output_index) >= state.outputs.size()) {
    return NotAvailable(absl::StrCat("the job has ", state.outputs.size(), " outputs, counted from 0"), job);
  }
  const Output& output = state.outputs[static_cast<std::size_t>(output_index)];
  const std::string url = UrlOf(output, variant);
  if (url.empty()) return NotAvailable("the output has no such file", job);
  const auto maker = std::find_if(state.attempts.rbegin(), state.attempts.rend(), [](const Attempt& attempt) {
    return attempt.phase == AttemptPhase::kSucceeded;
  });
  if (maker == state.attempts.rend())
    return absl::InternalError("a job that succeeded without an attempt that did");
  const Account* account = accounts.Find(maker->provider);
  if (account == nullptr) return Lost("the account that made the video is not configured any more");
  DownloadPlan plan{.request = {.method = HttpMethod::kGet,
                                .repeat = Repeat::kHarmless,
                                .url = url,
                                .headers = {},
                                .body = {}},
                    .url_rule = account->url_rule,
                    .expire_time = output.expire_time};
  if (output.credential_required) {
    AddCredential(*account, *maker, job.spec.generation, catalogue, plan.request);
    plan.with_credential = !plan.request.headers.empty();
  }
  return plan;
}

absl::Status BrokenOff(bool expired) {
  if (expired) return Lost("the provider's copy of the video is past its time");
  return MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider did not give the whole video");
}

absl::Status StatusOfAnswer(int http_status, bool with_credential, bool expired) {
  if ((http_status == 403 && !with_credential) || http_status == 404 || http_status == 410)
    return Lost("the provider no longer has the video");
  return BrokenOff(expired);
}

}  // namespace zoetrope
