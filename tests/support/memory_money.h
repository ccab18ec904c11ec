// The money of a store in memory: the counts of budgets, and all that was ever charged.
#ifndef ZOETROPE_TESTS_SUPPORT_MEMORY_MONEY_H_
#define ZOETROPE_TESTS_SUPPORT_MEMORY_MONEY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/budget.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"
#include "server/domain/spend.h"
#include "server/store/store_values.h"

namespace zoetrope::testing {

// Adds everything up anew each time it is asked, from what was booked: slow, and hard to get wrong.
class MemoryMoney {
 public:
  // The first count that `rows` and `uses`, of one change, would take above its limit.
  std::optional<BudgetShortage> FindShortage(const std::vector<LedgerRow>& rows,
                                             const std::vector<BudgetUse>& uses) const;
  void Book(const JobSpec& spec, const std::vector<LedgerRow>& rows, const std::vector<BudgetUse>& uses);
  // The labels of a job that is taken away are not known any more.
  void Forget(const std::string& job_id);

  std::vector<BudgetCount> Counts() const;
  std::vector<BudgetCount> ReadBudget(const BudgetQuery& query) const;
  std::vector<SpendRow> ReadSpend(const SpendQuery& query) const;

 private:
  struct Entry {
    std::string job_id;
    std::string tenant;
    std::string model;
    std::map<std::string, std::string> labels;
    bool kept = true;
    LedgerRow row;
  };

  std::map<BudgetKey, std::pair<Money, Money>> Sums(const std::vector<LedgerRow>& more,
                                                    const std::vector<BudgetUse>& uses) const;

  std::vector<Entry> entries_;
  std::vector<BudgetUse> uses_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_MEMORY_MONEY_H_
