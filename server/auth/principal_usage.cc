#include "server/auth/principal_usage.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr double kSecondsPerMinute = 60;
constexpr absl::Duration kStreamRetry = absl::Seconds(5);

}  // namespace

absl::Status PrincipalLimitExceeded(std::string_view limit, int max, absl::Duration retry) {
  absl::Status status = MakeError(v1::ERROR_REASON_PRINCIPAL_LIMIT_EXCEEDED,
                                  absl::StrCat("you do as much as you may: ", ToAbsl(limit), " is ", max),
                                  {{"limit", std::string(limit)}, {"max", absl::StrCat(max)}});
  status = WithQuotaViolation(std::move(status), "principal", absl::StrCat(ToAbsl(limit), " is ", max));
  return WithRetryDelay(std::move(status), retry);
}

absl::Status PrincipalUsage::Submit(const Principal& principal, absl::Time now) {
  const int max = principal.limits.submits_per_minute;
  if (max == 0) return absl::OkStatus();
  std::lock_guard lock(mutex_);
  if (submits_.size() >= forget_at_) ForgetIdleLocked(now);
  const double rate = max / kSecondsPerMinute;
  TokenBucket& bucket = submits_.try_emplace(principal.name, rate, max).first->second;
  bucket.SetRate(now, rate, max);
  if (bucket.Take(now)) return absl::OkStatus();
  return PrincipalLimitExceeded("submits_per_minute", max, bucket.NextAt(now) - now);
}

void PrincipalUsage::ForgetIdleLocked(absl::Time now) {
  // After a minute without a submission a bucket is full again, as a new one is.
  for (auto it = submits_.begin(); it != submits_.end();)
    it = it->second.IsFull(now) ? submits_.erase(it) : std::next(it);
  forget_at_ = std::max<std::size_t>(1'024, 2 * submits_.size());
}

absl::StatusOr<std::shared_ptr<void>> PrincipalUsage::OpenStream(const Principal& principal) {
  const int max = principal.limits.streams_max;
  if (max == 0) return std::shared_ptr<void>();
  std::lock_guard lock(streams_->mutex);
  int& open = streams_->open[principal.name];
  if (open >= max) return PrincipalLimitExceeded("streams_max", max, kStreamRetry);
  ++open;
  return std::shared_ptr<void>(nullptr, [streams = streams_, name = principal.name](void*) {
    std::lock_guard closing(streams->mutex);
    const auto its = streams->open.find(name);
    if (--its->second == 0) streams->open.erase(its);
  });
}

}  // namespace zoetrope
