#include "server/providers/fal/fal_adapter.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/providers/binding.h"
#include "server/providers/fal/fal_errors.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/likeness.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"

namespace zoetrope {
namespace {

constexpr std::string_view kQueueUrl = "https://queue.fal.run";
constexpr std::string_view kSynchronousUrl = "https://fal.run";
constexpr std::string_view kPlatformUrl = "https://api.fal.ai/v1";
constexpr std::string_view kMarkerPrefix = "zoetrope-attempt=";
constexpr std::string_view kResultStage = "result";
constexpr std::int32_t kLooksAtBrokenResult =
    3;  // before a server error at the result's URL counts as the model's
// Without this header the pages differ on how long a result lives; with it, 7 days.
constexpr std::string_view kLifecycle = R"({"expiration_duration_seconds":604800})";

constexpr std::string_view kPageSize = "100";  // the most that a page of the history holds
constexpr std::size_t kCursorChars = 512;

// The names under which a job keeps URLs that cannot be derived from its id.
constexpr std::string_view kStatus = "status";
constexpr std::string_view kResponse = "response";
constexpr std::string_view kCancel = "cancel";

// `fal-ai/sora-2/image-to-video` → `fal-ai/sora-2`: all calls but the first are made at the app, not at its
// sub-path. Two name spaces put a word before the owner.
std::string AppOf(std::string_view model_id) {
  const bool spaced = model_id.starts_with("workflows/") || model_id.starts_with("comfy/");
  std::size_t end = 0;
  for (int segments = spaced ? 3 : 2; segments > 0; --segments) {
    end = model_id.find('/', end);
    if (end == std::string_view::npos) return std::string(model_id);
    ++end;
  }
  return std::string(model_id.substr(0, end - 1));
}

// Where `call` goes by the path rule.
absl::StatusOr<std::string> DerivedUrl(std::string_view base, const Offering& offering, std::string_view id,
                                       std::string_view call) {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, JoinUrl(base, AppOf(offering.provider_model_id) + "/requests"));
  url += "/" + EscapeUrl(id);
  if (call != kResponse) url += "/" + std::string(call);
  return url;
}

// The URL that fal gave for `call`, if the job has one that the credential may go to; else the derived one.
absl::StatusOr<std::string> UrlFor(std::string_view base, const JobInput& input, std::string_view call) {
  const auto given = input.job.urls.find(std::string(call));
  if (given != input.job.urls.end() && IsBeneath(given->second, base)) return given->second;
  return DerivedUrl(base, input.offering, input.job.id, call);
}

// Seconds as a decimal, read exactly: nine decimals are what nanoseconds have.
std::optional<absl::Duration> SecondsIn(const JsonValue& json, std::string_view path) {
  const std::optional<Money> nanos = ReportedAmount(json.Decimal(path));
  if (!nanos) return std::nullopt;
  return absl::Nanoseconds(nanos->nanos());
}

std::vector<ProviderLogLine> LogsIn(const JsonValue& status) {
  std::span<const JsonValue> lines = status.Items("logs");
  if (lines.size() > limits::kLogLinesPerPoll) lines = lines.last(limits::kLogLinesPerPoll);
  std::vector<ProviderLogLine> logs;
  for (const JsonValue& line : lines) {
    logs.push_back({PrintableCode(line.Text("timestamp").value_or("")),
                    PrintableCode(line.Text("level").value_or("")),
                    PrintableMessage(line.Text("message").value_or(""))});
  }
  return logs;
}

std::optional<Media> MediaIn(const JsonValue& result, const std::string& name) {
  const std::optional<std::string> url = result.Text(name + ".url");
  if (!url || !IsMediaUrl(*url)) return std::nullopt;
  return Media{*url, PrintableCode(result.Text(name + ".content_type").value_or(""))};
}

std::optional<Output> OutputIn(const JsonValue& result) {
  const std::optional<Media> video = MediaIn(result, "video");
  if (!video) return std::nullopt;
  Output output;
  output.url = video->url;
  output.content_type = video->content_type.empty() ? MediaTypeOf(video->url) : video->content_type;
  output.size_bytes = std::max<std::int64_t>(result.Integer("video.file_size").value_or(0), 0);
  output.seed = result.Integer("seed");
  output.thumbnail = MediaIn(result, "thumbnail");
  output.spritesheet = MediaIn(result, "spritesheet");
  const std::string video_id = result.Text("video_id").value_or("");
  if (IsUsableId(video_id)) output.provider_video_id = video_id;
  return output;
}

ReportedCost CostOf(const HttpResponse& response) {
  const JsonValue header =
      JsonValue::OfString(std::string(response.Header("x-fal-billable-units").value_or("")));
  const std::optional<std::string> units = header.Decimal();
  const bool usable = units && !units->starts_with('-') && units->size() <= limits::kProviderCodeChars;
  return {std::nullopt, usable ? *units : ""};
}

// The end that a complete model output tells, at the queue's result and in the synchronous answer alike.
std::variant<Succeeded, Failed> ReadOutput(const HttpResponse& response, const Body& body,
                                           const ProviderTimings& timings) {
  if (std::optional<Output> output = OutputIn(body.json)) {
    return Succeeded{{*std::move(output)}, {}, CostOf(response), timings};
  }
  ErrorText error = FalErrorIn(response, body.json);
  if (error.code.empty() && error.message.empty()) error.message = "completed without a usable video URL";
  return Failed{MakeFailure(error, FailureReason::kResultInvalid), CostOf(response), timings};
}

// Whether a request of the history can be a submission of `input` to `model`.
Likeness Compare(const JsonValue& item, const JsonValue& input, std::string_view model, absl::Time sent_at) {
  const std::optional<std::string> theirs = item.Text("endpoint_id");
  Likeness likeness = !theirs ? Likeness::kUntold : *theirs == model ? Likeness::kSame : Likeness::kOther;
  likeness = Both(likeness, CompareTime(TimeIn(item, "sent_at"), sent_at));
  return Both(likeness, CompareInput(item.Find("json_input"), input));
}

// What names the page behind this one; empty where it is the last; nullopt where no one can tell.
std::optional<std::string> CursorIn(const JsonValue& page) {
  const std::string cursor = page.Text("next_cursor").value_or("");
  const std::optional<bool> more = page.Bool("has_more");
  if (!more || cursor.size() > kCursorChars || *more == cursor.empty()) return std::nullopt;
  return cursor;
}

// A status of the queue: 202 while it is not finished, 200 when it is.
PollOutcome ReadStatus(const JobInput& input, const HttpResponse& response) {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status))
    return As<PollOutcome>(ReadLaterError(response, FalErrorIn(response, body.json)));
  if (body.json.Find("status") == nullptr) return Unrecognized{"no status in the answer to a poll"};
  if (const auto id = body.json.Text("request_id"); id && *id != input.job.id) {
    return Unrecognized{"the answer to a poll is about another job"};
  }
  ProviderTimings timings;
  timings.run_duration = SecondsIn(body.json, "metrics.inference_time");
  const std::string word = body.json.Text("status").value_or("");
  if (word == "COMPLETED") {
    const ErrorText error = FalErrorIn(response, body.json);
    if (IsFalCancellation(error)) return CancelledThere{CostOf(response), timings};
    if (!error.code.empty() || !error.message.empty()) {
      return Failed{MakeFailure(error, FailureReason::kProviderError), CostOf(response), timings};
    }
    return NextStage{std::string(kResultStage), timings, LogsIn(body.json)};
  }
  Pending pending;
  pending.phase = word == "IN_QUEUE"      ? Pending::Phase::kQueued
                  : word == "IN_PROGRESS" ? Pending::Phase::kRunning
                                          : Pending::Phase::kUnknownWord;
  if (const auto position = body.json.Integer("queue_position");
      position && *position >= 0 && *position <= INT32_MAX) {
    pending.queue_position = static_cast<std::int32_t>(*position);
  }
  pending.logs = LogsIn(body.json);
  pending.timings = timings;
  return pending;
}

