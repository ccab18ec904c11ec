// Wall time that never goes back.
#ifndef ZOETROPE_SERVER_BASE_FORWARD_TIME_H_
#define ZOETROPE_SERVER_BASE_FORWARD_TIME_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace zoetrope {

// Follows a clock that is set forward; when one is set back, goes on as if it had not been, until the clock
// has caught up. Thread-safe.
class ForwardTime {
 public:
  // `monotonic` was read after `wall`: what passes between the two readings makes the time a little late, for
  // once, and never early for good.
  absl::Time At(absl::Time wall, absl::Duration monotonic) {
    const std::int64_t told = absl::ToUnixNanos(wall - monotonic);
    std::int64_t origin = origin_.load();
    while (told > origin && !origin_.compare_exchange_weak(origin, told)) {
    }
    return absl::FromUnixNanos(std::max(told, origin)) + monotonic;
  }

 private:
  // When the monotonic clock was at nothing, in nanoseconds of Unix time.
  std::atomic<std::int64_t> origin_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_FORWARD_TIME_H_
