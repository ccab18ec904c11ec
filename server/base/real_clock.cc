#include "server/base/real_clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace zoetrope {

absl::Time RealClock::TimeNow() { return absl::Now(); }

absl::Duration RealClock::Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace zoetrope
