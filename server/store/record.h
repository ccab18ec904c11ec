// Jobs as bytes (zoetrope.storage.v1) and back. Every value survives the way there and back, except what
// nanoseconds since 1970 cannot hold: fractions of a nanosecond are cut, and finite times before 1678 or
// after 2261 become infinite.
#ifndef ZOETROPE_SERVER_STORE_RECORD_H_
#define ZOETROPE_SERVER_STORE_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"
#include "server/store/job_store.h"

namespace zoetrope {

// Version of the records that are written. A record of a newer one is never read: DATA_LOSS.
inline constexpr std::int32_t kRecordVersion = 1;

std::string EncodeSpec(const JobSpec& spec);
std::string EncodeState(const JobState& state);

std::string EncodeDecision(const AttemptDecision& decision);

// DATA_LOSS for bytes that are no record, for values that this version does not know, and for a newer
// version.
absl::StatusOr<JobSpec> DecodeSpec(std::string_view bytes);
absl::StatusOr<JobState> DecodeState(std::string_view bytes);
absl::StatusOr<AttemptDecision> DecodeDecision(std::string_view bytes);

// As ToLive of the decoded spec, with empty state, ownership and commands; does not take prompts and pictures
// apart.
absl::StatusOr<LiveJob> DecodeLiveSpec(std::string_view bytes);

// Numbers in columns.
std::int64_t StoredNumber(JobPhase phase);
std::int64_t StoredNumber(LedgerKind kind);
std::int64_t StoredNumber(CostSource source);
std::int64_t StoredNumber(CommandKind kind);
absl::StatusOr<LedgerKind> LedgerKindOf(std::int64_t number);
absl::StatusOr<CostSource> CostSourceOf(std::int64_t number);
absl::StatusOr<CommandKind> CommandKindOf(std::int64_t number);

// When a job's last change left nothing more to do or to wait for, as StoredTime. nullopt while it is live,
// and where the state does not tell.
std::optional<std::int64_t> EndedTime(const JobState& state);

// Nanoseconds since 1970; the smallest value is InfinitePast, the largest InfiniteFuture.
std::int64_t StoredTime(absl::Time time);
absl::Time TimeOf(std::int64_t stored);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_RECORD_H_
