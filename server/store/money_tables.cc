#include "server/store/money_tables.h"

#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

// What an attempt has one of: a charge, of whichever kind, and a release.
enum class Once { kCharge, kRelease };

std::optional<Once> OnceOf(LedgerKind kind) {
  if (kind == LedgerKind::kRelease) return Once::kRelease;
  return IsCharge(kind) ? std::optional<Once>(Once::kCharge) : std::nullopt;
}

Money Sum(absl::int128 nanos) {
  const absl::int128 highest = std::numeric_limits<std::int64_t>::max();
  return Money::FromNanos(static_cast<std::int64_t>(nanos < highest ? nanos : highest));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MoneyTables>> MoneyTables::Create(Database& db) {
  std::unique_ptr<MoneyTables> tables(new MoneyTables(db));
  ZOETROPE_RETURN_IF_ERROR(tables->PrepareAll());
  return tables;
}

absl::Status MoneyTables::PrepareAll() {
// Saturates: SQLite goes over to a floating-point number, which the column would refuse, and the charge of a
// provider that reports absurd amounts would never be written.
#define ZOETROPE_SUM(column) \
  "max(-9223372036854775807, min(9223372036854775807, " column " + excluded." column "))"
  const std::pair<Statement*, std::string_view> statements[] = {
      {&find_charge_, "SELECT 1 FROM ledger WHERE attempt_id = ?1 AND kind IN (3, 5)"},
      {&find_release_, "SELECT 1 FROM ledger WHERE attempt_id = ?1 AND kind = 2"},
      {&last_position_, "SELECT coalesce(max(position), 0) FROM ledger WHERE job_id = ?1"},
      {&insert_row_,
       "INSERT INTO ledger (job_id, position, attempt_id, kind, amount_nanos, currency, source, time, "
       "provider) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&insert_use_,
       "INSERT INTO budget_uses (job_id, attempt_id, budget, subject, window_start) "
       "VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&find_uses_,
       "SELECT budget, subject, window_start FROM budget_uses WHERE job_id = ?1 AND attempt_id = ?2"},
      {&find_count_,
       "SELECT reserved_nanos, charged_nanos FROM budget_counts "
       "WHERE budget = ?1 AND subject = ?2 AND window_start = ?3"},
      {&change_count_,
       "INSERT INTO budget_counts (budget, subject, window_start, reserved_nanos, charged_nanos) "
       "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
       "reserved_nanos = " ZOETROPE_SUM("reserved_nanos") ", "
                                                          "charged_nanos = " ZOETROPE_SUM("charged_nanos")},
      {&change_hour_,
       "INSERT INTO spend_hours (hour, tenant, model, provider, charges, charged_nanos, overrun_nanos) "
       "SELECT ?2 / 3600000000000, tenant, model, ?3, ?4, ?5, ?6 FROM jobs WHERE id = ?1 "
       "ON CONFLICT DO UPDATE SET charges = charges + excluded.charges, "
       "charged_nanos = " ZOETROPE_SUM("charged_nanos") ", "
                                                        "overrun_nanos = " ZOETROPE_SUM("overrun_nanos")},
  };
  for (const auto& [statement, sql] : statements) {
    ZOETROPE_ASSIGN_OR_RETURN(*statement, db_.Prepare(sql));
  }
#undef ZOETROPE_SUM
  return absl::OkStatus();
}

absl::StatusOr<bool> MoneyTables::SettlesTwice(const std::vector<LedgerRow>& rows) {
  std::set<std::pair<std::string_view, Once>> seen;
  for (const LedgerRow& row : rows) {
    const std::optional<Once> once = OnceOf(row.kind);
    if (!once) continue;
    if (!seen.insert({row.attempt_id, *once}).second) return true;
    Statement& find = *once == Once::kCharge ? find_charge_ : find_release_;
    const ScopedReset reset(find);
    ZOETROPE_ASSIGN_OR_RETURN(const bool there, find.Bind(row.attempt_id).Step());
    if (there) return true;
  }
  return false;
}

absl::StatusOr<std::vector<BudgetKey>> MoneyTables::CountsOf(const Booking& booking,
                                                             const std::string& attempt_id) {
  std::vector<BudgetKey> counts;
  for (const BudgetUse& use : booking.uses) {
    if (use.attempt_id == attempt_id) counts.push_back(use.key);
  }
  const ScopedReset reset(find_uses_);
  find_uses_.Bind(booking.job_id, attempt_id);
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, find_uses_.Step());
    if (!row) return counts;
    counts.push_back({find_uses_.Text(0), find_uses_.Text(1), TimeOf(find_uses_.Int(2))});
  }
}

