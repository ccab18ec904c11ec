#include "server/providers/vtrix/vtrix_adapter.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/strings.h"
#include "server/providers/binding.h"
#include "server/providers/first_frame.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"
#include "server/providers/vtrix/vtrix_errors.h"

namespace zoetrope {
namespace {

constexpr std::string_view kBaseUrl = "https://cloud.vtrix.ai/model";
constexpr std::string_view kGeneration = "/v1/generation";
// The parameter whose value in a size table says how large a picture must be.
constexpr std::string_view kSize = "size";
constexpr std::string_view kPictureTypes[] = {"image/jpeg", "image/png", "image/webp"};
constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr int kOk = 200;

absl::Status FieldError(std::string field, std::string what) {
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{std::move(field), std::move(what)}});
}

// A decimal as nanos of one: exact, and within the range of money.
std::optional<std::int64_t> NanosIn(const JsonValue& json, std::string_view path) {
  const std::optional<Money> nanos = ReportedAmount(json.Decimal(path));
  return nanos ? std::optional(nanos->nanos()) : std::nullopt;
}

// Points in time are seconds since 1970, with fractions.
ProviderTimings TimingsIn(const JsonValue& task) {
  const std::optional<std::int64_t> queued = NanosIn(task, "metadata.in_queue_at");
  const std::optional<std::int64_t> completed = NanosIn(task, "metadata.completed_at");
  ProviderTimings timings;
  if (queued && completed && *queued > 0 && *completed > *queued) {
    timings.run_duration = absl::Nanoseconds(*completed - *queued);
  }
  return timings;
}

std::optional<Output> OutputIn(const JsonValue& content) {
  const std::string url = content.Text("url").value_or("");
  if (!IsMediaUrl(url)) return std::nullopt;
  Output output;
  output.url = url;
  output.content_type = MediaTypeOf(url);
  output.size_bytes = std::max<std::int64_t>(content.Integer("size").value_or(0), 0);
  const std::int64_t duration = NanosIn(content, "duration").value_or(0) / kNanosPerMilli;
  if (duration > 0) output.duration_ms = duration;
  for (const std::string_view path : {"jobId", "id"}) {
    const std::string id = content.Text(path).value_or("");
    if (output.provider_video_id.empty() && IsUsableId(id)) output.provider_video_id = id;
  }
  return output;
}

// The videos of a task, and what is none; pictures and sounds beside them are not counted.
Succeeded VideosIn(const JsonValue& task) {
  Succeeded succeeded;
  for (const JsonValue& group : task.Items("output")) {
    for (const JsonValue& content : group.Items("content")) {
      if (succeeded.outputs.size() + succeeded.failures.size() >= limits::kOutputsPerJob) return succeeded;
      if (AsciiLower(content.Text("type").value_or("video")) != "video") continue;
      if (std::optional<Output> output = OutputIn(content)) {
        succeeded.outputs.push_back(*std::move(output));
      } else {
        const ErrorText unusable{"", "an output without a usable URL", std::nullopt};
        succeeded.failures.push_back(MakeFailure(unusable, FailureReason::kResultInvalid));
      }
    }
  }
  return succeeded;
}

using End = std::variant<std::monostate, Succeeded, Failed, CancelledThere>;

std::string WordOf(const JsonValue& task) {
  const JsonValue* status = task.Find("status");
  return status != nullptr && status->is_string() ? AsciiLower(*status->Text()) : "";
}

// The end that a task tells; monostate while there is none.
End EndIn(const JsonValue& task) {
  const std::string word = WordOf(task);
  // The discount is in the cost: the page calls that the total.
  const ReportedCost cost{ReportedAmount(task.Decimal("usage.cost")), ""};
  ErrorText error = VtrixErrorIn(task, kOk);
  if (word == "completed" || word == "done") {
    Succeeded succeeded = VideosIn(task);
    succeeded.cost = cost;
    succeeded.timings = TimingsIn(task);
    if (!succeeded.outputs.empty()) return succeeded;
    if (error.code.empty() && error.message.empty())
      error = {"", "completed without a usable video URL", FailureReason::kResultInvalid};
    return Failed{MakeFailure(error, FailureReason::kProviderError), cost, TimingsIn(task)};
  }
  if (word == "failed")
    return Failed{MakeFailure(error, FailureReason::kProviderError), cost, TimingsIn(task)};
  if (word == "cancelled" || word == "canceled") return CancelledThere{cost, TimingsIn(task)};
  return std::monostate();
}

