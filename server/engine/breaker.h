// Whether an account is worth calling, from what its calls showed. Pure in the time that is given.
#ifndef ZOETROPE_SERVER_ENGINE_BREAKER_H_
#define ZOETROPE_SERVER_ENGINE_BREAKER_H_

#include <deque>

#include "absl/time/time.h"

namespace zoetrope {

// Figures after Envoy's outlier detection: five failures in a row, or half of at least twenty calls within
// half a minute.
struct BreakerRules {
  int failures_in_row = 5;
  int window_calls_min = 20;
  double window_failure_share = 0.5;
  absl::Duration window = absl::Seconds(30);
  absl::Duration open_for = absl::Seconds(30);  // × the number of times in a row that it opened
  absl::Duration open_for_max = absl::Seconds(300);
};

// Closed: calls go. Open: none go until RetryTime(). Half open, from then on: whatever call succeeds first
// closes it, whatever fails opens it again, for longer.
class Breaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };

  explicit Breaker(BreakerRules rules = {}) : rules_(rules) {}

  void Record(bool success, absl::Time now);
  State StateAt(absl::Time now) const;
  // InfinitePast when closed.
  absl::Time RetryTime() const { return retry_time_; }

 private:
  struct Call {
    absl::Time time;
    bool success;
  };

  void Open(absl::Time now);
  bool WindowIsBad(absl::Time now);

  BreakerRules rules_;
  std::deque<Call> calls_;
  int failed_in_window_ = 0;
  int failures_in_row_ = 0;
  int times_opened_ = 0;
  absl::Time retry_time_ = absl::InfinitePast();
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_BREAKER_H_
