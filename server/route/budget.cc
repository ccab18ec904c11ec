#include "server/route/budget.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace zoetrope {
namespace {

// The subject of the count that `spender` has in `budget` for what is spent at `provider`; nullopt: the
// budget is not about it.
std::optional<std::string> SubjectOf(const Budget& budget, const Spender& spender,
                                     const std::string& provider) {
  const std::string* value = nullptr;
  switch (budget.scope) {
    case BudgetScope::kAll:
      return std::string();
    case BudgetScope::kTenant:
      value = &spender.tenant;
      break;
    case BudgetScope::kPrincipal:
      if (!spender.principal.empty()) value = &spender.principal;
      break;
    case BudgetScope::kProvider:
      value = &provider;
      break;
    case BudgetScope::kLabel: {
      const auto label = spender.labels.find(budget.label);
      if (label != spender.labels.end()) value = &label->second;
      break;
    }
  }
  if (value == nullptr || (!budget.subject.empty() && budget.subject != *value)) return std::nullopt;
  return *value;
}

// What the QuotaFailure calls the subject.
std::string NameOf(const Budget& budget, const std::string& subject) {
  switch (budget.scope) {
    case BudgetScope::kAll:
      break;
    case BudgetScope::kTenant:
      return absl::StrCat("tenant:", subject);
    case BudgetScope::kPrincipal:
      return absl::StrCat("principal:", subject);
    case BudgetScope::kProvider:
      return absl::StrCat("provider:", subject);
    case BudgetScope::kLabel:
      return absl::StrCat("label:", budget.label, "=", subject);
  }
  return "all";
}

const char* PeriodOf(BudgetWindow window) {
  switch (window) {
    case BudgetWindow::kDay:
      return " a day";
    case BudgetWindow::kMonth:
      return " a month";
    case BudgetWindow::kTotal:
      break;
  }
  return " in total";
}

}  // namespace

absl::Time WindowStart(const Budget& budget, absl::Time time) {
  switch (budget.window) {
    case BudgetWindow::kDay:
      return absl::FromCivil(absl::ToCivilDay(time, budget.time_zone), budget.time_zone);
    case BudgetWindow::kMonth:
      return absl::FromCivil(absl::ToCivilMonth(time, budget.time_zone), budget.time_zone);
    case BudgetWindow::kTotal:
      break;
  }
  return absl::UnixEpoch();
}

absl::Time WindowEnd(const Budget& budget, absl::Time time) {
  switch (budget.window) {
    case BudgetWindow::kDay:
      return absl::FromCivil(absl::ToCivilDay(time, budget.time_zone) + 1, budget.time_zone);
    case BudgetWindow::kMonth:
      return absl::FromCivil(absl::ToCivilMonth(time, budget.time_zone) + 1, budget.time_zone);
    case BudgetWindow::kTotal:
      break;
  }
  return absl::InfiniteFuture();
}

std::vector<BudgetUse> UsesOf(const std::vector<Budget>& budgets, const Spender& spender,
                              const std::vector<LedgerRow>& rows) {
  std::vector<BudgetUse> uses;
  for (const LedgerRow& row : rows) {
    if (row.kind != LedgerKind::kReserve) continue;
    for (const Budget& budget : budgets) {
      std::optional<std::string> subject = SubjectOf(budget, spender, row.provider);
      if (!subject) continue;
      uses.push_back(
          {row.attempt_id, {budget.name, *std::move(subject), WindowStart(budget, row.time)}, budget.limit});
    }
  }
  return uses;
}

absl::Status BudgetExceeded(const std::vector<Budget>& budgets, const BudgetShortage& shortage,
                            absl::Time now) {
  const auto known = std::find_if(budgets.begin(), budgets.end(), [&shortage](const Budget& budget) {
    return budget.name == shortage.key.budget;
  });
  const Budget unknown;
  const Budget& budget = known == budgets.end() ? unknown : *known;
  // A limit that was lowered may lie below what is used.
  const Money left = std::max(Subtract(shortage.limit, shortage.used).value_or(Money()), Money());
  Metadata metadata = {{"budget", shortage.key.budget},
                       {"limit", FormatMoney(shortage.limit)},
                       {"left", FormatMoney(left)},
                       {"asked", FormatMoney(shortage.asked)},
                       {"currency", std::string(kCurrency)}};
  std::string rule =
      absl::StrCat(FormatMoney(shortage.limit), " ", std::string(kCurrency), PeriodOf(budget.window),
                   "; left: ", FormatMoney(left), ", needed: ", FormatMoney(shortage.asked));
  if (const absl::Time end = WindowEnd(budget, now); end != absl::InfiniteFuture()) {
    const std::string text = absl::FormatTime(absl::RFC3339_sec, end, absl::UTCTimeZone());
    metadata.emplace_back("renew_time", text);
    absl::StrAppend(&rule, "; begins anew at ", text);
  }
  absl::Status status = MakeError(v1::ERROR_REASON_BUDGET_EXCEEDED,
                                  absl::StrCat("budget `", shortage.key.budget, "`: ", rule), metadata);
  return WithQuotaViolation(std::move(status), NameOf(budget, shortage.key.subject),
                            absl::StrCat("budget `", shortage.key.budget, "`: ", rule));
}

}  // namespace zoetrope
