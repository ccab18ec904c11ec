#include "server/base/real_clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace zoetrope {

absl::Time RealClock::TimeNow() {
  const absl::Time wall = absl::Now();
  return forward_.At(wall, Monotonic());
}

absl::Duration RealClock::Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace zoetrope
