// One try of a job at one offering, and what came of it, as values.
#ifndef ZOETROPE_SERVER_DOMAIN_ATTEMPT_H_
#define ZOETROPE_SERVER_DOMAIN_ATTEMPT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/ledger.h"

namespace zoetrope {

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

// What was decided about an attempt that was HELD.
enum class ResolutionKind {
  kAdopted,     // the provider has it, under an id that a person has found
  kNotCreated,  // the provider does not have it
  kAbandoned,   // no one will find out: it counts as made and paid for
  kExpired,     // the same, decided by the server after the longest wait
};

// A decision as it was carried out, for whoever asks later.
struct Resolution {
  ResolutionKind kind = ResolutionKind::kAbandoned;
  std::string note;  // why, in the words of whoever decided; bounded
  absl::Time time;   // of the decision

  bool operator==(const Resolution&) const = default;
};

// A decision that is to be carried out.
struct AttemptDecision {
  std::string attempt_id;
  ResolutionKind kind = ResolutionKind::kAbandoned;
  std::string provider_job_id;  // of kAdopted; else empty
  std::string note;

  bool operator==(const AttemptDecision&) const = default;
};

// Whether two decisions ask for the same; their notes may differ.
inline bool IsSameDecision(const AttemptDecision& a, const AttemptDecision& b) {
  return a.attempt_id == b.attempt_id && a.kind == b.kind && a.provider_job_id == b.provider_job_id;
}

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
  std::optional<Resolution> resolution;  // nullopt: nobody had to decide
  std::string why;                       // it was made here, of those after the first; bounded
  // Money.
  Settlement settlement = Settlement::kReserved;
  std::optional<Money> quoted;    // nullopt: the offering has no known price
  std::optional<Money> listed;    // the price at acceptance, where `quoted` was promised earlier
  Money reserved;                 // outstanding
  std::optional<Money> computed;  // what the catalogue says it costs, once it is known that it is billed
  std::optional<Money> reported;
  std::optional<Money> settled;
  Money overrun;  // part of `settled` above what was set aside: the operator's, and no caller's
  CostSource cost_source = CostSource::kUnknown;
  std::string billable_units;  // decimal text as reported

  bool operator==(const Attempt&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_ATTEMPT_H_
