#include "tests/crash/failpoints.h"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace zoetrope::testing {
namespace {

constexpr FailAction kActions[] = {FailAction::kAbort, FailAction::kError, FailAction::kDelay};

}  // namespace

std::string_view FailActionName(FailAction action) {
  switch (action) {
    case FailAction::kAbort:
      return "abort";
    case FailAction::kError:
      return "error";
    case FailAction::kDelay:
      return "delay";
  }
  return "";
}

std::optional<FailAction> Failpoints::Reach(std::string_view name) {
  std::lock_guard lock(mutex_);
  std::ifstream in(file_);
  std::string armed;
  std::string action;
  int millis = 0;
  if (!(in >> armed >> action >> millis) || armed != name) return std::nullopt;
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
  // As a crash does it: nothing is flushed, nobody is told.
  if (action == FailActionName(FailAction::kAbort)) raise(SIGKILL);
  delay_ = absl::Milliseconds(millis);
  for (const FailAction known : kActions) {
    if (action == FailActionName(known)) return known;
  }
  return std::nullopt;
}

void Failpoints::Late(std::function<void()> task) {
  absl::Duration delay;
  {
    std::lock_guard lock(mutex_);
    delay = delay_;
  }
  executor_->PostAt(clock_->TimeNow() + delay, std::move(task));
}

void Arm(const std::string& file, std::string_view name, FailAction action, absl::Duration delay) {
  // Whole or not at all: the server may look at any time.
  const std::string temporary = file + ".tmp";
  std::ofstream(temporary) << name << " " << FailActionName(action) << " " << absl::ToInt64Milliseconds(delay)
                           << "\n";
  std::error_code ignored;
  std::filesystem::rename(temporary, file, ignored);
}

bool WasReached(const std::string& file) { return !std::filesystem::exists(file); }

void JobTracker::Note(const std::string& job_id, const JobState& state) {
  std::lock_guard lock(mutex_);
  jobs_[job_id] = {state.phase, state.attempts.back().phase, state.attempts.size(),
                   state.cancel_requested_time != absl::InfinitePast()};
  last_ = job_id;
}

std::optional<JobTracker::Standing> JobTracker::Find(const std::string& job_id) const {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job_id);
  return found == jobs_.end() ? std::nullopt : std::optional<Standing>(found->second);
}

std::optional<JobTracker::Standing> JobTracker::Last() const {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(last_);
  return found == jobs_.end() ? std::nullopt : std::optional<Standing>(found->second);
}

}  // namespace zoetrope::testing
