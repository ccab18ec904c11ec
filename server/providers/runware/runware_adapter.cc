#include "server/providers/runware/runware_adapter.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"
#include "server/providers/binding.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"
#include "server/providers/runware/runware_errors.h"

namespace zoetrope {
namespace {

constexpr std::string_view kBaseUrl = "https://api.runware.ai/v1";
constexpr std::string_view kTaskType = "videoInference";
constexpr std::size_t kShortestPrompt = 2;

absl::Status FieldError(std::string field, std::string what) {
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{std::move(field), std::move(what)}});
}

// What the gateway owns of a task. It is set first, so that no offering's data can replace it.
absl::Status AddEnvelope(const SubmitInput& input, JsonBuilder& task) {
  ZOETROPE_RETURN_IF_ERROR(task.Set("taskType", JsonValue::OfString(std::string(kTaskType))));
  ZOETROPE_RETURN_IF_ERROR(task.Set("taskUUID", JsonValue::OfString(std::string(input.attempt_id))));
  ZOETROPE_RETURN_IF_ERROR(task.Set("model", JsonValue::OfString(input.offering.provider_model_id)));
  ZOETROPE_RETURN_IF_ERROR(task.Set("deliveryMethod", JsonValue::OfString("async")));
  ZOETROPE_RETURN_IF_ERROR(task.Set("includeCost", JsonValue::OfBool(true)));
  ZOETROPE_RETURN_IF_ERROR(task.Set("outputType", JsonValue::OfString("URL")));
  if (input.callback_url.empty()) return absl::OkStatus();
  return task.Set("webhookURL", JsonValue::OfString(std::string(input.callback_url)));
}

std::string ArrayOf(JsonValue task) {
  JsonValue array = JsonValue::Array();
  array.Append(std::move(task));
  return array.Write();
}

// The items of a reply that are about `task`, in the order of the reply, which is not that of anything.
std::vector<const JsonValue*> ItemsOf(const JsonValue& reply, std::string_view task) {
  std::vector<const JsonValue*> items;
  for (const JsonValue& item : reply.Items("data")) {
    const std::optional<std::string> uuid = item.Text("taskUUID");
    if (uuid && IsSameUuid(*uuid, task)) items.push_back(&item);
  }
  return items;
}

// A reply's items and errors about one task, sorted. Replies are cumulative: finished items stay in them.
struct Tally {
  std::vector<Output> outputs;
  std::vector<Failure> failures;
  std::optional<Money> cost = Money();  // nullopt as soon as one finished item does not tell its own
  std::int64_t unfinished = 0;
  std::int64_t percent = 0;  // sum over the unfinished
  bool has_percent = false;
  bool all_queued = true;
  bool unknown_word = false;
};

std::optional<Output> OutputIn(const JsonValue& item) {
  const std::string url = item.Text("videoURL").value_or("");
  if (!IsMediaUrl(url)) return std::nullopt;
  Output output;
  output.url = url;
  output.content_type = MediaTypeOf(url);
  output.seed = item.Integer("seed");
  output.sensitive = item.Bool("NSFWContent");
  for (const std::string_view path : {"outputs.videoId", "videoUUID"}) {
    const std::string id = item.Text(path).value_or("");
    if (output.provider_video_id.empty() && IsUsableId(id)) output.provider_video_id = id;
  }
  return output;
}

void AddCost(const JsonValue& item, Tally& tally) {
  const std::optional<Money> cost = ReportedAmount(item.Decimal("cost"));
  if (!cost || !tally.cost) {
    tally.cost = std::nullopt;
    return;
  }
  const absl::StatusOr<Money> sum = Add(*tally.cost, *cost);
  tally.cost = sum.ok() ? std::optional<Money>(*sum) : std::nullopt;
}

void AddUnfinished(const JsonValue& item, std::string_view word, Tally& tally) {
  const bool queued =
      word == "queued" || word == "pending" || word == "scheduled" || word == "waiting" || word.empty();
  ++tally.unfinished;
  tally.all_queued = tally.all_queued && queued;
  tally.unknown_word = tally.unknown_word || (!queued && word != "processing");
  if (const std::optional<std::int64_t> percent = item.Integer("progress")) {
    tally.percent += std::clamp<std::int64_t>(*percent, 0, 100);
    tally.has_percent = true;
  }
}

