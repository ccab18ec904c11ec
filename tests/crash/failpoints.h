// Named places between the server's parts where a test can end the process, spoil a call, or hold it up.
//
// The places are calls of JobStore and HttpClient, which the wrappers here stand before: what a call is about
// (an intent, an acknowledgement, a poll, …) is told by what is written and by how far the job has come. So
// one job at a time is under way while a place is armed.
#ifndef ZOETROPE_TESTS_CRASH_FAILPOINTS_H_
#define ZOETROPE_TESTS_CRASH_FAILPOINTS_H_

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/domain/job.h"

namespace zoetrope::testing {

enum class FailAction { kAbort, kError, kDelay };

// `abort`, `error`, `delay`.
std::string_view FailActionName(FailAction action);

// The one place that is armed, as a file says: `NAME ACTION MILLIS`. The file goes when the place is reached,
// which tells the test so, and lets it strike once even where the process ends by it. Thread-safe.
class Failpoints {
 public:
  // `executor` is where what is held up goes on; both must outlive this.
  Failpoints(std::string file, Executor* executor, Clock* clock)
      : file_(std::move(file)), executor_(executor), clock_(clock) {}

  // What to do at `name`; nullopt: go on. Does not return where that is to end the process.
  std::optional<FailAction> Reach(std::string_view name);

  // Runs `task` soon, or as late as the place that was reached last wants it.
  void Soon(std::function<void()> task) { executor_->Post(std::move(task)); }
  void Late(std::function<void()> task);

 private:
  const std::string file_;
  Executor* const executor_;
  Clock* const clock_;
  std::mutex mutex_;
  absl::Duration delay_;
};

// Arms a place for the server that reads `file`; for the test's side.
void Arm(const std::string& file, std::string_view name, FailAction action, absl::Duration delay);
// Whether the place that was armed last has been reached.
bool WasReached(const std::string& file);

// How far jobs have come, as the store was told. Thread-safe.
class JobTracker {
 public:
  struct Standing {
    JobPhase phase = JobPhase::kQueued;
    AttemptPhase attempt = AttemptPhase::kPlanned;
    std::size_t attempts = 1;
    bool cancel_wanted = false;
  };

  void Note(const std::string& job_id, const JobState& state);
  std::optional<Standing> Find(const std::string& job_id) const;
  // Of the job that was noted last.
  std::optional<Standing> Last() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Standing> jobs_;
  std::string last_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CRASH_FAILPOINTS_H_
