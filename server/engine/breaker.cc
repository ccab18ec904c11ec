#include "server/engine/breaker.h"

#include <algorithm>

namespace zoetrope {

Breaker::State Breaker::StateAt(absl::Time now) const {
  if (retry_time_ == absl::InfinitePast()) return State::kClosed;
  return now < retry_time_ ? State::kOpen : State::kHalfOpen;
}

void Breaker::Record(bool success, absl::Time now) {
  const State state = StateAt(now);
  // While open, what comes back belongs to calls from before: a late success says nothing about now.
  if (state == State::kOpen) return;
  if (state == State::kHalfOpen) {
    if (success) {
      *this = Breaker(rules_);
    } else {
      Open(now);
    }
    return;
  }
  failures_in_row_ = success ? 0 : failures_in_row_ + 1;
  calls_.push_back({now, success});
  if (!success) ++failed_in_window_;
  if (failures_in_row_ >= rules_.failures_in_row || WindowIsBad(now)) Open(now);
}

bool Breaker::WindowIsBad(absl::Time now) {
  while (!calls_.empty() && calls_.front().time < now - rules_.window) {
    if (!calls_.front().success) --failed_in_window_;
    calls_.pop_front();
  }
  const auto count = static_cast<int>(calls_.size());
  return count >= rules_.window_calls_min && failed_in_window_ >= rules_.window_failure_share * count;
}

void Breaker::Open(absl::Time now) {
  ++times_opened_;
  failures_in_row_ = 0;
  failed_in_window_ = 0;
  calls_.clear();
  retry_time_ = now + std::min(rules_.open_for * times_opened_, rules_.open_for_max);
}

}  // namespace zoetrope
