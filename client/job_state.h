#ifndef ZOETROPE_CLIENT_JOB_STATE_H_
#define ZOETROPE_CLIENT_JOB_STATE_H_

#include "zoetrope/v1/job.pb.h"

namespace zoetrope::client {

// Whether a job in this state never changes its state again. A state that a newer server knows counts as not
// terminal.
inline bool IsTerminal(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED ||
         state == v1::JOB_STATE_CANCELLED;
}

// Whether the amount that is charged is known and final.
inline bool IsFinal(v1::SettlementState settlement) {
  return settlement == v1::SETTLEMENT_STATE_NONE || settlement == v1::SETTLEMENT_STATE_SETTLED;
}

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_JOB_STATE_H_
