#include "server/engine/attempt_policy.h"

#include <algorithm>

#include "server/base/limits.h"
#include "server/engine/settlement.h"

namespace zoetrope {
namespace {

bool AnotherMayFollow(const LiveJob& job, const Attempt& last) {
  if (!last.failure) return false;
  switch (last.failure->reason) {
    case FailureReason::kContentRejected:
    case FailureReason::kValidationRejected:
    case FailureReason::kOutcomeUnknown:
    case FailureReason::kDeadlineExceeded:
    case FailureReason::kResultLost:
      return false;
    default:
      break;
  }
  if (last.phase == AttemptPhase::kRefused) return job.failover != FailoverPolicy::kNever;
  if (last.phase != AttemptPhase::kFailed || job.failover != FailoverPolicy::kAfterFailed) return false;
  const bool free = last.settlement == Settlement::kSettled && last.settled == Money();
  return free || job.max_cost.has_value();
}

}  // namespace

bool FitsUnderCeiling(const LiveJob& job, Money spent, const Candidate& candidate) {
  if (!job.max_cost) return true;
  if (!candidate.price) return false;
  const absl::StatusOr<Money> total = Add(spent, *candidate.price);
  return total.ok() && *total <= *job.max_cost;
}

std::optional<std::size_t> NextCandidate(const LiveJob& job, const JobState& state,
                                         const std::vector<CandidateFacts>& facts) {
  if (state.attempts.empty() || state.attempts.size() >= limits::kAttemptsPerJob) return std::nullopt;
  if (!AnotherMayFollow(job, state.attempts.back())) return std::nullopt;
  std::optional<std::size_t> unreachable;
  for (std::size_t i = 0; i < job.candidates.size() && i < facts.size(); ++i) {
    const Candidate& candidate = job.candidates[i];
    const bool tried = std::any_of(state.attempts.begin(), state.attempts.end(), [&](const Attempt& attempt) {
      return attempt.provider == candidate.provider && attempt.offering == candidate.offering;
    });
    if (tried || !facts[i].usable || !facts[i].affordable ||
        !FitsUnderCeiling(job, SettledTotal(state), candidate))
      continue;
    if (facts[i].reachable) return i;
    if (!unreachable) unreachable = i;
  }
  return unreachable;
}

}  // namespace zoetrope
