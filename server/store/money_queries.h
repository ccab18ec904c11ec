// The reading half of the SQLite store's money.
#ifndef ZOETROPE_SERVER_STORE_MONEY_QUERIES_H_
#define ZOETROPE_SERVER_STORE_MONEY_QUERIES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/budget.h"
#include "server/domain/ledger.h"
#include "server/domain/spend.h"
#include "server/store/ledger_check.h"
#include "server/store/sqlite_db.h"
#include "server/store/store_values.h"

namespace zoetrope {

// Prepared statements of a reading connection. For one thread. Each method sees one state of the file. The
// methods answer as those of JobStore do.
class MoneyQueries {
 public:
  // `db` must outlive this.
  static absl::StatusOr<std::unique_ptr<MoneyQueries>> Create(Database& db);

  absl::StatusOr<std::vector<LedgerRow>> ReadLedger(const std::string& job_id);
  absl::StatusOr<std::vector<BudgetCount>> ReadBudget(const BudgetQuery& query);
  absl::StatusOr<std::vector<SpendRow>> ReadSpend(const SpendQuery& query);
  absl::StatusOr<LedgerCheck> CheckJobs(const std::string& after_id, int limit);
  absl::StatusOr<LedgerCheck> CheckSums();

 private:
  explicit MoneyQueries(Database& db) : db_(db) {}
  absl::StatusOr<LedgerCheck> CheckJobsInSnapshot(const std::string& after_id, int limit);
  absl::Status AddDifferences(Statement& differences, LedgerCheck& check);

  Database& db_;
  Statement begin_;
  Statement end_;
  Statement read_ledger_;
  Statement read_budget_;
  Statement jobs_after_;
  Statement count_differences_;
  Statement hour_differences_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_MONEY_QUERIES_H_
