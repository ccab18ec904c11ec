// The money of a job as the contract shows it.
#ifndef ZOETROPE_SERVER_API_COST_H_
#define ZOETROPE_SERVER_API_COST_H_

#include "server/domain/job.h"
#include "zoetrope/v1/cost.pb.h"

namespace zoetrope {

// Where the money of the whole job stands. RESERVED while the job runs; once it has ended for its caller,
// PENDING as long as any attempt's charge is open.
Settlement SettlementOf(const JobState& state);

// Sums over the attempts, and the attempts. Pure. A sum that does not fit is shown as the largest amount that
// does.
void CostOf(const JobState& state, v1::Cost* out);

// The money of one attempt.
void CostOf(const Attempt& attempt, v1::AttemptCost* out);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_COST_H_