absl::StatusOr<MoneyTables::Changes> MoneyTables::ChangesOf(const Booking& booking) {
  Changes changes;
  for (const LedgerRow& row : booking.rows) {
    const LedgerEffect effect = EffectOf(row.kind);
    ZOETROPE_ASSIGN_OR_RETURN(const std::vector<BudgetKey> counts, CountsOf(booking, row.attempt_id));
    for (const BudgetKey& key : counts) {
      Change& change = changes[key];
      change.reserved += effect.reserved * row.amount.nanos();
      change.charged += effect.charged * row.amount.nanos();
    }
  }
  return changes;
}

absl::StatusOr<std::optional<BudgetShortage>> MoneyTables::FindShortage(const Booking& booking,
                                                                        const Changes& changes) {
  for (const BudgetUse& use : booking.uses) {
    const auto change = changes.find(use.key);
    if (change == changes.end()) continue;
    absl::int128 used = 0;
    {
      const ScopedReset reset(find_count_);
      ZOETROPE_ASSIGN_OR_RETURN(
          const bool row,
          find_count_.Bind(use.key.budget, use.key.subject, StoredTime(use.key.window_start)).Step());
      if (row) used = absl::int128(find_count_.Int(0)) + find_count_.Int(1);
    }
    // What ends in the same booking makes room for what begins in it.
    const absl::int128 asked = absl::int128(change->second.reserved) + change->second.charged;
    if (used + asked > use.limit.nanos()) return BudgetShortage{use.key, use.limit, Sum(used), Sum(asked)};
  }
  return std::optional<BudgetShortage>();
}

absl::Status MoneyTables::Book(const Booking& booking, const Changes& changes) {
  ZOETROPE_RETURN_IF_ERROR(InsertRows(booking));
  for (const BudgetUse& use : booking.uses) {
    ZOETROPE_RETURN_IF_ERROR(insert_use_
                                 .Bind(booking.job_id, use.attempt_id, use.key.budget, use.key.subject,
                                       StoredTime(use.key.window_start))
                                 .Run());
  }
  for (const auto& [key, change] : changes) {
    ZOETROPE_RETURN_IF_ERROR(
        change_count_
            .Bind(key.budget, key.subject, StoredTime(key.window_start), change.reserved, change.charged)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status MoneyTables::InsertRows(const Booking& booking) {
  if (booking.rows.empty()) return absl::OkStatus();
  std::int64_t position = 0;
  {
    const ScopedReset reset(last_position_);
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, last_position_.Bind(booking.job_id).Step());
    if (row) position = last_position_.Int(0);
  }
  for (const LedgerRow& row : booking.rows) {
    ZOETROPE_RETURN_IF_ERROR(insert_row_
                                 .Bind(booking.job_id, ++position, row.attempt_id, StoredNumber(row.kind),
                                       row.amount.nanos(), kCurrency, StoredNumber(row.source),
                                       StoredTime(row.time), row.provider)
                                 .Run());
    const LedgerEffect effect = EffectOf(row.kind);
    if (effect.charged == 0 && effect.overrun == 0) continue;
    ZOETROPE_RETURN_IF_ERROR(change_hour_
                                 .Bind(booking.job_id, StoredTime(row.time), row.provider,
                                       std::int64_t{IsCharge(row.kind)}, effect.charged * row.amount.nanos(),
                                       effect.overrun * row.amount.nanos())
                                 .Run());
  }
  return absl::OkStatus();
}

}  // namespace zoetrope
