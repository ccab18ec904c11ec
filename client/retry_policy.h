#ifndef ZOETROPE_CLIENT_RETRY_POLICY_H_
#define ZOETROPE_CLIENT_RETRY_POLICY_H_

#include <cstdint>

#include "absl/time/time.h"

namespace zoetrope::client {

// How often and how fast a call is repeated that ended with UNAVAILABLE. No other code is ever repeated, and
// two tries of one call never run at the same time (no hedging).
struct RetryPolicy {
  // Tries in all, the first included. 1 means no retry.
  int max_attempts = 6;
  // Upper bound of the wait before the second try.
  absl::Duration initial_backoff = absl::Milliseconds(200);
  // Upper bound of any wait.
  absl::Duration max_backoff = absl::Seconds(5);
  // Growth of the upper bound from try to try.
  double multiplier = 2;
};

// The wait after failed try number `attempt` (from 1): evenly spread between nothing and the upper bound
// ("full jitter"), so that clients which failed together do not come back together. A function of its
// arguments only.
absl::Duration BackoffDelay(const RetryPolicy& policy, int attempt, uint64_t random_bits);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_RETRY_POLICY_H_