Tally Count(const std::vector<const JsonValue*>& items) {
  Tally tally;
  std::set<std::string> seen;
  for (const JsonValue* item : items) {
    const std::string uuid = item->Text("videoUUID").value_or("");
    if (!uuid.empty() && !seen.insert(uuid).second) continue;
    const std::string word = item->Text("status").value_or("");
    const JsonValue* error = item->Find("error");
    // A webhook's flat result has no status; a URL says as much.
    if (word == "success" || (word.empty() && item->Find("videoURL") != nullptr)) {
      AddCost(*item, tally);
      if (std::optional<Output> output = OutputIn(*item)) {
        tally.outputs.push_back(*std::move(output));
      } else {
        const ErrorText none{"", "finished without a usable video URL", std::nullopt};
        tally.failures.push_back(MakeFailure(none, FailureReason::kResultInvalid));
      }
    } else if (word == "error") {
      const RunwareError read = ReadRunwareError(error != nullptr ? *error : *item);
      tally.failures.push_back(MakeFailure(read.text, FailureReason::kProviderError));
    } else {
      AddUnfinished(*item, word, tally);
    }
  }
  return tally;
}

Pending StillPending(const Tally& tally, std::int32_t count) {
  Pending pending;
  const bool none = tally.unfinished == 0 && tally.outputs.empty() && tally.failures.empty();
  pending.phase = tally.unknown_word ? Pending::Phase::kUnknownWord
                  : none || (tally.unfinished > 0 && tally.all_queued && tally.outputs.empty())
                      ? Pending::Phase::kQueued
                      : Pending::Phase::kRunning;
  const std::size_t finished = tally.outputs.size() + tally.failures.size();
  if (tally.has_percent || finished > 0) {
    const double percent = static_cast<double>(tally.percent) + 100.0 * static_cast<double>(finished);
    pending.progress = std::min(percent / (100.0 * std::max<std::int32_t>(count, 1)), 1.0);
  }
  return pending;
}

// An error entry that ends the look, not the task; nullopt: it is about the task.
std::optional<PollOutcome> ReadPollTrouble(const RunwareError& error) {
  switch (error.family) {
    case RunwareFamily::kAuth:
    case RunwareFamily::kQuota:
    case RunwareFamily::kRateLimit:
      return TryAgain{std::nullopt, "refused: " + PrintableCode(error.text.code), error.text.reason};
    case RunwareFamily::kCancelled:
      return CancelledThere{};
    case RunwareFamily::kNotFound:
      return NotFoundThere{PrintableMessage(error.text.message), PrintableCode(error.text.code)};
    case RunwareFamily::kServer:
      if (!error.about_poll) return std::nullopt;
      return TryAgain{std::nullopt, "refused: " + PrintableCode(error.text.code), std::nullopt};
    default:
      if (!error.about_poll) return std::nullopt;
      return Unrecognized{"the look at the task was refused"};
  }
}

bool IsAboutLook(const RunwareError& error) {
  return error.about_poll || error.family == RunwareFamily::kAuth ||
         error.family == RunwareFamily::kRateLimit;
}

// 400 and 404 carry the errors of tasks as well; all other statuses are about the call.
bool TellsOfTask(int status, const std::vector<RunwareError>& errors) {
  return IsSuccess(status) || ((status == 400 || status == 404) && !errors.empty());
}

// Whether an entry of `errors` tells how the task ended, and so that there was one.
bool IsEndOfTask(const JsonValue& entry, std::string_view task) {
  const std::optional<std::string> uuid = entry.Text("taskUUID");
  if (!uuid || !IsSameUuid(*uuid, task) || entry.Text("taskType") != kTaskType) return false;
  switch (ReadRunwareError(entry).family) {
    case RunwareFamily::kCancelled:
    case RunwareFamily::kSafety:
    case RunwareFamily::kTimeout:
    case RunwareFamily::kProvider:
      return true;
    default:
      return false;
  }
}

