// The arguments and answers of the calls about what was spent, and about the books. Pure.
#ifndef ZOETROPE_SERVER_API_SPEND_H_
#define ZOETROPE_SERVER_API_SPEND_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/budget.h"
#include "server/domain/spend.h"
#include "server/store/ledger_check.h"
#include "zoetrope/admin/v1/admin.pb.h"
#include "zoetrope/v1/spend.pb.h"

namespace zoetrope {

// Who asks: a tenant sees its own, and no overruns.
enum class SpendAudience { kTenant, kOperator };

// INVALID_FIELD with all violations. Asks for one sum more than may be shown, to know whether there are too
// many.
absl::StatusOr<SpendQuery> ReadSpendQuery(const v1::SpendQuery& request, SpendAudience audience);

// INVALID_FIELD: there are more sums than may be shown.
absl::Status CheckSums(const std::vector<SpendRow>& rows);

// From when on the sums that `query` asks for are complete, where jobs are kept for `kept` after their end;
// nullopt: they all are.
std::optional<absl::Time> LabelsCompleteSince(const SpendQuery& query, absl::Time now, absl::Duration kept);

void WriteSpend(const std::vector<SpendRow>& rows, const SpendQuery& query, v1::GetSpendResponse* out);
void WriteSpend(const std::vector<SpendRow>& rows, const SpendQuery& query, admin::v1::GetSpendResponse* out);

// A budget with its counts in the window of `now`.
void WriteBudget(const Budget& budget, const std::vector<BudgetCount>& counts, absl::Time now,
                 admin::v1::BudgetStatus* out);

void WriteCheck(const LedgerCheck& check, admin::v1::VerifyLedgerResponse* out);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_SPEND_H_
