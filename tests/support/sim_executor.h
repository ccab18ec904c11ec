// Executors of a simulated world: one virtual clock, one thread, one queue, and an order that follows from a
// seed.
#ifndef ZOETROPE_TESTS_SUPPORT_SIM_EXECUTOR_H_
#define ZOETROPE_TESTS_SUPPORT_SIM_EXECUTOR_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/executor.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_clock.h"

namespace zoetrope::testing {

class SimExecutor;

// Everything that happens in a simulation. Not thread-safe: tasks run inside Step and its like, on the thread
// that calls them.
//
// Tasks run in the order of their times. Among those of the same time each executor keeps its own order of
// posting; which executor is next is first come, first served, or, with a seed, drawn.
class SimWorld {
 public:
  SimWorld();                             // first come, first served
  explicit SimWorld(std::uint64_t seed);  // drawn
  ~SimWorld();

  SimClock& clock() { return clock_; }

  // An executor of this world, which must outlive it. `name` is for failures.
  std::unique_ptr<SimExecutor> NewExecutor(std::string name);

  // Runs the next task, advancing the clock to its time if that is ahead. False: there is none.
  bool Step();

  // Runs tasks until none is due at or before `time`, then sets the clock there. Returns how many ran.
  std::size_t RunUntil(absl::Time time);
  std::size_t RunFor(absl::Duration duration) { return RunUntil(clock_.TimeNow() + duration); }

  // Runs tasks, whatever their times, until there is none, or until `steps` of them ran: then something goes
  // in circles. Returns how many ran.
  std::size_t RunUntilIdle(std::size_t steps = 1'000'000);

  // Runs tasks until `done()`; false: there was none left and it is still not so.
  bool RunUntil(const std::function<bool()>& done, std::size_t steps = 1'000'000);

  // When the next task is due; nullopt: there is none.
  std::optional<absl::Time> NextTime() const;
  std::size_t pending() const { return pending_; }

 private:
  friend class SimExecutor;

  struct Task {
    std::uint64_t sequence;
    std::function<void()> run;
  };
  // Of one time: the tasks of each executor, by its number, so that nothing depends on addresses.
  using Moment = std::map<std::uint64_t, std::deque<Task>>;

  void Post(std::uint64_t executor, absl::Time when, std::function<void()> task);
  std::size_t Drop(std::uint64_t executor);
  Moment::iterator Choose(Moment& moment);

  SimClock clock_;
  std::optional<SeededRandom> random_;
  std::map<absl::Time, Moment> queue_;
  std::size_t pending_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t next_executor_ = 0;
};

// One executor of a world, such as one process' engine.
class SimExecutor : public Executor {
 public:
  SimExecutor(SimWorld* world, std::uint64_t number, std::string name);
  ~SimExecutor() override;  // as Stop

  void Post(std::function<void()> task) override;
  void PostAt(absl::Time when, std::function<void()> task) override;

  // A crash: forgets every task that waits; later ones are taken again. Returns how many were lost.
  std::size_t DropAll();
  // The same, and takes none from now on, as after a shutdown.
  void Stop();

  const std::string& name() const { return name_; }

 private:
  SimWorld* const world_;
  const std::uint64_t number_;
  const std::string name_;
  bool stopped_ = false;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_SIM_EXECUTOR_H_
