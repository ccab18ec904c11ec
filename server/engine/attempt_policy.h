// Whether another attempt may follow one that ended without a video. Pure: the failover rules, as one table.
#ifndef ZOETROPE_SERVER_ENGINE_ATTEMPT_POLICY_H_
#define ZOETROPE_SERVER_ENGINE_ATTEMPT_POLICY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/job.h"
#include "server/store/job_store.h"

namespace zoetrope {

// What is known about a candidate now; parallel to LiveJob.candidates.
struct CandidateFacts {
  bool usable = false;            // the account and the offering are still there
  std::string offering_revision;  // the offering's text now
  bool reachable = true;          // its account is not down (kAccountIsDown)
  bool affordable = true;         // no budget has just refused what it would set aside
};

// Whether `candidate` fits under the job's ceiling when `spent` is settled already. Without a ceiling
// everything fits; with one, an unknown price does not.
bool FitsUnderCeiling(const LiveJob& job, Money spent, const Candidate& candidate);

// clang-format off
// | the last attempt ended     | another one may follow                                                              |
// | -------------------------- | ----------------------------------------------------------------------------------- |
// | content or validation      | never                                                                               |
// | outcome unknown            | never (UnknownPolicy::kRetryOnce is not failover)                                    |
// | refused before acceptance  | unless failover is kNever                                                           |
// | not sent, its account down | as if refused, when the next one is reachable; decided in job_machine.cc             |
// | failed, and cost nothing   | when failover is kAfterFailed                                                       |
// | failed, and cost something | when failover is kAfterFailed and max_cost covers what is settled and the next price |
// clang-format on
//
// The next one is the first candidate, in the order of routing, that is usable, was not tried, and fits under
// max_cost with what is settled, and under every budget; one that is reachable comes before all that are not.
// nullopt: none may
// follow.
std::optional<std::size_t> NextCandidate(const LiveJob& job, const JobState& state,
                                         const std::vector<CandidateFacts>& facts);

// Why `next`, which NextCandidate has named, comes after the last attempt: what stands before it in the order
// of routing, and was passed over.
std::string WhyNext(const LiveJob& job, const JobState& state, const std::vector<CandidateFacts>& facts,
                    std::size_t next);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ATTEMPT_POLICY_H_