Pending PendingIn(const JsonValue& task, std::string_view word) {
  Pending pending;
  pending.phase = word == "in_queue" || word == "queued"          ? Pending::Phase::kQueued
                  : word == "in_progress" || word == "processing" ? Pending::Phase::kRunning
                                                                  : Pending::Phase::kUnknownWord;
  constexpr double kNanos = 1e9;
  const std::optional<std::int64_t> progress = NanosIn(task, "progress");
  if (progress && static_cast<double>(*progress) <= kNanos) {
    pending.progress = static_cast<double>(*progress) / kNanos;
  }
  pending.timings = TimingsIn(task);
  return pending;
}

}  // namespace

VtrixAdapter::VtrixAdapter(const AccountEndpoints& endpoints)
    : base_url_(endpoints.base_url.empty() ? kBaseUrl : endpoints.base_url) {
  capabilities_.marker_prefix = "";
}

absl::Status VtrixAdapter::Check(const Generation& generation, const Offering& offering) const {
  if (!generation.first_frame || offering.sizes.empty()) return absl::OkStatus();
  ZOETROPE_ASSIGN_OR_RETURN(const SizeRow* row, ChooseSize(generation, offering));
  // Without a size the provider makes an upright video and does not follow the picture.
  if (row == nullptr) {
    return FieldError("generation.aspect_ratio",
                      "must be named with a picture given by URL: this provider cannot follow it");
  }
  const BlobRef* picture = generation.first_frame->blob();
  if (picture == nullptr) return absl::OkStatus();
  if (std::find(std::begin(kPictureTypes), std::end(kPictureTypes), picture->content_type) ==
      std::end(kPictureTypes)) {
    return FieldError("generation.first_frame", "must be image/jpeg, image/png or image/webp");
  }
  return absl::OkStatus();
}

// A picture of another size would make a task that fails, and may be charged.
std::optional<PixelSize> VtrixAdapter::FirstFrameSize(const Generation& generation,
                                                      const Offering& offering) const {
  const absl::StatusOr<const SizeRow*> row = ChooseSize(generation, offering);
  return row.ok() && *row != nullptr ? PixelSizeAt(**row, kSize) : std::nullopt;
}

absl::StatusOr<HttpRequest> VtrixAdapter::BuildSubmit(const SubmitInput& input, const Secret& secret) const {
  JsonBuilder params;
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, params));
  JsonValue block = JsonValue::Object();
  block.Insert("params", params.Take());
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(body.Set("model", JsonValue::OfString(input.offering.provider_model_id)));
  ZOETROPE_RETURN_IF_ERROR(body.Append("input", std::move(block)));
  HttpRequest request = MakeJsonPost(Repeat::kBillable, base_url_ + std::string(kGeneration),
                                     Authorization("Bearer", secret), body.value().Write());
  // Nothing finds a task by it; a person at the provider may find the call.
  request.headers.push_back({"x-request-id", std::string(input.attempt_id)});
  return request;
}

SubmitOutcome VtrixAdapter::ReadSubmit(const SubmitInput&, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const std::string id = body.json.Text("id").value_or("");
  if (IsSuccess(response.status) && IsUsableId(id)) return Accepted{{id, {}}, EndIn(body.json)};
  const ErrorText error = VtrixErrorIn(body.json, response.status);
  const int status = VtrixStatusOf(response, body.json, error);
  if (!IsSuccess(response.status) || (status >= 400 && status < 500)) {
    return ReadSubmitError({status, response.headers, {}}, body, error);
  }
  if (IsVtrixCreationError(error.code)) return Refused{MakeFailure(error, FailureReason::kProviderError)};
  return Unrecognized{"accepted without a usable id"};
}

absl::StatusOr<HttpRequest> VtrixAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  std::string url = base_url_ + std::string(kGeneration) + "/task/" + EscapeUrl(input.job.id);
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, std::move(url), Authorization("Bearer", secret));
}

PollOutcome VtrixAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const std::string word = WordOf(body.json);
  // A task has a word for a status; the gateway's own trouble has an object there, or nothing.
  if (!IsSuccess(response.status) || word.empty()) {
    const ErrorText error = VtrixErrorIn(body.json, response.status);
    const int status = VtrixStatusOf(response, body.json, error);
    if (IsSuccess(status)) return Unrecognized{"no status in the answer to a poll"};
    return As<PollOutcome>(ReadLaterError({status, response.headers, {}}, error));
  }
  if (const auto id = body.json.Text("id"); id && *id != input.job.id) {
    return Unrecognized{"the answer to a poll is about another job"};
  }
  End end = EndIn(body.json);
  if (auto* succeeded = std::get_if<Succeeded>(&end)) return std::move(*succeeded);
  if (auto* failed = std::get_if<Failed>(&end)) return std::move(*failed);
  if (auto* cancelled = std::get_if<CancelledThere>(&end)) return std::move(*cancelled);
  return PendingIn(body.json, word);
}

}  // namespace zoetrope
