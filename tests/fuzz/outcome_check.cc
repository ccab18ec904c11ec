#include "tests/fuzz/outcome_check.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/http/url_guard.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_reader.h"
#include "server/providers/provider_url.h"
#include "tests/fuzz/url_parts.h"

namespace zoetrope::fuzz {
namespace {

using golden::AnyOutcome;
using golden::Call;
using golden::GoldenCase;
using golden::Is;

// `why` is ours, and quotes one message at most.
constexpr std::size_t kWhyChars = limits::kProviderMessageChars + 100;
// A cursor of a list, with which the next request is built.
constexpr std::size_t kPageNameChars = 512;

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

// Remembers the first rule that is broken.
class Rules {
 public:
  void Require(bool holds, const char* rule) {
    if (!holds && broken_.empty()) broken_ = rule;
  }
  void Text(std::string_view text, std::size_t chars_max, const char* what) {
    const std::optional<std::size_t> chars = CountCodePoints(text);
    if (!broken_.empty() || (chars && *chars <= chars_max && IsPrintable(text))) return;
    broken_ = std::string(what) + (!chars               ? " is not UTF-8"
                                   : *chars > chars_max ? " is too long"
                                                        : " is not printable");
  }
  void Code(std::string_view text, const char* what) { Text(text, limits::kProviderCodeChars, what); }

  std::string Take() { return std::move(broken_); }