// The result: status, headers and body are the model's own, except where fal itself is in the way.
PollOutcome ReadResult(const JobInput& input, const HttpResponse& response) {
  const Body body = ReadBody(response);
  const ErrorText error = FalErrorIn(response, body.json);
  if (IsSuccess(response.status)) {
    if (!body.json.is_object()) return Unrecognized{"unreadable result"};
    return std::visit([](auto&& end) -> PollOutcome { return std::forward<decltype(end)>(end); },
                      ReadOutput(response, body, input.timings));
  }
  if (IsFalStillRunning(response, error)) return Pending{Pending::Phase::kRunning, {}, {}, {}, input.timings};
  if (IsFalModelError(response, body.json, error)) {
    // A status without an error went before. If fal only stumbled over a result that is there, calling it
    // failed would throw away a video that was paid for.
    if (response.status >= 500 && input.fruitless < kLooksAtBrokenResult)
      return TryAgain{RetryAfter(response), "the result could not be read", std::nullopt, /*about_job=*/true};
    if (IsFalCancellation(error)) return CancelledThere{CostOf(response), input.timings};
    return Failed{MakeFailure(error, ReasonOfStatus(response.status)), CostOf(response), input.timings};
  }
  return As<PollOutcome>(ReadLaterError(response, error));
}

}  // namespace

