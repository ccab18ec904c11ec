// A job's whole life as one pure function: (job, event, facts) → the next state, its ledger rows, and the
// effects it asks for.
//
// This file and its source are the state table. They know no clock, no socket, no thread, no store and no
// provider.
#ifndef ZOETROPE_SERVER_ENGINE_JOB_MACHINE_H_
#define ZOETROPE_SERVER_ENGINE_JOB_MACHINE_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"
#include "server/engine/attempt_policy.h"
#include "server/engine/effects.h"
#include "server/engine/job_event.h"
#include "server/providers/adapter.h"
#include "server/store/job_store.h"

namespace zoetrope {

// What the machine may know beside the job.
struct MachineFacts {
  absl::Time now;                               // read once for the whole step
  absl::Time copied_at = absl::InfinitePast();  // as EngineOptions'
  bool may_retry_once = false;                  // EngineOptions::allow_retry_once
  // Of the current attempt's dialect; nullptr when its account is not configured any more.
  const Capabilities* capabilities = nullptr;
  const BillingHabit* habit = nullptr;  // as the account's operator knows it; nullptr likewise
  // What the current attempt was built from; nullptr when it cannot be read any more.
  const Offering* offering = nullptr;
  // For the attempts that this step may plan: one may be in doubt from the start, and another one follow it.
  std::array<std::string, 2> fresh_attempt_ids;
  // Why the account of the current attempt sends nothing now; nullopt: it does.
  std::optional<FailureReason> trouble;
  std::vector<CandidateFacts> candidates;
};

struct Decision {
  // Whether `state` is a new revision, to be made durable, with `ledger`, before `effects` are carried out.
  // Otherwise `state` is unchanged, and the effects may run at once.
  bool changed = false;
  JobState state;
  std::vector<LedgerRow> ledger;
  std::vector<Effect> effects;
};

// Total: an event that does not fit the state (late, repeated) changes nothing. A terminal job keeps its
// phase, outputs and failure for ever; only its attempts' states and money can still become known.
Decision Step(const LiveJob& job, const JobEvent& event, const MachineFacts& facts);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_JOB_MACHINE_H_
