// Which counts an attempt's money goes to, and what is said of a count that is full. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_BUDGET_H_
#define ZOETROPE_SERVER_ROUTE_BUDGET_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/domain/budget.h"
#include "server/domain/ledger.h"

namespace zoetrope {

// When the window that `time` lies in begins, and when the next one does; InfiniteFuture: there is none.
absl::Time WindowStart(const Budget& budget, absl::Time time);
absl::Time WindowEnd(const Budget& budget, absl::Time time);

// Whose money a job spends.
struct Spender {
  const std::string& tenant;
  const std::string& principal;  // empty: nobody is known, whom no budget of principals is about
  const std::map<std::string, std::string>& labels;
};
// Of a job, as the server has it or as it was asked for; which lives as long.
template <typename AnyJob>
Spender SpenderOf(const AnyJob& job) {
  return {job.tenant, job.principal, job.labels};
}

// The counts that what `rows` set aside goes to, for a job of `spender`; those of one attempt in the order of
// `budgets`.
std::vector<BudgetUse> UsesOf(const std::vector<Budget>& budgets, const Spender& spender,
                              const std::vector<LedgerRow>& rows);

// BUDGET_EXCEEDED with a QuotaFailure: which budget, its limit, what is left of it, and when it begins anew.
// `budgets` as they are configured now.
absl::Status BudgetExceeded(const std::vector<Budget>& budgets, const BudgetShortage& shortage,
                            absl::Time now);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_BUDGET_H_