FalAdapter::FalAdapter(const AccountEndpoints& endpoints)
    : base_url_(endpoints.base_url.empty() ? kQueueUrl : endpoints.base_url),
      synchronous_url_(kSynchronousUrl),
      synchronous_(endpoints.synchronous) {
  if (const auto url = endpoints.base_urls.find("sync"); url != endpoints.base_urls.end())
    synchronous_url_ = url->second;
  // An account elsewhere has its history elsewhere too: the credential must not go to fal for it.
  if (endpoints.base_url.empty()) platform_url_ = kPlatformUrl;
  if (const auto url = endpoints.base_urls.find("platform"); url != endpoints.base_urls.end())
    platform_url_ = url->second;
  // What the blocking host took is not known to be in the history, nor to the queue that would be polled.
  capabilities_.can_look_up = !platform_url_.empty() && !synchronous_;
  capabilities_.can_cancel = true;
  capabilities_.can_call_back = true;
  capabilities_.has_synchronous_mode = true;
  capabilities_.bills_failures = false;
  capabilities_.bills_cancelled_running = true;
  capabilities_.result_kept_for = absl::Hours(1);
  capabilities_.media_kept_for = absl::Hours(7 * 24);
  capabilities_.marker_prefix = kMarkerPrefix;
}

absl::Status FalAdapter::Check(const Generation&, const Offering&) const { return absl::OkStatus(); }

absl::StatusOr<HttpRequest> FalAdapter::BuildSubmit(const SubmitInput& input, const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, JoinUrl(synchronous_ ? synchronous_url_ : base_url_,
                                                     input.offering.provider_model_id));
  // Who waits for the answer needs no callback, and the blocking host takes none.
  if (!input.callback_url.empty() && !synchronous_) url += "?fal_webhook=" + EscapeUrl(input.callback_url);
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, body));
  HttpRequest request =
      MakeJsonPost(Repeat::kBillable, std::move(url), Authorization("Key", secret), body.value().Write());
  request.headers.push_back({"x-fal-object-lifecycle-preference", std::string(kLifecycle)});
  // Comes back in the account's tagged billing events: by it a person can tell which attempt a charge was
  // for.
  request.headers.push_back({"x-fal-tags", std::string(kMarkerPrefix) + std::string(input.attempt_id)});
  return request;
}

