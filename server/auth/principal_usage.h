// How much each principal does at the moment, where its limits say something about that.
#ifndef ZOETROPE_SERVER_AUTH_PRINCIPAL_USAGE_H_
#define ZOETROPE_SERVER_AUTH_PRINCIPAL_USAGE_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/auth/principal.h"
#include "server/engine/token_bucket.h"

namespace zoetrope {

// PRINCIPAL_LIMIT_EXCEEDED with a RetryInfo. `limit` by its name in the configuration.
absl::Status PrincipalLimitExceeded(std::string_view limit, int max, absl::Duration retry);

// Counts in this process, from its start. Thread-safe.
class PrincipalUsage {
 public:
  // One more submission at `now`; PRINCIPAL_LIMIT_EXCEEDED: too soon.
  absl::Status Submit(const Principal& principal, absl::Time now);

  // One more stream, which is open until what is returned is gone, also after this object;
  // PRINCIPAL_LIMIT_EXCEEDED: there are too many. Null where its streams are not counted.
  absl::StatusOr<std::shared_ptr<void>> OpenStream(const Principal& principal);

 private:
  struct Streams {
    std::mutex mutex;
    std::unordered_map<std::string, int> open;  // none of nothing
  };

  // Forgets those that are as if they had never come.
  void ForgetIdleLocked(absl::Time now);

  std::mutex mutex_;
  std::unordered_map<std::string, TokenBucket> submits_;
  std::size_t forget_at_ = 1'024;  // so many are kept before it is looked for idle ones
  const std::shared_ptr<Streams> streams_ = std::make_shared<Streams>();
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_AUTH_PRINCIPAL_USAGE_H_
