#include "tests/sandbox/vtrix_task.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace zoetrope::sandbox {
namespace {

// The codes of the page. It prints them with a leading zero, which no JSON integer can have.
struct CodeText {
  std::int64_t code;
  std::string_view text;
};
constexpr CodeText kCodes[] = {{14001095, "Internal generation error"},
                               {14001096, "Result parsing error"},
                               {14001097, "HTTP error response"},
                               {14001098, "Status check error"},
                               {14001099, "Task creation error"}};

std::int64_t CodeOf(const Job& job) {
  std::int64_t code = 0;
  const std::string& own = job.plan.code;
  std::from_chars(own.data(), own.data() + own.size(), code);
  if (code != 0) return code;
  switch (job.plan.failure) {
    case Failure::kContent:
    case Failure::kValidation:
    case Failure::kPicture:
      return 14001097;
    case Failure::kTimeout:
      return 14001098;
    case Failure::kNone:
      return 14001096;  // completed, and yet an error
    default:
      return 14001095;
  }
}

std::string UpstreamText(const Job& job) {
  if (job.plan.failure == Failure::kContent) return "Your request was blocked by our moderation system.";
  if (job.plan.failure == Failure::kPicture) return job.plan.message;
  return "The request was not accepted by the model.";
}

Json ErrorOf(const Job& job) {
  const std::int64_t code = CodeOf(job);
  std::string text = "Unknown error";
  for (const CodeText& row : kCodes) {
    if (row.code == code) text = row.text;
  }
  if (code == 14001097) {
    text += ": 400 " +
            Json{{"error", {{"message", UpstreamText(job)}, {"type", "invalid_request_error"}}}}.dump();
  }
  // As a number, and in the second form as the text that the page prints.
  Json shown = code;
  if (job.plan.failure_in_item) shown = "0" + std::to_string(code);
  return {{"code", std::move(shown)}, {"error_message", text}};
}

double Seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

void AddResult(const Request& request, const Job& job, Json* body) {
  (*body)["output"] =
      Json::array({{{"content", Json::array({{{"type", "video"},
                                              {"url", MediaUrl(request, job, 0)},
                                              {"jobId", VideoId(job, 0)},
                                              {"duration", std::to_string(job.clip.seconds)}}})}}});
  const std::string cost = VtrixAmount(job.price_nanos * job.results);
  (*body)["usage"] = {{"cost", cost},
                      {"discount", job.plan.discount_percent / 100.0},
                      {"quantity", 1},
                      {"unit_price", cost},
                      {"extra_info", Json::object()}};
  if (job.plan.discount_percent == 100) (*body)["usage"]["discount"] = 1;
}

std::string Allowed(const Field& field) {
  std::string text;
  for (const std::string_view value : field.one_of) text.append(text.empty() ? "" : ", ").append(value);
  return text;
}

}  // namespace

std::string VtrixAmount(std::int64_t nanos) {
  std::string fraction = std::to_string(1'000'000'000 + nanos % 1'000'000'000).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(nanos / 1'000'000'000) + "." + fraction;
}

Json VtrixTask(const Request& request, const Job& job, JobState state, std::int64_t now_ms) {
  const bool stepped_back = state == JobState::kQueued && StateAt(job, now_ms) == JobState::kRunning;
  Json body{{"id", job.id}, {"created_at", job.created_ms / 1000}};
  // Nothing that was seen tells queued from running, but for the word that a job is thrown back with.
  body["status"] = stepped_back                    ? "in_queue"
                   : !IsFinal(state)               ? "in_progress"
                   : state == JobState::kCompleted ? "completed"
                   : state == JobState::kCancelled ? "cancelled"
                                                   : "failed";
  body["model"] = job.endpoint;
  body["progress"] = 0;
  if (state == JobState::kRunning && job.plan.run_ms > 0 && !job.plan.never_finishes) {
    const std::int64_t ran = now_ms - job.created_ms - job.plan.queue_ms;
    body["progress"] =
        static_cast<double>(std::clamp<std::int64_t>(ran * 100 / job.plan.run_ms, 0, 99)) / 100;
  }
  if (state == JobState::kCompleted) {
    body["progress"] = 1.0;
    if (job.plan.completed_with_error) {
      body["error"] = ErrorOf(job);
      return body;
    }
    AddResult(request, job, &body);
    body["metadata"] = {{"in_queue_at", Seconds(job.created_ms)},
                        {"upload_at", Seconds(EndsAt(job))},
                        {"completed_at", Seconds(EndsAt(job))}};
  } else if (state == JobState::kFailed || state == JobState::kTimedOut) {
    body["error"] = ErrorOf(job);
  }
  return body;
}

std::string VtrixParamsError(const Endpoint& endpoint, const Json& params) {
  const std::vector<Violation> violations = CheckFields(endpoint, params);
  if (violations.empty()) return "";
  const Violation& first = violations.front();
  switch (first.wrong) {
    case Wrong::kMissing:
      return first.path + " is required";
    case Wrong::kNotAllowed:
      return "invalid " + first.path + " '" + AsText(first.value) + "', must be one of " +
             Allowed(*first.field);
    default:
      return "invalid " + first.path + ": must be a string";
  }
}

}  // namespace zoetrope::sandbox
