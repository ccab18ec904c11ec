#include "tests/sandbox/runware_item.h"

#include <string>

#include "tests/sandbox/runware_check.h"

namespace zoetrope::sandbox {

Json RunwareFailure(const Job& job) {
  const Json task{{"taskType", "videoInference"}, {"taskUUID", job.id}};
  std::string code = "inferenceError";
  std::string message = "The generation failed at the provider.";
  if (job.plan.failure == Failure::kContent) {
    code = "contentPolicyViolation";
    message = "The request was rejected by the provider's safety system.";
  } else if (job.plan.failure == Failure::kValidation) {
    code = "invalidProviderRequest";
    message = "The provider did not accept the parameters.";
  } else if (job.plan.failure == Failure::kTimeout) {
    code = "timeoutProvider";
    message = "The provider did not answer in time.";
  } else if (job.plan.failure == Failure::kPicture) {
    code = "downloadFailed";
    message = "The input image could not be downloaded.";
  }
  Json error = RunwareError(task, code, message);
  error["status"] = "error";
  return error;
}

Json RunwareItem(const Job& job) { return {{"taskType", "videoInference"}, {"taskUUID", job.id}}; }

Json RunwareResult(const Request& request, const Job& job, int index) {
  const std::string name = job.id + "#" + std::to_string(index);
  Json item = RunwareItem(job);
  item["status"] = "success";
  item["videoUUID"] = DerivedUuid(name, 5);
  item["videoURL"] = MediaUrl(request, job, index);
  item["seed"] = Derive(name, 6) % 2147483648u;
  if (job.include_cost) item["cost"] = Usd(job.price_nanos);
  const Json* checked = At(job.request, "safety.checkContent");
  if (job.plan.nsfw || (checked != nullptr && *checked == Json(true))) item["NSFWContent"] = job.plan.nsfw;
  item["outputs"] = {{"videoId", VideoId(job, index)}};
  return item;
}

Json RunwareMessage(const Request& request, const Job& job, JobState state, int index) {
  if (state == JobState::kCancelled)
    return RunwareError(RunwareItem(job), "taskCancelled", "The task was cancelled.");
  const bool good = state == JobState::kCompleted && !job.plan.completed_with_error &&
                    index < job.results - job.plan.failed_results;
  if (!good) return RunwareFailure(job);
  Json item = RunwareResult(request, job, index);
  item.erase("status");
  return item;
}

}  // namespace zoetrope::sandbox
