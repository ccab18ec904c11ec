// Everything that can happen to a job, as values.
#ifndef ZOETROPE_SERVER_ENGINE_JOB_EVENT_H_
#define ZOETROPE_SERVER_ENGINE_JOB_EVENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/engine/settlement.h"
#include "server/http/http_client.h"
#include "server/providers/outcome.h"

namespace zoetrope {

// The job was taken over: new, or after a restart.
struct Resumed {};

// The lane has given a permit, and the request is built and ready to be sent.
struct Admitted {
  std::string attempt_id;  // that it is built for
};

// The request cannot be built: a wrong catalogue, a lost picture, an account that is gone. Nothing was sent.
struct CannotBuild {
  std::string attempt_id;
  Failure failure;
  std::int32_t http_status = 0;  // of a preparation's answer that decided
};

// Nothing is sent to the account of the planned attempt for a while, and nothing is wrong with the job.
struct AccountDown {
  FailureReason reason = FailureReason::kProviderError;  // what the account's calls showed
};

// The submission has been answered, or will not be.
struct SubmitEnded {
  std::variant<Accepted, Refused, Throttled, Unrecognized, TransportError> outcome;
  std::int32_t http_status = 0;
  Report report;  // of a result that came with the acceptance
};

// Nothing more will be learnt about a submission of unknown outcome, or something was: `job` is what the
// provider named.
struct Resolved {
  std::optional<ProviderJob> job;
  bool listed = false;  // found in a list: no other attempt had it when that was read
};

// The provider has an attempt that counts as not sent: whatever it answered before, it has told so since.
struct CalledBack {
  std::string attempt_id;
  ProviderJob job;
};

// A poll told the end. NotFoundThere here means: found lost, after all patience.
struct PollEnded {
  std::variant<Succeeded, Failed, CancelledThere, NotFoundThere> outcome;
  std::int32_t http_status = 0;
  Report report;
  bool queued = false;  // the newest answer before said that it had not begun
};

// The caller asked for the end.
struct CancelAsked {
  absl::Time time;
  std::int64_t command = 0;  // its sequence in the store's inbox; 0: it is in none
};

// A person has decided about an attempt that is HELD, or the longest wait for one is over.
struct Decided {
  AttemptDecision decision;
  absl::Time time;
  std::int64_t command = 0;  // as above
  bool looked_up = false;    // no other attempt has what it adopts
};

// The provider has answered a cancellation with "it is cancelled".
struct CancelConfirmed {
  CancelledThere end = {};
  Report report = {};
  bool queued = false;  // as above
};

// The job's deadline is over, and a last poll has not shown its end.
struct DeadlinePassed {};

// The job has long ended for its caller, and the provider never said what it cost.
struct MoneyGivenUp {};

// The provider's books have told what the attempt was charged; nullopt: they did not, and are not asked any
// more.
struct ChargeLearnt {
  std::optional<Report> report;
};

using JobEvent =
    std::variant<Resumed, Admitted, CannotBuild, AccountDown, SubmitEnded, Resolved, CalledBack, PollEnded,
                 CancelAsked, Decided, CancelConfirmed, DeadlinePassed, MoneyGivenUp, ChargeLearnt>;

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_JOB_EVENT_H_
