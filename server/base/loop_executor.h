// An executor that is one thread.
#ifndef ZOETROPE_SERVER_BASE_LOOP_EXECUTOR_H_
#define ZOETROPE_SERVER_BASE_LOOP_EXECUTOR_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/executor.h"

namespace zoetrope {

class LoopExecutor : public Executor {
 public:
  // Starts the thread. `clock` must outlive this. `name` is at most 15 characters, for debuggers.
  LoopExecutor(Clock* clock, std::string name);
  // As Shutdown.
  ~LoopExecutor() override;

  void Post(std::function<void()> task) override;
  void PostAt(absl::Time when, std::function<void()> task) override;

  // Tasks that could run now and wait for those before them. Any thread.
  std::size_t depth() const;

  // Ends the current task, drops the others, joins the thread. Not from a task. Calling it again does
  // nothing.
  void Shutdown();

 private:
  void Run();
  // Moves the timers that are due to `batch`; returns when the next one is.
  absl::Time TakeDueLocked(std::vector<std::function<void()>>& batch);

  Clock* const clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> ready_;
  std::atomic<std::size_t> batch_left_ = 0;  // of those that were taken from ready_
  std::multimap<absl::Time, std::function<void()>> timers_;
  std::atomic<bool> stopping_ = false;  // written under mutex_
  std::thread thread_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_LOOP_EXECUTOR_H_