PollOutcome Conclude(Tally tally, bool task_failed, std::int32_t count) {
  const std::size_t finished = tally.outputs.size() + tally.failures.size();
  const bool complete = finished >= static_cast<std::size_t>(std::max<std::int32_t>(count, 1));
  if (tally.outputs.empty()) tally.cost = tally.cost && !tally.cost->is_zero() ? tally.cost : std::nullopt;
  const ReportedCost cost{tally.cost, ""};
  // An error of the task as a whole with nothing in the making is its end, even if less than `count` was
  // made.
  const bool over = complete || (task_failed && tally.unfinished == 0);
  if (over && !tally.outputs.empty()) {
    if (tally.outputs.size() > limits::kOutputsPerJob) tally.outputs.resize(limits::kOutputsPerJob);
    if (tally.failures.size() > limits::kOutputsPerJob) tally.failures.resize(limits::kOutputsPerJob);
    return Succeeded{std::move(tally.outputs), std::move(tally.failures), cost, {}};
  }
  if (over && !tally.failures.empty()) return Failed{std::move(tally.failures.front()), cost, {}};
  return StillPending(tally, count);
}

}  // namespace

RunwareAdapter::RunwareAdapter(const AccountEndpoints& endpoints)
    : url_(endpoints.base_url.empty() ? kBaseUrl : endpoints.base_url) {
  capabilities_.deduplicates_by_id = true;
  // For how long is not stated; clients repeat a lost submission within minutes.
  capabilities_.deduplicates_for = absl::Minutes(10);
  capabilities_.can_look_up = true;
  capabilities_.can_call_back = true;
  capabilities_.first_poll_after = absl::Seconds(2);
  capabilities_.marker_prefix = "";
}

absl::Status RunwareAdapter::Check(const Generation& generation, const Offering&) const {
  if (CountCodePoints(generation.prompt).value_or(0) < kShortestPrompt)
    return FieldError("generation.prompt", "needs at least 2 characters");
  if (!generation.source_video) return absl::OkStatus();
  if (generation.first_frame || generation.last_frame) {
    return FieldError("generation.first_frame", "cannot be given together with a source video");
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpRequest> RunwareAdapter::BuildSubmit(const SubmitInput& input,
                                                        const Secret& secret) const {
  JsonBuilder task;
  ZOETROPE_RETURN_IF_ERROR(AddEnvelope(input, task));
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, task));
  if (task.value().Find("uploadEndpoint") != nullptr)
    return absl::FailedPreconditionError("uploadEndpoint is not ours to set");
  return MakeJsonPost(Repeat::kBillable, url_, Authorization("Bearer", secret), ArrayOf(task.Take()));
}

SubmitOutcome RunwareAdapter::ReadSubmit(const SubmitInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const std::vector<RunwareError> errors = RunwareErrorsIn(body.json, input.attempt_id);
  const bool conflict = std::any_of(errors.begin(), errors.end(), [](const RunwareError& e) {
    return e.family == RunwareFamily::kConflict;
  });
  // The id is a random UUID that was ours alone and was stored before the first send. So whoever used it
  // before was this very attempt, in a send whose answer got lost, even if this process remembers none.
  const Accepted accepted{{std::string(input.attempt_id), {}}, {}};
  if (conflict && (IsSuccess(response.status) || response.status == 400 || response.status == 409))
    return accepted;
  if (!IsSuccess(response.status)) {
    ErrorText error = errors.empty() ? ErrorText() : errors.front().text;
    // What a submission names and is not there, other than the model, is an input of the caller's.
    if (error.reason == FailureReason::kResultLost) error.reason = FailureReason::kValidationRejected;
    return ReadSubmitError(response, body, error);
  }
  if (!ItemsOf(body.json, input.attempt_id).empty()) return accepted;
  if (errors.empty()) return Unrecognized{"neither an acknowledgement nor an error for this task"};
  // Errors under 200. What a server says about itself leaves open what it did before; sending again is safe
  // here.
  const RunwareError& error = errors.front();
  switch (error.family) {
    case RunwareFamily::kRateLimit:
      return Throttled{RetryAfter(response), PrintableCode(error.text.code),
                       PrintableMessage(error.text.message)};
    case RunwareFamily::kSafety:
    case RunwareFamily::kAuth:
    case RunwareFamily::kQuota:
    case RunwareFamily::kModel:
    case RunwareFamily::kValidation:
      return Refused{MakeFailure(error.text, FailureReason::kValidationRejected)};
    default:
      return Unrecognized{"refused for a reason that does not tell whether the task was taken"};
  }
}