SubmitOutcome FalAdapter::ReadSubmit(const SubmitInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return ReadSubmitError(response, body, FalErrorIn(response, body.json));
  if (!body.json.is_object()) return Unrecognized{"unreadable answer to a submission"};
  Accepted accepted;
  accepted.job.id = body.json.Text("request_id").value_or("");
  if (synchronous_) {
    if (accepted.job.id.empty()) accepted.job.id = response.Header("x-fal-request-id").value_or("");
    if (!IsUsableId(accepted.job.id)) return Unrecognized{"accepted without a usable id"};
    std::visit([&accepted](auto&& end) { accepted.result = std::forward<decltype(end)>(end); },
               ReadOutput(response, body, {}));
    return accepted;
  }
  if (!IsUsableId(accepted.job.id)) return Unrecognized{"accepted without a usable id"};
  for (const std::string_view call : {kStatus, kResponse, kCancel}) {
    const std::optional<std::string> given = body.json.Text(std::string(call) + "_url");
    const absl::StatusOr<std::string> derived = DerivedUrl(base_url_, input.offering, accepted.job.id, call);
    // fal asks for its own URLs to be used. Those that the path rule gives as well are not worth a place in
    // the store; those that lead elsewhere would take the credential along.
    if (given && IsBeneath(*given, base_url_) && !(derived.ok() && *derived == *given)) {
      accepted.job.urls.emplace(call, *given);
    }
  }
  return accepted;
}

absl::StatusOr<HttpRequest> FalAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  const bool result = input.stage == kResultStage;
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, UrlFor(base_url_, input, result ? kResponse : kStatus));
  if (!result) url += url.find('?') == std::string::npos ? "?logs=1" : "&logs=1";
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, std::move(url), Authorization("Key", secret));
}

PollOutcome FalAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  return input.stage == kResultStage ? ReadResult(input, response) : ReadStatus(input, response);
}

std::optional<ProviderJob> FalAdapter::ReadCallback(std::string_view body) const {
  return ReadCallbackId(body, "request_id");
}

absl::StatusOr<HttpRequest> FalAdapter::BuildCancel(const JobInput& input, const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, UrlFor(base_url_, input, kCancel));
  return MakeRequest(HttpMethod::kPut, Repeat::kHarmless, std::move(url), Authorization("Key", secret));
}

CancelOutcome FalAdapter::ReadCancel(const JobInput&, const HttpResponse& response) const {
  // A cancel is a request at fal, not a fact: whatever 2xx says, polling tells what became of it.
  if (IsSuccess(response.status)) return CancelAccepted{};
  const Body body = ReadBody(response);
  if (response.status == 400 && body.json.Text("status") == "ALREADY_COMPLETED") return CancelTooLate{};
  return As<CancelOutcome>(ReadLaterError(response, FalErrorIn(response, body.json)));
}

// Which of its times the history is bounded by is not stated; none of them is before the sending, and the end
// of the range is left open.
absl::StatusOr<HttpRequest> FalAdapter::BuildLookup(const LookupInput& input, const Secret& secret) const {
  if (!capabilities_.can_look_up) return absl::UnimplementedError("this account has no history");
  const std::string start =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", input.sent_at - kCreatedBefore, absl::UTCTimeZone());
  std::string url = platform_url_ + "/models/requests/by-endpoint?endpoint_id=" +
                    EscapeUrl(input.submit.offering.provider_model_id) + "&start=" + EscapeUrl(start) +
                    "&expand=payloads&limit=" + std::string(kPageSize);
  if (!input.page.empty()) url += "&cursor=" + EscapeUrl(input.page);
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, std::move(url), Authorization("Key", secret));
}

LookupOutcome FalAdapter::ReadLookup(const LookupInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status))
    return AsOfList<LookupOutcome>(ReadLaterError(response, FalErrorIn(response, body.json)));
  const JsonValue* items = body.json.Find("items");
  if (items == nullptr || !items->is_array()) return Unrecognized{"no history in the answer to a look-up"};
  JsonBuilder ours;
  if (!AddInput(input.submit, ours).ok()) return Unrecognized{"what was sent cannot be built again"};
  LookupPage found;
  for (const JsonValue& item : items->Items()) {
    const Likeness likeness =
        Compare(item, ours.value(), input.submit.offering.provider_model_id, input.sent_at);
    if (likeness == Likeness::kOther) continue;
    const std::string id = item.Text("request_id").value_or("");
    if (likeness == Likeness::kUntold || !IsUsableId(id))
      return Unrecognized{"a request that could be this one does not say enough"};
    found.matches.push_back({id, {}});
  }
  std::optional<std::string> next = CursorIn(body.json);
  if (!next) return Unrecognized{"the history does not say where it ends"};
  found.next = *std::move(next);
  return found;
}

}  // namespace zoetrope
