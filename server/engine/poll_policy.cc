#include "server/engine/poll_policy.h"

#include <algorithm>

namespace zoetrope {
namespace {

// Share of the time left until the typical end that a pause may take: each poll leaves two thirds of it.
constexpr double kApproach = 0.35;
// Share of the time since the typical end that a pause may take.
constexpr double kRetreat = 0.1;
// Pauses before and after the typical end are never shorter than this, whatever a provider allows: half of it
// is the median lag.
constexpr absl::Duration kFinest = absl::Seconds(2);
constexpr absl::Duration kLongestDefault = absl::Seconds(20);
constexpr absl::Duration kLongestRetry = absl::Seconds(60);
constexpr absl::Duration kShortestRetryCap = absl::Seconds(4);
constexpr int kRetryStretch = 4;  // × the longest pause between polls that succeed
constexpr double kJitter = 0.1;

}  // namespace

PollPlan MakePollPlan(const Capabilities& capabilities, const PollLimits& limits, absl::Duration typical) {
  PollPlan plan;
  plan.first_after = limits.first_after.value_or(capabilities.first_poll_after);
  plan.interval_max = limits.interval_max.value_or(std::max(kLongestDefault, capabilities.poll_floor));
  plan.floor = std::min(capabilities.poll_floor, plan.interval_max);
  plan.typical = typical;
  return plan;
}

absl::Duration NextPoll(const PollPlan& plan, absl::Duration elapsed, double random) {
  const absl::Duration distance =
      elapsed < plan.typical ? (plan.typical - elapsed) * kApproach : (elapsed - plan.typical) * kRetreat;
  const absl::Duration shortest = std::max(plan.floor, std::min(kFinest, plan.interval_max));
  const absl::Duration pause = std::clamp(distance, shortest, std::max(shortest, plan.interval_max));
  return pause * (1.0 - kJitter + 2 * kJitter * random);
}

absl::Duration RetryPoll(const PollPlan& plan, int failures, std::optional<absl::Duration> retry_after,
                         bool affordable, double random) {
  if (retry_after) return std::clamp(*retry_after, plan.floor, kLongestRetryAfter);
  // Where the operator wants jobs asked after often, failing polls do not wait for a minute either.
  const absl::Duration longest =
      std::min(std::max(plan.interval_max * kRetryStretch, kShortestRetryCap), kLongestRetry);
  // Half of it at least: nothing is lost, the end of a job is seen later.
  if (!affordable) return std::max(plan.floor, longest * (0.5 + 0.5 * random));
  const absl::Duration cap =
      std::min(std::max(plan.floor, absl::Seconds(1)) * (1 << std::clamp(failures, 0, 10)), longest);
  return std::max(plan.floor, cap * random);
}

}  // namespace zoetrope
