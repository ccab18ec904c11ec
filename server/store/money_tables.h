// The writing half of the SQLite store's money: the ledger, the counts of budgets, and what is spent by the
// hour.
#ifndef ZOETROPE_SERVER_STORE_MONEY_TABLES_H_
#define ZOETROPE_SERVER_STORE_MONEY_TABLES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/budget.h"
#include "server/domain/ledger.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// Rows for a job's ledger, and the counts that its new attempts belong to.
struct Booking {
  const std::string& job_id;
  const std::vector<LedgerRow>& rows;
  const std::vector<BudgetUse>& uses;
};

// Owns its prepared statements of the writing connection. For one thread. All within a transaction that the
// caller begins and ends; a status that is not OK means that it must be rolled back.
//
// What the counts and the hours hold is what the ledger's rows add up to, besides what `carried_*` keeps of
// jobs that were taken away: `MoneyQueries` holds them against each other.
class MoneyTables {
 public:
  // `db` must outlive this.
  static absl::StatusOr<std::unique_ptr<MoneyTables>> Create(Database& db);

  // What a booking changes in each count.
  struct Change {
    std::int64_t reserved = 0;
    std::int64_t charged = 0;
  };
  using Changes = std::map<BudgetKey, Change>;

  // Whether one of `rows` would charge or release an attempt a second time.
  absl::StatusOr<bool> SettlesTwice(const std::vector<LedgerRow>& rows);
  absl::StatusOr<Changes> ChangesOf(const Booking& booking);
  // The first count that would pass the limit that `booking` names for it.
  absl::StatusOr<std::optional<BudgetShortage>> FindShortage(const Booking& booking, const Changes& changes);
  // Writes it all, without a look at any limit. The job is there.
  absl::Status Book(const Booking& booking, const Changes& changes);

 private:
  explicit MoneyTables(Database& db) : db_(db) {}
  absl::Status PrepareAll();
  absl::StatusOr<std::vector<BudgetKey>> CountsOf(const Booking& booking, const std::string& attempt_id);
  absl::Status InsertRows(const Booking& booking);

  Database& db_;
  Statement find_charge_;
  Statement find_release_;
  Statement last_position_;
  Statement insert_row_;
  Statement insert_use_;
  Statement find_uses_;
  Statement find_count_;
  Statement change_count_;
  Statement change_hour_;
};

// For the removal of job ?1, before its ledger goes: what it was charged stays in the counts and the hours.
inline constexpr std::string_view kCarryCountsSql =
    "UPDATE budget_counts AS c SET carried_nanos = carried_nanos + s.nanos FROM "
    "(SELECT u.budget, u.subject, u.window_start, sum(CASE WHEN l.kind IN (3, 5, 6) THEN l.amount_nanos "
    "WHEN l.kind IN (4, 7) THEN -l.amount_nanos ELSE 0 END) AS nanos FROM budget_uses AS u "
    "JOIN ledger AS l ON l.job_id = u.job_id AND l.attempt_id = u.attempt_id WHERE u.job_id = ?1 "
    "GROUP BY u.budget, u.subject, u.window_start) AS s "
    "WHERE c.budget = s.budget AND c.subject = s.subject AND c.window_start = s.window_start";
inline constexpr std::string_view kCarryHoursSql =
    "UPDATE spend_hours AS h SET carried_charged_nanos = carried_charged_nanos + s.charged, "
    "carried_overrun_nanos = carried_overrun_nanos + s.overrun FROM "
    "(SELECT l.time / 3600000000000 AS hour, j.tenant, j.model, l.provider, "
    "sum(CASE WHEN l.kind IN (3, 5, 6) THEN l.amount_nanos WHEN l.kind IN (4, 7) THEN -l.amount_nanos ELSE 0 "
    "END) AS "
    "charged, sum(CASE WHEN l.kind = 4 THEN l.amount_nanos ELSE 0 END) AS overrun "
    "FROM ledger AS l JOIN jobs AS j ON j.id = l.job_id WHERE l.job_id = ?1 AND l.kind >= 3 "
    "GROUP BY 1, 2, 3, 4) AS s "
    "WHERE h.hour = s.hour AND h.tenant = s.tenant AND h.model = s.model AND h.provider = s.provider";

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_MONEY_TABLES_H_
