// A job and its attempts as values. What never changes after acceptance (JobSpec) stands apart from what does
// (JobState), so that prompts and pictures are written once and are not kept in the engine's memory.
#ifndef ZOETROPE_SERVER_DOMAIN_JOB_H_
#define ZOETROPE_SERVER_DOMAIN_JOB_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/generation.h"
#include "server/domain/ledger.h"

namespace zoetrope {

enum class JobPhase { kQueued, kRunning, kHeld, kSucceeded, kFailed, kCancelled };
enum class AttemptPhase {
  kPlanned,
  kIntent,
  kAcked,
  kRefused,
  kUnknown,
  kHeld,
  kSucceeded,
  kFailed,
  kCancelled
};
enum class Settlement { kNone, kReserved, kPending, kSettled };
enum class UnknownPolicy { kHold, kAbandon, kRetryOnce };

inline bool IsTerminal(JobPhase phase) {
  return phase == JobPhase::kSucceeded || phase == JobPhase::kFailed || phase == JobPhase::kCancelled;
}
inline bool IsTerminal(AttemptPhase phase) {
  return phase == AttemptPhase::kRefused || phase == AttemptPhase::kSucceeded ||
         phase == AttemptPhase::kFailed || phase == AttemptPhase::kCancelled;
}

// Same values as the contract's FailureReason.
enum class FailureReason {
  kValidationRejected = 1,
  kContentRejected = 2,
  kProviderAuthFailed = 3,
  kProviderBalanceExhausted = 4,
  kProviderRateLimited = 5,
  kProviderError = 6,
  kProviderTimeout = 7,
  kModelUnavailable = 8,
  kResultLost = 9,
  kResultInvalid = 10,
  kDeadlineExceeded = 11,
  kOutcomeUnknown = 12,
  kCancelledByProvider = 13,
  kNoOfferingLeft = 14,
  kInternal = 15,
};

struct Failure {
  FailureReason reason = FailureReason::kProviderError;
  std::string message;        // for a person; bounded, printable, no secret
  std::string provider;       // filled in by the engine
  std::string provider_code;  // bounded

  bool operator==(const Failure&) const = default;
};

struct Media {
  std::string url;
  std::string content_type;

  bool operator==(const Media&) const = default;
};

struct Output {
  std::string url;
  absl::Time expire_time = absl::InfiniteFuture();  // InfiniteFuture: not known
  std::string content_type;
  std::int64_t size_bytes = 0;
  std::optional<std::int64_t> duration_ms;
  std::int32_t width_px = 0;
  std::int32_t height_px = 0;
  std::optional<std::int64_t> seed;
  std::optional<Media> thumbnail;
  std::optional<Media> spritesheet;
  std::string provider_video_id;
  std::optional<bool> sensitive;
  bool credential_required = false;

  bool operator==(const Output&) const = default;
};

struct ProviderTimings {
  std::optional<absl::Duration> queue_duration;
  std::optional<absl::Duration> run_duration;
  std::string worker_id;

  bool operator==(const ProviderTimings&) const = default;
};

// How a provider names a job that it has accepted.
struct ProviderJob {
  std::string id;
  // URLs that the provider gave for later calls, by the adapter's own names; only where they cannot be
  // derived from the id.
  std::map<std::string, std::string> urls;

  bool operator==(const ProviderJob&) const = default;
};

struct Attempt {
  std::string id;        // a UUID v4: the token
  std::string provider;  // configured name of the account
  std::string offering;
  std::string offering_revision;  // which text of the offering it was built from
  AttemptPhase phase = AttemptPhase::kPlanned;
  ProviderJob provider_job;
  std::optional<Failure> failure;
  std::int32_t http_status = 0;
  absl::Time create_time = absl::InfinitePast();
  absl::Time intent_time = absl::InfinitePast();  // InfinitePast: not yet; so for all times below
  absl::Time ack_time = absl::InfinitePast();
  absl::Time complete_time = absl::InfinitePast();
  ProviderTimings timings;
  // Money.
  Settlement settlement = Settlement::kReserved;
  std::optional<Money> quoted;    // nullopt: the offering has no known price
  Money reserved;                 // outstanding
  std::optional<Money> computed;  // what the catalogue says it costs, once it is known that it is billed
  std::optional<Money> reported;
  std::optional<Money> settled;
  CostSource cost_source = CostSource::kUnknown;
  std::string billable_units;  // decimal text as reported

  bool operator==(const Attempt&) const = default;
};

// What routing promised at acceptance: the candidates in order, each with its price then.
struct Candidate {
  std::string provider;
  std::string offering;
  std::optional<Money> price;

  bool operator==(const Candidate&) const = default;
};

// Never changes.
struct JobSpec {
  std::string id;
  std::string tenant;
  std::string request_id;  // empty: none
  Generation generation;   // effective
  Routing routing;
  std::optional<Money> max_cost;
  UnknownPolicy unknown_policy = UnknownPolicy::kHold;
  std::map<std::string, std::string> labels;
  absl::Time create_time;
  absl::Time deadline_time;
  std::vector<Candidate> candidates;

  bool operator==(const JobSpec&) const = default;
};

// Changes with every revision.
struct JobState {
  std::int64_t revision = 0;
  JobPhase phase = JobPhase::kQueued;
  std::vector<Attempt> attempts;
  std::vector<Output> outputs;
  std::vector<Failure> output_failures;
  std::optional<Failure> failure;
  absl::Time update_time = absl::InfinitePast();
  absl::Time start_time = absl::InfinitePast();
  absl::Time complete_time = absl::InfinitePast();
  absl::Time cancel_requested_time = absl::InfinitePast();

  bool operator==(const JobState&) const = default;
};

struct Job {
  JobSpec spec;
  JobState state;

  bool operator==(const Job&) const = default;
};

// Whether the money of every attempt is known.
inline bool IsSettled(const JobState& state) {
  for (const Attempt& attempt : state.attempts) {
    if (attempt.settlement == Settlement::kReserved || attempt.settlement == Settlement::kPending)
      return false;
  }
  return true;
}

// Whether the engine still has something to do or to wait for.
inline bool IsLive(const JobState& state) { return !IsTerminal(state.phase) || !IsSettled(state); }

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_JOB_H_
