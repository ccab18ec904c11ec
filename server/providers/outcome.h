// The closed set of things that a provider can tell us. Every reading has kUnrecognized as a legitimate
// answer: a new word of a provider is never guessed into success or failure.
#ifndef ZOETROPE_SERVER_PROVIDERS_OUTCOME_H_
#define ZOETROPE_SERVER_PROVIDERS_OUTCOME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/job.h"

namespace zoetrope {

// What a provider says it charged; both may be missing.
struct ReportedCost {
  std::optional<Money> amount;
  std::string units;  // decimal text, where it reports units

  bool operator==(const ReportedCost&) const = default;
};

struct ProviderLogLine {
  std::string time;  // as the provider wrote it; may be empty
  std::string level;
  std::string message;

  bool operator==(const ProviderLogLine&) const = default;
};

// Not finished.
struct Pending {
  enum class Phase { kQueued, kRunning, kUnknownWord };  // kUnknownWord: keep polling, and count
  Phase phase = Phase::kQueued;
  std::optional<double> progress;  // 0 to 1
  std::optional<std::int32_t> queue_position;
  std::vector<ProviderLogLine> logs;  // all that the provider shows, oldest first, bounded
  ProviderTimings timings;

  bool operator==(const Pending&) const = default;
};

// Finished as far as this call tells; another one, of this name, has the rest. Carries what the first one
// said.
struct NextStage {
  std::string stage;
  ProviderTimings timings;
  std::vector<ProviderLogLine> logs;

  bool operator==(const NextStage&) const = default;
};

// At least one video. `outputs` is never empty.
struct Succeeded {
  std::vector<Output> outputs;
  std::vector<Failure> failures;  // of a batch that was partly made
  ReportedCost cost;
  ProviderTimings timings;

  bool operator==(const Succeeded&) const = default;
};

// The provider has finished without a video.
struct Failed {
  Failure failure;
  ReportedCost cost;
  ProviderTimings timings;

  bool operator==(const Failed&) const = default;
};

// The provider says that the job was cancelled.
struct CancelledThere {
  ReportedCost cost;
  ProviderTimings timings;

  bool operator==(const CancelledThere&) const = default;
};

// The provider does not know the job (404): too early, too late, or never. The engine's policy decides.
struct NotFoundThere {
  std::string message;
  std::string provider_code = {};
  bool operator==(const NotFoundThere&) const = default;
};

// Nothing was learnt; ask again later.
struct TryAgain {
  std::optional<absl::Duration> retry_after;
  std::string why;
  // The account, not the job, is in the way: credential, balance or load. The lane waits.
  std::optional<FailureReason> account_trouble;
  // The answer is about this job alone, whatever its status: other jobs of the account are well.
  bool about_job = false;

  bool operator==(const TryAgain&) const = default;
};

// Not in any form that we know. `why` says what was in the way, not what was there.
struct Unrecognized {
  std::string why;
  // What the provider says besides, for people; empty where it says nothing that can be read.
  std::string message = {};
  std::string provider_code = {};
  bool operator==(const Unrecognized&) const = default;
};

// The provider has it and named it. `result` is there when a synchronous call brought the end as well.
struct Accepted {
  ProviderJob job;
  std::variant<std::monostate, Succeeded, Failed, CancelledThere> result;

  bool operator==(const Accepted&) const = default;
};

// A complete refusal before acceptance: nothing was created, nothing is billed. (Listed per dialect, with its
// source.)
struct Refused {
  Failure failure;
  bool operator==(const Refused&) const = default;
};

// A complete refusal for load (429 and its like): nothing was created; the same attempt may be sent again
// later.
struct Throttled {
  std::optional<absl::Duration> retry_after;
  std::string provider_code;
  std::string message = {};
  bool operator==(const Throttled&) const = default;
};

using SubmitOutcome = std::variant<Accepted, Refused, Throttled, Unrecognized>;
using PollOutcome = std::variant<Pending, NextStage, Succeeded, Failed, CancelledThere, NotFoundThere,
                                 TryAgain, Unrecognized>;

// What became of a wish to cancel.
struct CancelAccepted {
  std::optional<CancelledThere> end =
      {};  // set: the answer itself says that the job is cancelled; else polling tells
  bool operator==(const CancelAccepted&) const = default;
};
struct CancelTooLate {
  bool operator==(const CancelTooLate&) const = default;
};
using CancelOutcome = std::variant<CancelAccepted, CancelTooLate, NotFoundThere, TryAgain, Unrecognized>;

// A page of what a provider lists, as far as it concerns a submission of unknown outcome.
struct LookupPage {
  std::vector<ProviderJob>
      matches;             // each could be the submission; none is never proof that none was created
  bool by_marker = false;  // they bear the attempt's own id, so no other submission can be meant
  std::string next = {};   // names the page behind this one; empty: there is none that could hold a match
  bool operator==(const LookupPage&) const = default;
};
using LookupOutcome = std::variant<LookupPage, TryAgain, Unrecognized>;

// What the provider's books say about a job that has ended.
struct Charged {
  ReportedCost cost;  // an amount, or units
  bool operator==(const Charged&) const = default;
};
// They have no entry for it: it comes late, or never, because nothing is charged.
struct NoChargeYet {
  bool operator==(const NoChargeYet&) const = default;
};
using ChargeOutcome = std::variant<Charged, NoChargeYet, TryAgain, Unrecognized>;

// What the provider says that a generation costs now.
struct Priced {
  Money list;     // as published
  Money charged;  // after what this account is let off
  bool operator==(const Priced&) const = default;
};
using PriceOutcome = std::variant<Priced, TryAgain, Unrecognized>;

// A non-billable step before the submission, such as an upload.
struct Prepared {
  std::string value;  // what the submission needs of it, such as a URL; kept with the attempt
  bool operator==(const Prepared&) const = default;
};
using PrepareOutcome = std::variant<Prepared, Refused, TryAgain, Unrecognized>;

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_OUTCOME_H_
