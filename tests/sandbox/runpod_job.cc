#include "tests/sandbox/runpod_job.h"

#include <string>

namespace zoetrope::sandbox {
namespace {

std::string_view StatusWord(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "IN_QUEUE";
    case JobState::kRunning:
      return "IN_PROGRESS";
    default:
      return StateName(state);
  }
}

std::string WorkerId(const Job& job) {
  std::uint64_t bits = Derive(job.id, 11);
  std::string id;
  for (int i = 0; i < 14; ++i, bits = bits / 36 + Derive(job.id, 12 + static_cast<std::uint64_t>(i)) % 997) {
    id += "abcdefghijklmnopqrstuvwxyz0123456789"[bits % 36];
  }
  return id;
}

// Upstream errors are strings with escaped JSON inside.
std::string Upstream(int code, const std::string& message) {
  return "Error submitting task: " + std::to_string(code) + ", " +
         Json{{"code", code}, {"message", message}}.dump();
}

std::string ErrorOf(const Job& job) {
  switch (job.plan.failure) {
    case Failure::kContent:
      return Upstream(400, "Your request was blocked by our moderation system (content policy violation).");
    case Failure::kValidation:
      return Upstream(400, "Invalid request body: " +
                               (job.plan.message.empty() ? "input was not accepted" : job.plan.message));
    case Failure::kPicture:
      return Upstream(400, "Failed to load image: " + job.plan.message);
    case Failure::kTimeout:
      return "job timed out";
    default:
      return Upstream(500, "The upstream provider failed to generate the video");
  }
}

void AddOutput(const Request& request, const Job& job, Json* body) {
  Json& output = (*body)["output"];
  if (job.plan.completed_with_error) {
    output = {{"status", "error"}, {"error", "generation failed upstream"}};
    return;
  }
  output["video_url"] = MediaUrl(request, job, 0);
  output["cost"] = Usd(job.price_nanos * job.results);
}

}  // namespace

Json RunpodJob(const Request& request, const Job& job, JobState state) {
  Json body{{"id", job.id}, {"status", StatusWord(state)}};
  if (state == JobState::kQueued || state == JobState::kCancelled) return body;
  body["delayTime"] = job.plan.queue_ms;
  if (state != JobState::kRunning) body["executionTime"] = job.plan.run_ms;
  body["workerId"] = WorkerId(job);
  if (state == JobState::kCompleted) AddOutput(request, job, &body);
  if (state == JobState::kFailed || state == JobState::kTimedOut) body["error"] = ErrorOf(job);
  if (state == JobState::kFailed) body["output"] = {{"status", "error"}};
  return body;
}

}  // namespace zoetrope::sandbox