absl::StatusOr<HttpRequest> RunwareAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  return AskFor(input.job.id, secret);
}

absl::StatusOr<HttpRequest> RunwareAdapter::AskFor(std::string_view task_id, const Secret& secret) const {
  JsonBuilder task;
  ZOETROPE_RETURN_IF_ERROR(task.Set("taskType", JsonValue::OfString("getResponse")));
  ZOETROPE_RETURN_IF_ERROR(task.Set("taskUUID", JsonValue::OfString(std::string(task_id))));
  return MakeJsonPost(Repeat::kHarmless, url_, Authorization("Bearer", secret), ArrayOf(task.Take()));
}

PollOutcome RunwareAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const std::vector<RunwareError> errors = RunwareErrorsIn(body.json, input.job.id);
  if (!TellsOfTask(response.status, errors))
    return As<PollOutcome>(ReadLaterError(response, errors.empty() ? ErrorText() : errors.front().text));
  const std::vector<const JsonValue*> items = ItemsOf(body.json, input.job.id);
  if (errors.empty() && items.empty()) {
    const JsonValue* data = body.json.Find("data");
    if (data != nullptr && data->is_array() && data->Items().empty()) return Pending{};
    return Unrecognized{"nothing about this task in the answer to a poll"};
  }
  Tally tally = Count(items);
  bool task_failed = false;
  for (const RunwareError& error : errors) {
    if (std::optional<PollOutcome> trouble = ReadPollTrouble(error)) {
      if (items.empty()) return *std::move(trouble);
      // With something made, what is not about this look can only be about the rest.
      if (IsAboutLook(error)) continue;
    }
    task_failed = true;
    tally.failures.push_back(MakeFailure(error.text, FailureReason::kProviderError));
  }
  return Conclude(std::move(tally), task_failed, input.count);
}

std::optional<ProviderJob> RunwareAdapter::ReadCallback(std::string_view body) const {
  return ReadCallbackId(body, "taskUUID");
}

// The id is ours, so the question needs no list: a task that can be told of was accepted.
absl::StatusOr<HttpRequest> RunwareAdapter::BuildLookup(const LookupInput& input,
                                                        const Secret& secret) const {
  return AskFor(input.submit.attempt_id, secret);
}

LookupOutcome RunwareAdapter::ReadLookup(const LookupInput& input, const HttpResponse& response) const {
  const std::string_view id = input.submit.attempt_id;
  const Body body = ReadBody(response);
  const std::vector<RunwareError> errors = RunwareErrorsIn(body.json, id);
  if (!TellsOfTask(response.status, errors))
    return AsOfList<LookupOutcome>(
        ReadLaterError(response, errors.empty() ? ErrorText() : errors.front().text));
  LookupPage page;
  page.by_marker = true;
  const std::span<const JsonValue> entries = body.json.Items("errors");
  const bool failed = std::any_of(entries.begin(), entries.end(),
                                  [id](const JsonValue& entry) { return IsEndOfTask(entry, id); });
  if (failed || !ItemsOf(body.json, id).empty()) {
    page.matches.push_back({std::string(id), {}});
    return page;
  }
  const JsonValue* data = body.json.Find("data");
  if (errors.empty() && (data == nullptr || !data->is_array()))
    return Unrecognized{"nothing about this task in the answer to a look-up"};
  if (!errors.empty() && errors.front().family != RunwareFamily::kNotFound)
    return TryAgain{std::nullopt, "refused: " + PrintableCode(errors.front().text.code)};
  return page;
}

}  // namespace zoetrope
