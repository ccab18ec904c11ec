// How often calls to an account may be repeated, measured by those that work. Pure in the time that is given.
#ifndef ZOETROPE_SERVER_ENGINE_RETRY_BUDGET_H_
#define ZOETROPE_SERVER_ENGINE_RETRY_BUDGET_H_

#include "absl/time/time.h"
#include "server/engine/token_bucket.h"

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
  explicit RetryBudget(RetryRules rules = {})
      : per_call_that_works_(rules.per_call_that_works), repetitions_(rules.per_second, rules.kept_max) {}

  void Earn(absl::Time now) { repetitions_.Add(now, per_call_that_works_); }

  // Takes a repetition if there is one at `now`.
  bool Take(absl::Time now) { return repetitions_.Take(now); }

  // Takes one that is there, or the next that will be; from when it may be used. So whoever waits longest is
  // the first, and calls that work meanwhile only make room for others.
  absl::Time Reserve(absl::Time now) { return repetitions_.Reserve(now); }

 private:
  double per_call_that_works_;
  TokenBucket repetitions_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_RETRY_BUDGET_H_
