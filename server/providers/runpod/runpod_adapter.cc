#include "server/providers/runpod/runpod_adapter.h"

#include <optional>
#include <utility>
#include <variant>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/providers/binding.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/json_reader.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"

namespace zoetrope {
namespace {

constexpr std::string_view kBaseUrl = "https://api.runpod.ai/v2";
// The longest that /runsync can be asked to wait.
constexpr std::string_view kSynchronousOperation = "runsync?wait=300000";
// What the two operations take as a body; "MB" is read as the smaller of its meanings.
constexpr std::size_t kRunBytes = 10'000'000;
constexpr std::size_t kRunsyncBytes = 20'000'000;
// What a body has beside pictures and prompt.
constexpr std::size_t kEnvelopeBytes = 16'384;

std::size_t Base64Size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

ProviderTimings TimingsIn(const JsonValue& job) {
  const auto duration = [&job](std::string_view path) -> std::optional<absl::Duration> {
    const std::optional<std::int64_t> millis = job.Integer(path);
    if (!millis || *millis < 0) return std::nullopt;
    return absl::Milliseconds(*millis);
  };
  ProviderTimings timings;
  timings.queue_duration = duration("delayTime");
  timings.run_duration = duration("executionTime");
  timings.worker_id = PrintableCode(job.Text("workerId").value_or(""));
  return timings;
}

// The innermost JSON object of an error text such as `Error submitting task: 400,
// {"code":400,"message":"…"}`.
std::optional<JsonValue> ObjectWithin(std::string_view text) {
  const std::size_t start = text.find('{');
  const std::size_t end = text.rfind('}');
  if (start == std::string_view::npos || end == std::string_view::npos || end < start) return std::nullopt;
  absl::StatusOr<JsonValue> json = ParseJson(text.substr(start, end - start + 1));
  if (!json.ok() || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

// The upstream's own code tells who is at fault; its credentials are the reseller's affair, not our
// account's.
std::optional<FailureReason> ReasonOfUpstream(std::string_view code) {
  if (code == "400" || code == "413" || code == "415" || code == "422")
    return FailureReason::kValidationRejected;
  if (code == "408" || code == "504") return FailureReason::kProviderTimeout;
  return std::nullopt;
}

// `error` is a text, a text around an upstream's JSON, or (from workers' own code) an object; it may also
// stand in `output`.
ErrorText ErrorIn(const JsonValue& job) {
  ErrorText error;
  for (const std::string_view path :
       {"error", "output.error", "error.message", "output.error.message", "message", "detail", "title"}) {
    if (std::optional<std::string> text = job.Text(path)) {
      error.message = *std::move(text);
      break;
    }
  }
  if (const std::optional<JsonValue> upstream = ObjectWithin(error.message)) {
    error.code = upstream->Text("code").value_or("");
    const std::optional<std::string> inner = upstream->Text("message");
    error.message = inner ? *inner : upstream->Text("error").value_or(error.message);
  }
  error.reason = ReasonFromWords(error.message);
  if (!error.reason) error.reason = ReasonOfUpstream(error.code);
  return error;
}

// The variants of a result, in the order in which RunPod's own client looks for them.
std::optional<std::string> VideoUrlIn(const JsonValue& job) {
  for (const std::string_view path : {"output.video_url", "output.result", "output.url", "output"}) {
    std::optional<std::string> url = job.Text(path);
    if (url && IsMediaUrl(*url)) return url;
  }
  return std::nullopt;
}

using End = std::variant<std::monostate, Succeeded, Failed, CancelledThere>;

// The end that a job object tells; monostate while there is none.
End EndIn(const JsonValue& job) {
  const JsonValue* status = job.Find("status");
  const std::string word = status != nullptr && status->is_string() ? *status->Text() : "";
  const ReportedCost cost{ReportedAmount(job.Decimal("output.cost")), ""};
  if (word == "COMPLETED") {
    if (const std::optional<std::string> url = VideoUrlIn(job)) {
      Output output;
      output.url = *url;
      output.content_type = MediaTypeOf(*url);
      return Succeeded{{std::move(output)}, {}, cost, TimingsIn(job)};
    }
    ErrorText error = ErrorIn(job);
    if (error.message.empty())
      error = {"", "completed without a usable video URL", FailureReason::kResultInvalid};
    return Failed{MakeFailure(error, FailureReason::kProviderError), cost, TimingsIn(job)};
  }
  if (word == "FAILED")
    return Failed{MakeFailure(ErrorIn(job), FailureReason::kProviderError), cost, TimingsIn(job)};
  if (word == "TIMED_OUT") {
    ErrorText error = ErrorIn(job);
    error.reason = FailureReason::kProviderTimeout;
    return Failed{MakeFailure(error, FailureReason::kProviderTimeout), cost, TimingsIn(job)};
  }
  if (word == "CANCELLED") return CancelledThere{cost, TimingsIn(job)};
  return std::monostate();
}

// Whether `job` names another job than the one that was asked for.
bool IsAnother(const JsonValue& job, const std::string& id) {
  const std::optional<std::string> named = job.Text("id");
  return named && *named != id;
}

}  // namespace

RunpodAdapter::RunpodAdapter(const AccountEndpoints& endpoints)
    : base_url_(endpoints.base_url.empty() ? kBaseUrl : endpoints.base_url),
      synchronous_(endpoints.synchronous) {
  capabilities_.can_cancel = true;
  capabilities_.can_call_back = true;
  capabilities_.has_synchronous_mode = true;
  capabilities_.bills_failures = false;
  capabilities_.result_kept_for = synchronous_ ? absl::Minutes(1) : absl::Minutes(30);
  capabilities_.media_kept_for = absl::Hours(7 * 24);
  capabilities_.concurrent_jobs_max = synchronous_ ? 400 : 200;
}

absl::Status RunpodAdapter::Check(const Generation& generation, const Offering&) const {
  std::size_t bytes = kEnvelopeBytes + 2 * (generation.prompt.size() + generation.negative_prompt.size());
  const auto add = [&bytes](const Image& image) {
    if (image.blob() != nullptr) bytes += Base64Size(static_cast<std::size_t>(image.blob()->size_bytes));
  };
  if (generation.first_frame) add(*generation.first_frame);
  if (generation.last_frame) add(*generation.last_frame);
  for (const Image& image : generation.reference_images) add(image);
  const std::size_t most = synchronous_ ? kRunsyncBytes : kRunBytes;
  if (bytes <= most) return absl::OkStatus();
  return MakeFieldError(
      v1::ERROR_REASON_INVALID_FIELD,
      {{"generation.first_frame", "pictures given by value make the request larger than the provider's " +
                                      std::to_string(most) + " bytes; give a URL"}});
}

absl::StatusOr<std::string> RunpodAdapter::Url(const Offering& offering, std::string_view operation) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, JoinUrl(base_url_, offering.provider_model_id));
  url += '/';
  url += operation;
  return url;
}

absl::StatusOr<HttpRequest> RunpodAdapter::BuildSubmit(const SubmitInput& input, const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url,
                            Url(input.offering, synchronous_ ? kSynchronousOperation : "run"));
  JsonBuilder fields;
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, fields));
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(body.Set("input", fields.Take()));
  if (!input.callback_url.empty()) {
    ZOETROPE_RETURN_IF_ERROR(body.Set("webhook", JsonValue::OfString(std::string(input.callback_url))));
  }
  std::string text = body.value().Write();
  if (text.size() > (synchronous_ ? kRunsyncBytes : kRunBytes)) {
    return absl::FailedPreconditionError("the request is larger than the provider takes");
  }
  return MakeJsonPost(Repeat::kBillable, std::move(url), Authorization("Bearer", secret), std::move(text));
}

