// The small values of records: enums, times, texts. Only record_*.cc use this.
#ifndef ZOETROPE_SERVER_STORE_RECORD_VALUES_H_
#define ZOETROPE_SERVER_STORE_RECORD_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/base/money.h"
#include "server/domain/job.h"
#include "server/store/job_store.h"
#include "zoetrope/storage/v1/record.pb.h"

namespace zoetrope::record {

namespace pb = storage::v1;

// The numbers on disk stand in a table of pairs of their own, so that reordering an enum of the domain cannot
// change what old files mean.
template <typename Domain, typename Stored>
struct EnumPair {
  Domain domain;
  Stored stored;
};

inline constexpr EnumPair<JobPhase, pb::JobPhase> kJobPhases[] = {
    {JobPhase::kQueued, pb::JOB_PHASE_QUEUED}, {JobPhase::kRunning, pb::JOB_PHASE_RUNNING},
    {JobPhase::kHeld, pb::JOB_PHASE_HELD},     {JobPhase::kSucceeded, pb::JOB_PHASE_SUCCEEDED},
    {JobPhase::kFailed, pb::JOB_PHASE_FAILED}, {JobPhase::kCancelled, pb::JOB_PHASE_CANCELLED}};
inline constexpr EnumPair<AttemptPhase, pb::AttemptPhase> kAttemptPhases[] = {
    {AttemptPhase::kPlanned, pb::ATTEMPT_PHASE_PLANNED},
    {AttemptPhase::kIntent, pb::ATTEMPT_PHASE_INTENT},
    {AttemptPhase::kAcked, pb::ATTEMPT_PHASE_ACKED},
    {AttemptPhase::kRefused, pb::ATTEMPT_PHASE_REFUSED},
    {AttemptPhase::kUnknown, pb::ATTEMPT_PHASE_UNKNOWN},
    {AttemptPhase::kHeld, pb::ATTEMPT_PHASE_HELD},
    {AttemptPhase::kSucceeded, pb::ATTEMPT_PHASE_SUCCEEDED},
    {AttemptPhase::kFailed, pb::ATTEMPT_PHASE_FAILED},
    {AttemptPhase::kCancelled, pb::ATTEMPT_PHASE_CANCELLED}};
inline constexpr EnumPair<Settlement, pb::Settlement> kSettlements[] = {
    {Settlement::kNone, pb::SETTLEMENT_NONE},
    {Settlement::kReserved, pb::SETTLEMENT_RESERVED},
    {Settlement::kPending, pb::SETTLEMENT_PENDING},
    {Settlement::kSettled, pb::SETTLEMENT_SETTLED}};
inline constexpr EnumPair<CostSource, pb::CostSource> kCostSources[] = {
    {CostSource::kUnknown, pb::COST_SOURCE_UNKNOWN},
    {CostSource::kProvider, pb::COST_SOURCE_PROVIDER},
    {CostSource::kCatalogue, pb::COST_SOURCE_CATALOGUE},
    {CostSource::kBillingRule, pb::COST_SOURCE_BILLING_RULE},
    {CostSource::kReservation, pb::COST_SOURCE_RESERVATION},
    {CostSource::kCorrection, pb::COST_SOURCE_CORRECTION}};
inline constexpr EnumPair<LedgerKind, pb::LedgerKind> kLedgerKinds[] = {
    {LedgerKind::kReserve, pb::LEDGER_KIND_RESERVE},    {LedgerKind::kRelease, pb::LEDGER_KIND_RELEASE},
    {LedgerKind::kSettle, pb::LEDGER_KIND_SETTLE},      {LedgerKind::kOverrun, pb::LEDGER_KIND_OVERRUN},
    {LedgerKind::kWriteOff, pb::LEDGER_KIND_WRITE_OFF}, {LedgerKind::kAdjust, pb::LEDGER_KIND_ADJUST},
    {LedgerKind::kRefund, pb::LEDGER_KIND_REFUND}};
inline constexpr EnumPair<ResolutionKind, pb::ResolutionKind> kResolutionKinds[] = {
    {ResolutionKind::kAdopted, pb::RESOLUTION_KIND_ADOPTED},
    {ResolutionKind::kNotCreated, pb::RESOLUTION_KIND_NOT_CREATED},
    {ResolutionKind::kAbandoned, pb::RESOLUTION_KIND_ABANDONED},
    {ResolutionKind::kExpired, pb::RESOLUTION_KIND_EXPIRED}};
inline constexpr EnumPair<UnknownPolicy, pb::UnknownPolicy> kUnknownPolicies[] = {
    {UnknownPolicy::kHold, pb::UNKNOWN_POLICY_HOLD},
    {UnknownPolicy::kAbandon, pb::UNKNOWN_POLICY_ABANDON},
    {UnknownPolicy::kRetryOnce, pb::UNKNOWN_POLICY_RETRY_ONCE}};
inline constexpr EnumPair<RoutingStrategy, pb::RoutingStrategy> kRoutingStrategies[] = {
    {RoutingStrategy::kCheapest, pb::ROUTING_STRATEGY_CHEAPEST},
    {RoutingStrategy::kFastest, pb::ROUTING_STRATEGY_FASTEST},
    {RoutingStrategy::kMostReliable, pb::ROUTING_STRATEGY_MOST_RELIABLE},
    {RoutingStrategy::kWeighted, pb::ROUTING_STRATEGY_WEIGHTED}};
inline constexpr EnumPair<FailoverPolicy, pb::FailoverPolicy> kFailoverPolicies[] = {
    {FailoverPolicy::kNever, pb::FAILOVER_POLICY_NEVER},
    {FailoverPolicy::kAfterRefused, pb::FAILOVER_POLICY_AFTER_REFUSED},
    {FailoverPolicy::kAfterFailed, pb::FAILOVER_POLICY_AFTER_FAILED}};
inline constexpr EnumPair<ImageFit, pb::ImageFit> kImageFits[] = {
    {ImageFit::kExact, pb::IMAGE_FIT_EXACT},
    {ImageFit::kCover, pb::IMAGE_FIT_COVER},
    {ImageFit::kContain, pb::IMAGE_FIT_CONTAIN}};
inline constexpr EnumPair<SourceVideoMode, pb::SourceVideoMode> kSourceVideoModes[] = {
    {SourceVideoMode::kRemix, pb::SOURCE_VIDEO_MODE_REMIX},
    {SourceVideoMode::kExtend, pb::SOURCE_VIDEO_MODE_EXTEND}};

// The number of a value; 0, which every reader refuses, for one that the table lacks.
template <typename Domain, typename Stored, std::size_t kSize>
Stored ToStored(const EnumPair<Domain, Stored> (&table)[kSize], Domain value) {
  for (const auto& pair : table) {
    if (pair.domain == value) return pair.stored;
  }
  return static_cast<Stored>(0);
}

// Collects what is wrong with a record while it is being read, so that readers need no error path for each
// field.
class Damage {
 public:
  // Remembers the first finding.
  void Report(const char* what) {
    if (what_ == nullptr) what_ = what;
  }
  // OK, or DATA_LOSS about a record called `record`.
  absl::Status ToStatus(const char* record) const;

  template <typename Domain, typename Stored, std::size_t kSize>
  Domain Read(const EnumPair<Domain, Stored> (&table)[kSize], std::int64_t number, const char* what) {
    for (const auto& pair : table) {
      if (static_cast<std::int64_t>(pair.stored) == number) return pair.domain;
    }
    Report(what);
    return table[0].domain;
  }

 private:
  const char* what_ = nullptr;
};

// Refuses a version or a currency that this server does not know.
void CheckHead(std::int32_t version, const std::string& currency, Damage& damage);

// Durations like times: the ends of the range are the infinities.
std::int64_t StoredDuration(absl::Duration duration);
absl::Duration DurationOf(std::int64_t stored);

std::optional<Money> MoneyOf(bool present, std::int64_t nanos);

void WriteEntries(const std::map<std::string, std::string>& from,
                  google::protobuf::RepeatedPtrField<pb::Entry>* to);
std::map<std::string, std::string> ReadEntries(const google::protobuf::RepeatedPtrField<pb::Entry>& from);

}  // namespace zoetrope::record

#endif  // ZOETROPE_SERVER_STORE_RECORD_VALUES_H_
