#include "client/retry_policy.h"

#include <algorithm>

namespace zoetrope::client {

absl::Duration BackoffDelay(const RetryPolicy& policy, int attempt, uint64_t random_bits) {
  absl::Duration bound = policy.initial_backoff;
  for (int i = 1; i < attempt && bound < policy.max_backoff; ++i) bound *= policy.multiplier;
  bound = std::min(bound, policy.max_backoff);
  // The upper 53 bits are what a double holds exactly.
  const double share = static_cast<double>(random_bits >> 11) / static_cast<double>(uint64_t{1} << 53);
  return bound * share;
}

}  // namespace zoetrope::client