SubmitOutcome RunpodAdapter::ReadSubmit(const SubmitInput&, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  // A refusal of the model's validation is a job object with an id and FAILED, under HTTP 400: refused all
  // the same.
  if (!IsSuccess(response.status)) {
    ErrorText error = ErrorIn(body.json);
    // Words are a guess, and worth more than the status only where that says no more than "bad request".
    if (response.status != 400 && response.status != 422) error.reason.reset();
    return ReadSubmitError(response, body, error);
  }
  const std::string id = body.json.Text("id").value_or("");
  if (!IsUsableId(id)) return Unrecognized{"accepted without a usable id"};
  return Accepted{{id, {}}, EndIn(body.json)};
}

absl::StatusOr<HttpRequest> RunpodAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, Url(input.offering, "status/" + EscapeUrl(input.job.id)));
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, std::move(url), Authorization("Bearer", secret));
}

PollOutcome RunpodAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return As<PollOutcome>(ReadLaterError(response, ErrorIn(body.json)));
  const JsonValue* status = body.json.Find("status");
  if (status == nullptr) return Unrecognized{"no status in the answer to a poll"};
  if (IsAnother(body.json, input.job.id)) return Unrecognized{"the answer to a poll is about another job"};
  End end = EndIn(body.json);
  if (auto* succeeded = std::get_if<Succeeded>(&end)) return std::move(*succeeded);
  if (auto* failed = std::get_if<Failed>(&end)) return std::move(*failed);
  if (auto* cancelled = std::get_if<CancelledThere>(&end)) return std::move(*cancelled);
  Pending pending;
  pending.timings = TimingsIn(body.json);
  const std::string word = status->is_string() ? *status->Text() : "";
  pending.phase = word == "IN_QUEUE"                           ? Pending::Phase::kQueued
                  : word == "IN_PROGRESS" || word == "RUNNING" ? Pending::Phase::kRunning
                                                               : Pending::Phase::kUnknownWord;
  return pending;
}

std::optional<ProviderJob> RunpodAdapter::ReadCallback(std::string_view body) const {
  return ReadCallbackId(body, "id");
}

absl::StatusOr<HttpRequest> RunpodAdapter::BuildCancel(const JobInput& input, const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, Url(input.offering, "cancel/" + EscapeUrl(input.job.id)));
  return MakeRequest(HttpMethod::kPost, Repeat::kHarmless, std::move(url), Authorization("Bearer", secret));
}

CancelOutcome RunpodAdapter::ReadCancel(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  // What the answer to a finished job's cancel looks like is not documented: its end is believed under 400
  // and 409 as well.
  const bool readable = IsSuccess(response.status) || response.status == 400 || response.status == 409;
  if (!readable) return As<CancelOutcome>(ReadLaterError(response, ErrorIn(body.json)));
  if (body.form == Body::Form::kBroken || IsAnother(body.json, input.job.id))
    return Unrecognized{"unreadable answer to a cancel"};
  End end = EndIn(body.json);
  if (auto* cancelled = std::get_if<CancelledThere>(&end)) return CancelAccepted{std::move(*cancelled)};
  if (!std::holds_alternative<std::monostate>(end)) return CancelTooLate{};
  if (IsSuccess(response.status)) return CancelAccepted{};
  return Unrecognized{"HTTP " + std::to_string(response.status)};
}

}  // namespace zoetrope
