#include "server/store/record_values.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "server/store/record.h"

namespace zoetrope {
namespace record {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

}  // namespace

absl::Status Damage::ToStatus(const char* record) const {
  if (what_ == nullptr) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("a stored ", record, " cannot be read: ", what_));
}

void CheckHead(std::int32_t version, const std::string& currency, Damage& damage) {
  if (version > kRecordVersion) {
    damage.Report("it was written by a newer server");
  } else if (version <= 0) {
    damage.Report("it has no version");
  } else if (currency != kCurrency) {
    damage.Report("its amounts are in another currency");
  }
}

std::int64_t StoredDuration(absl::Duration duration) {
  // ToInt64Nanoseconds saturates, which is what the infinities need.
  return absl::ToInt64Nanoseconds(duration);
}

absl::Duration DurationOf(std::int64_t stored) {
  if (stored == kHighest) return absl::InfiniteDuration();
  if (stored == kLowest) return -absl::InfiniteDuration();
  return absl::Nanoseconds(stored);
}

std::optional<Money> MoneyOf(bool present, std::int64_t nanos) {
  return present ? std::optional<Money>(Money::FromNanos(nanos)) : std::nullopt;
}

void WriteEntries(const std::map<std::string, std::string>& from,
                  google::protobuf::RepeatedPtrField<pb::Entry>* to) {
  for (const auto& [key, value] : from) {
    pb::Entry* entry = to->Add();
    entry->set_key(key);
    entry->set_value(value);
  }
}

std::map<std::string, std::string> ReadEntries(const google::protobuf::RepeatedPtrField<pb::Entry>& from) {
  std::map<std::string, std::string> entries;
  for (const pb::Entry& entry : from) entries.insert_or_assign(entry.key(), entry.value());
  return entries;
}

}  // namespace record

std::int64_t StoredNumber(JobPhase phase) { return record::ToStored(record::kJobPhases, phase); }
std::int64_t StoredNumber(LedgerKind kind) { return record::ToStored(record::kLedgerKinds, kind); }
std::int64_t StoredNumber(CostSource source) { return record::ToStored(record::kCostSources, source); }

std::int64_t StoredNumber(CommandKind kind) {
  switch (kind) {
    case CommandKind::kCancel:
      return 1;
    case CommandKind::kResolve:
      return 2;
  }
  return 0;
}

absl::StatusOr<LedgerKind> LedgerKindOf(std::int64_t number) {
  record::Damage damage;
  const LedgerKind kind = damage.Read(record::kLedgerKinds, number, "unknown kind");
  if (absl::Status status = damage.ToStatus("ledger row"); !status.ok()) return status;
  return kind;
}

absl::StatusOr<CostSource> CostSourceOf(std::int64_t number) {
  record::Damage damage;
  const CostSource source = damage.Read(record::kCostSources, number, "unknown source");
  if (absl::Status status = damage.ToStatus("ledger row"); !status.ok()) return status;
  return source;
}

absl::StatusOr<CommandKind> CommandKindOf(std::int64_t number) {
  if (number == 1) return CommandKind::kCancel;
  if (number == 2) return CommandKind::kResolve;
  return absl::DataLossError("a stored command cannot be read: unknown kind");
}

std::optional<std::int64_t> EndedTime(const JobState& state) {
  if (IsLive(state) || state.update_time == absl::InfinitePast()) return std::nullopt;
  return StoredTime(state.update_time);
}

std::int64_t StoredTime(absl::Time time) {
  // absl::ToUnixNanos overflows for times far away; the difference of two times saturates.
  return absl::ToInt64Nanoseconds(absl::Floor(time - absl::UnixEpoch(), absl::Nanoseconds(1)));
}

absl::Time TimeOf(std::int64_t stored) {
  if (stored == record::kHighest) return absl::InfiniteFuture();
  if (stored == record::kLowest) return absl::InfinitePast();
  return absl::FromUnixNanos(stored);
}

}  // namespace zoetrope
