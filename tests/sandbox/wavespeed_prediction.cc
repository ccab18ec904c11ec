#include "tests/sandbox/wavespeed_prediction.h"

#include <utility>

#include "tests/sandbox/error_reply.h"

namespace zoetrope::sandbox {
namespace {

std::string ErrorOf(const Job& job, JobState state) {
  if (state == JobState::kTimedOut) return "Prediction timed out";
  if (state == JobState::kCancelled) return "Prediction was cancelled";
  switch (job.plan.failure) {
    case Failure::kContent:
      return "Content flagged as potentially sensitive. Please try a different prompt or image.";
    case Failure::kValidation:
      return "Invalid input: the model did not accept the parameters";
    case Failure::kPicture:
      return "Failed to load image: " + job.plan.message;
    default:
      return "Generation failed: the upstream service returned an error";
  }
}

std::string Allowed(const Field& field) {
  std::string text;
  for (const std::string_view value : field.one_of) text.append(text.empty() ? "" : ", ").append(value);
  return text;
}

}  // namespace

Reply WavespeedData(Json data) {
  return JsonReply(200, {{"code", 200}, {"message", "success"}, {"data", std::move(data)}});
}

std::string WavespeedStatus(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "created";
    case JobState::kRunning:
      return "processing";
    case JobState::kCompleted:
      return "completed";
    case JobState::kFailed:
      return "failed";
    case JobState::kTimedOut:
      return "timeout";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

Json WavespeedPrediction(const Request& request, const Job& job, JobState state) {
  const bool final = IsFinal(state);
  Json data{{"id", job.id}, {"model", job.endpoint}, {"input", job.request}};
  data["outputs"] = Json::array();
  data["urls"] = {{"get", MountUrl(request, "/wavespeed") + "/api/v3/predictions/" + job.id + "/result"}};
  data["has_nsfw_contents"] = Json::array();
  data["status"] = WavespeedStatus(state);
  data["created_at"] = IsoTime(job.created_ms);
  data["error"] = "";
  if (state == JobState::kCompleted && !job.plan.completed_with_error) {
    data["outputs"].push_back(MediaUrl(request, job, 0));
    data["has_nsfw_contents"].push_back(job.plan.nsfw);
  } else if (final) {
    data["error"] = ErrorOf(job, state);
  }
  data["executionTime"] = final ? job.plan.run_ms : 0;
  data["timings"] = {{"inference", final ? job.plan.run_ms : 0}};
  return data;
}

std::string WavespeedInputError(const Endpoint& endpoint, const Json& input) {
  const std::vector<Violation> violations = CheckFields(endpoint, input);
  if (violations.empty()) return "";
  const Violation& first = violations.front();
  const std::string field = "field \"" + first.path + "\" ";
  const std::string got = ", got " + std::string(first.value.type_name()) + " " + AsText(first.value);
  const std::string start = "Invalid request body: ";
  switch (first.wrong) {
    case Wrong::kMissing:
      return start + field + "is required";
    case Wrong::kNotAllowed:
      return start + field + "must be one of [" + Allowed(*first.field) + "]" + got;
    case Wrong::kOutOfRange:
      return start + field + "must be between " +
             std::to_string(static_cast<std::int64_t>(first.field->min)) + " and " +
             std::to_string(static_cast<std::int64_t>(first.field->max)) + got;
    case Wrong::kUnknown:
      return start + field + "is not allowed";
    case Wrong::kConflict:
      return start + field + ConflictWords(first, input);
    default:
      return start + field + "has the wrong type" + got;
  }
}

}  // namespace zoetrope::sandbox
