// Time as an interface, so that the same program runs under a virtual clock.
#ifndef ZOETROPE_SERVER_BASE_CLOCK_H_
#define ZOETROPE_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace zoetrope {

// Thread-safe. Only real_clock.cc reads the machine's clock; a test in tests/tidy keeps it so.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time: what is stored, shown and compared with what others say. May jump forward, and never goes back
  // within a process: timers and windows of time are made of it. Another process may read an earlier one.
  virtual absl::Time TimeNow() = 0;

  // Time since some fixed instant; never goes back. For "how long ago did we decide this?", which a wall
  // clock that is set meanwhile would answer wrongly.
  virtual absl::Duration Monotonic() = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_CLOCK_H_
