// A clock that stands still until it is told otherwise.
#ifndef ZOETROPE_TESTS_SUPPORT_SIM_CLOCK_H_
#define ZOETROPE_TESTS_SUPPORT_SIM_CLOCK_H_

#include <mutex>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace zoetrope::testing {

// Thread-safe. Starts at a round time of our epoch, so that times in failures can be read.
class SimClock : public Clock {
 public:
  explicit SimClock(absl::Time start = absl::FromUnixSeconds(1'800'000'000)) : now_(start) {}

  absl::Time TimeNow() override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  absl::Duration Monotonic() override {
    std::lock_guard lock(mutex_);
    return monotonic_;
  }

  // Time passes. `by` is not negative.
  void AdvanceTime(absl::Duration by) {
    std::lock_guard lock(mutex_);
    now_ += by;
    monotonic_ += by;
  }

  // Somebody sets the wall clock: it jumps, in either direction, and no time passes.
  void SetTime(absl::Time now) {
    std::lock_guard lock(mutex_);
    now_ = now;
  }

 private:
  std::mutex mutex_;
  absl::Time now_;
  absl::Duration monotonic_ = absl::Hours(1);
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_SIM_CLOCK_H_
