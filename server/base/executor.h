// Where code runs, as an interface: a thread in the server, a virtual schedule in the simulator.
#ifndef ZOETROPE_SERVER_BASE_EXECUTOR_H_
#define ZOETROPE_SERVER_BASE_EXECUTOR_H_

#include <functional>

#include "absl/time/time.h"

namespace zoetrope {

// Runs tasks one after another, never two at once, so that what only tasks of one executor touch needs no
// lock.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `task` soon. Tasks that one thread posts run in the order of posting. Any thread may call; never
  // runs `task` inside the call. After shutdown a task is dropped.
  virtual void Post(std::function<void()> task) = 0;

  // Runs `task` at `when` on the executor's clock or soon after; at once when that is past. Tasks of the same
  // time run in the order of posting. Any thread may call. There is no way to take it back: a task checks
  // whether it is still wanted.
  virtual void PostAt(absl::Time when, std::function<void()> task) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_EXECUTOR_H_
