#include "server/engine/attempt_policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/engine/settlement.h"

namespace zoetrope {
namespace {

bool WasTried(const JobState& state, const Candidate& candidate) {
  return std::any_of(state.attempts.begin(), state.attempts.end(), [&candidate](const Attempt& attempt) {
    return attempt.provider == candidate.provider && attempt.offering == candidate.offering;
  });
}

// Why a candidate that was not tried is passed over; empty: it is not.
std::string WhyPassedOver(const LiveJob& job, const JobState& state, const Candidate& candidate,
                          const CandidateFacts& facts) {
  if (!facts.usable) return "is not offered here any more";
  if (!facts.affordable) return "is over a budget";
  if (!candidate.price && job.max_cost) return "has no price, and max_cost could not be kept";
  if (!FitsUnderCeiling(job, SettledTotal(state), candidate)) {
    return absl::StrCat("is over max_cost of ", std::string(kCurrency), " ", FormatMoney(*job.max_cost),
                        " at ", FormatMoney(*candidate.price), ", with ", FormatMoney(SettledTotal(state)),
                        " spent");
  }
  return facts.reachable ? "" : "is down";
}

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
    if (WasTried(state, candidate) || !facts[i].usable || !facts[i].affordable ||
        !FitsUnderCeiling(job, SettledTotal(state), candidate))
      continue;
    if (facts[i].reachable) return i;
    if (!unreachable) unreachable = i;
  }
  return unreachable;
}

std::string WhyNext(const LiveJob& job, const JobState& state, const std::vector<CandidateFacts>& facts,
                    std::size_t next) {
  std::string why = absl::StrCat("the next in the order of routing after ", state.attempts.back().provider);
  for (std::size_t i = 0; i < job.candidates.size() && i < facts.size(); ++i) {
    const Candidate& candidate = job.candidates[i];
    // Those behind it in the order were not looked at, unless it is down itself.
    if (i == next || WasTried(state, candidate) || (i > next && facts[next].reachable)) continue;
    const std::string passed = WhyPassedOver(job, state, candidate, facts[i]);
    if (!passed.empty()) absl::StrAppend(&why, "; ", candidate.provider, " ", passed);
  }
  return why;
}

}  // namespace zoetrope