 private:
  std::string broken_;
};

void Check(Rules& rules, const Failure& failure) {
  rules.Text(failure.message, limits::kProviderMessageChars, "a failure's message");
  rules.Code(failure.provider_code, "a failure's code");
  rules.Require(
      failure.reason >= FailureReason::kValidationRejected && failure.reason <= FailureReason::kInternal,
      "a failure has a reason of the contract");
}

void Check(Rules& rules, const ProviderTimings& timings) {
  rules.Code(timings.worker_id, "a worker");
  rules.Require(timings.queue_duration.value_or(absl::ZeroDuration()) >= absl::ZeroDuration() &&
                    timings.run_duration.value_or(absl::ZeroDuration()) >= absl::ZeroDuration(),
                "no time is negative");
}

void Check(Rules& rules, const ReportedCost& cost) {
  rules.Require(!cost.amount || *cost.amount >= Money(), "no amount is negative");
  rules.Code(cost.units, "units");
  rules.Require(cost.units.empty() || (IsJsonNumber(cost.units) && !cost.units.starts_with('-')),
                "units are a decimal number, and not negative");
}

void Check(Rules& rules, const std::optional<Media>& media) {
  if (!media) return;
  rules.Require(IsMediaUrl(media->url), "media have a web address");
  rules.Code(media->content_type, "a media type");
}

void Check(Rules& rules, const Output& output) {
  Check(rules, Media{output.url, output.content_type});
  Check(rules, output.thumbnail);
  Check(rules, output.spritesheet);
  rules.Require(output.size_bytes >= 0 && output.width_px >= 0 && output.height_px >= 0,
                "no size is negative");
  rules.Require(output.duration_ms.value_or(1) > 0, "a length is positive");
  rules.Require(output.provider_video_id.empty() || IsUsableId(output.provider_video_id),
                "a video's id is usable");
}

void Check(Rules& rules, const std::vector<ProviderLogLine>& logs) {
  rules.Require(logs.size() <= limits::kLogLinesPerPoll, "logs are bounded");
  for (const ProviderLogLine& line : logs) {
    rules.Code(line.time, "a log's time");
    rules.Code(line.level, "a log's level");
    rules.Text(line.message, limits::kProviderMessageChars, "a log's message");
  }
}

void Check(Rules& rules, const std::optional<absl::Duration>& retry_after) {
  rules.Require(
      !retry_after || (*retry_after >= absl::ZeroDuration() && *retry_after <= limits::kDeadlineMax),
      "a pause lies between nothing and a day");
}

void Check(Rules& rules, const ProviderJob& job) {
  rules.Require(IsUsableId(job.id), "a job has a usable id");
  for (const auto& [name, url] : job.urls) rules.Require(IsMediaUrl(url), "a job's URL is a web address");
}

void Check(Rules&, std::monostate) {}

void Check(Rules& rules, const Pending& pending) {
  rules.Require(pending.progress.value_or(0) >= 0 && pending.progress.value_or(0) <= 1,
                "progress lies from 0 to 1");
  rules.Require(pending.queue_position.value_or(0) >= 0, "no place in a queue is negative");
  Check(rules, pending.logs);
  Check(rules, pending.timings);
}

void Check(Rules& rules, const NextStage& next) {
  rules.Require(!next.stage.empty(), "a stage has a name");
  Check(rules, next.timings);
  Check(rules, next.logs);
}

void Check(Rules& rules, const Succeeded& succeeded) {
  rules.Require(!succeeded.outputs.empty(), "success has a video");
  rules.Require(succeeded.outputs.size() <= limits::kOutputsPerJob, "outputs are bounded");
  rules.Require(succeeded.failures.size() <= limits::kOutputsPerJob, "failures of a batch are bounded");
  for (const Output& output : succeeded.outputs) Check(rules, output);
  for (const Failure& failure : succeeded.failures) Check(rules, failure);
  Check(rules, succeeded.cost);
  Check(rules, succeeded.timings);
}

void Check(Rules& rules, const Failed& failed) {
  Check(rules, failed.failure);
  Check(rules, failed.cost);
  Check(rules, failed.timings);
}

void Check(Rules& rules, const CancelledThere& cancelled) {
  Check(rules, cancelled.cost);
  Check(rules, cancelled.timings);
}

void Check(Rules& rules, const NotFoundThere& not_found) {
  rules.Text(not_found.message, limits::kProviderMessageChars, "what a missing job's answer says");
  rules.Code(not_found.provider_code, "the code of a missing job");
}

void Check(Rules& rules, const TryAgain& again) {
  Check(rules, again.retry_after);
  rules.Text(again.why, kWhyChars, "why to try again");
}

void Check(Rules& rules, const Unrecognized& unrecognized) {
  rules.Text(unrecognized.why, kWhyChars, "why nothing is known");
  rules.Text(unrecognized.message, limits::kProviderMessageChars, "what an unknown answer says");
  rules.Code(unrecognized.provider_code, "the code of an unknown answer");
}

void Check(Rules& rules, const Accepted& accepted) {
  Check(rules, accepted.job);
  std::visit([&rules](const auto& end) { Check(rules, end); }, accepted.result);
}

void Check(Rules& rules, const Refused& refused) { Check(rules, refused.failure); }

void Check(Rules& rules, const Throttled& throttled) {
  Check(rules, throttled.retry_after);
  rules.Code(throttled.provider_code, "the code of a refusal for load");
  rules.Text(throttled.message, limits::kProviderMessageChars, "what a refusal for load says");
}

void Check(Rules& rules, const CancelAccepted& accepted) {
  if (accepted.end) Check(rules, *accepted.end);
}
void Check(Rules&, const CancelTooLate&) {}

void Check(Rules& rules, const LookupPage& page) {
  for (const ProviderJob& job : page.matches) Check(rules, job);
  rules.Require(page.next.size() <= kPageNameChars, "the page behind this one has a short name");
}

void Check(Rules& rules, const Charged& charged) {
  Check(rules, charged.cost);
  rules.Require(charged.cost.amount || !charged.cost.units.empty(), "a charge is an amount, or units");
}
void Check(Rules&, const NoChargeYet&) {}

void Check(Rules& rules, const Priced& priced) {
  rules.Require(priced.list >= Money() && priced.charged >= Money(), "no price is negative");
}

void Check(Rules& rules, const Prepared& prepared) {
  rules.Require(IsMediaUrl(prepared.value), "what was prepared has a web address");
}

// The table of verdicts in server/README.md, as far as the status alone decides.
void CheckVerdict(Rules& rules, const GoldenCase& question, const Capabilities& capabilities, int status,
                  const AnyOutcome& outcome) {
  const bool about_account = status == 401 || status == 402 || status == 403;
  if (question.call == Call::kSubmit) {
    const bool open = status < 200 || (status >= 300 && status < 400) || status == 408 || status >= 500;
    rules.Require(!open || Is<Unrecognized>(outcome),
                  "such a status leaves open whether something was created");
    const bool known = capabilities.deduplicates_by_id && (status == 400 || status == 409);
    rules.Require(!Is<Accepted>(outcome) || IsSuccess(status) || known, "only 2xx accepts");
    rules.Require(!Is<Refused>(outcome) || status != 409, "a conflict is no refusal");
    rules.Require(!about_account || Is<Refused>(outcome) || Is<Unrecognized>(outcome),
                  "the account was refused");
  } else if (question.call == Call::kPrepare) {
    rules.Require(!Is<Prepared>(outcome) || IsSuccess(status), "only 2xx prepares");
  } else {
    rules.Require(!about_account || Is<TryAgain>(outcome), "the account, and not the job, is in the way");
    // Under our own id, the error of the task itself tells that there was one.
    const bool of_task = capabilities.deduplicates_by_id && (status == 400 || status == 404);
    rules.Require(!Is<LookupPage>(outcome) || IsSuccess(status) || of_task, "only 2xx tells what there is");
    const bool tells = Is<Charged>(outcome) || Is<NoChargeYet>(outcome) || Is<Priced>(outcome);
    rules.Require(!tells || IsSuccess(status), "only 2xx tells a price");
  }
  if (question.call == Call::kPoll) {
    const bool part = status == 400 || status == 404;  // of a batch, or of an error beside the video
    rules.Require(!Is<Succeeded>(outcome) || IsSuccess(status) || part, "only 2xx succeeds");
    rules.Require((status != 408 && status != 429) || Is<TryAgain>(outcome), "load and slowness pass");
  }
}

bool IsToken(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::string ProblemOf(const GoldenCase& question, const Capabilities& capabilities, int status,
                      const AnyOutcome& outcome) {
  Rules rules;
  std::visit(
      [&rules](const auto& kind) { std::visit([&rules](const auto& what) { Check(rules, what); }, kind); },
      outcome);
  CheckVerdict(rules, question, capabilities, status, outcome);
  return rules.Take();
}

std::string ProblemOf(const HttpRequest& request, Repeat repeat, std::string_view origin) {
  Rules rules;
  rules.Require(request.repeat == repeat, "only a submission is billable");
  rules.Require(CheckUrl(request.url, {.allow_plain_http = true}).ok(), "a request's URL passes the guard");
  rules.Require(OriginOf(request.url) == origin, "a request goes to the account's own host");
  rules.Require(request.url.find(golden::kSecret) == std::string::npos, "no URL holds the secret");
  rules.Require(request.body.find(golden::kSecret) == std::string::npos, "no body holds the secret");
  int secrets = 0;
  bool is_json = false;
  for (const HttpHeader& header : request.headers) {
    const bool holds = header.value.find(golden::kSecret) != std::string::npos;
    rules.Require(holds == header.secret, "the secret is where it is marked");
    secrets += header.secret ? 1 : 0;
    rules.Require(IsToken(header.name) && IsPrintable(header.value), "headers are well formed");
    is_json = is_json || (header.name == "content-type" && header.value == "application/json");
  }
  rules.Require(secrets == 1, "one header holds the secret");
  rules.Require(!is_json || ParseJson(request.body).ok(), "a JSON body is JSON");
  return rules.Take();
}

}  // namespace zoetrope::fuzz
