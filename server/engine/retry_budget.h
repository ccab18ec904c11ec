// How often calls to an account may be repeated, measured by those that work. Pure in the time that is given.
#ifndef ZOETROPE_SERVER_ENGINE_RETRY_BUDGET_H_
#define ZOETROPE_SERVER_ENGINE_RETRY_BUDGET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace zoetrope {

// Figures after Finagle's RetryBudget: a fifth of the calls, a constant part besides for an account that is
// little used, and what is not spent counts for ten seconds. The constant part is ten a second there; an
// account takes tens of calls a second, not thousands.
struct RetryRules {
  double per_call_that_works = 0.2;
  double per_second = 1;  // positive
  double kept_max = 10;
};

// Starts full.
class RetryBudget {
 public:
  explicit RetryBudget(RetryRules rules = {}) : rules_(rules), left_(rules.kept_max) {}

  void Earn(absl::Time now) {
    Refill(now);
    left_ = std::min(rules_.kept_max, left_ + rules_.per_call_that_works);
  }

  // Takes a repetition if there is one at `now`.
  bool Take(absl::Time now) {
    Refill(now);
    if (left_ < 1.0) return false;
    left_ -= 1.0;
    return true;
  }

  // Takes one that is there, or the next that will be; from when it may be used. So whoever waits longest is
  // the first, and calls that work meanwhile only make room for others.
  absl::Time Reserve(absl::Time now) {
    Refill(now);
    left_ -= 1.0;
    return left_ >= 0.0 ? now : now + absl::Seconds(-left_ / rules_.per_second);
  }

 private:
  void Refill(absl::Time now) {
    // A clock that went back gives nothing and takes nothing.
    if (now > last_ && last_ != absl::InfinitePast()) {
      left_ = std::min(rules_.kept_max, left_ + absl::ToDoubleSeconds(now - last_) * rules_.per_second);
    }
    last_ = now;
  }

  RetryRules rules_;
  double left_;  // negative: reserved, and not there yet
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_RETRY_BUDGET_H_
