#include "server/config/budgets.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/limits.h"
#include "server/base/money.h"

namespace zoetrope {
namespace {

// In place of a subject: any, each with the limit for itself.
constexpr char kEach[] = "*";

// Rising, from 1 to 100.
bool ArePercents(const google::protobuf::RepeatedField<std::int32_t>& percents) {
  std::int32_t last = 0;
  for (const std::int32_t percent : percents) {
    if (percent <= last || percent > 100) return false;
    last = percent;
  }
  return true;
}

bool KnowsTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return name.empty() || absl::LoadTimeZone(name, &zone);
}

bool HasProvider(const config::v1::Config& config, const std::string& name) {
  return std::any_of(config.providers().begin(), config.providers().end(),
                     [&name](const config::v1::Provider& provider) { return provider.name() == name; });
}

std::string SubjectOf(const std::string& text) { return text == kEach ? std::string() : text; }

Budget BudgetOf(const config::v1::Budget& from) {
  Budget budget;
  budget.name = from.name();
  budget.limit = ParseMoney(from.limit()).value_or(Money());
  budget.window = from.window() == config::v1::BUDGET_WINDOW_DAY     ? BudgetWindow::kDay
                  : from.window() == config::v1::BUDGET_WINDOW_MONTH ? BudgetWindow::kMonth
                                                                     : BudgetWindow::kTotal;
  if (!from.time_zone().empty()) absl::LoadTimeZone(from.time_zone(), &budget.time_zone);
  switch (from.subject_case()) {
    case config::v1::Budget::kTenant:
      budget.scope = BudgetScope::kTenant;
      budget.subject = SubjectOf(from.tenant());
      break;
    case config::v1::Budget::kPrincipal:
      budget.scope = BudgetScope::kPrincipal;
      budget.subject = SubjectOf(from.principal());
      break;
    case config::v1::Budget::kProvider:
      budget.scope = BudgetScope::kProvider;
      budget.subject = SubjectOf(from.provider());
      break;
    case config::v1::Budget::kLabel:
      budget.scope = BudgetScope::kLabel;
      budget.label = from.label().key();
      budget.subject = SubjectOf(from.label().value());
      break;
    case config::v1::Budget::SUBJECT_NOT_SET:
      break;
  }
  budget.notify_percent.assign(from.notify_percent().begin(), from.notify_percent().end());
  return budget;
}

}  // namespace

std::vector<ConfigProblem> CheckBudgets(const config::v1::Config& config) {
  std::vector<ConfigProblem> problems;
  const auto require = [&problems](bool holds, std::string path, std::string message) {
    if (!holds) problems.push_back({std::move(path), std::move(message)});
  };
  require(static_cast<std::size_t>(config.budgets_size()) <= limits::kBudgets, "budgets",
          absl::StrCat("must be at most ", limits::kBudgets));
  std::set<std::string> names;
  for (int i = 0; i < config.budgets_size(); ++i) {
    const config::v1::Budget& budget = config.budgets(i);
    const std::string path = absl::StrCat("budgets[", i, "]");
    require(IsConfiguredName(budget.name()), path + ".name", "must be 1 to 64 characters of a-z, 0-9, _, -");
    require(names.insert(budget.name()).second, path + ".name", "is used twice");
    require(ParseMoney(budget.limit()).value_or(Money::FromNanos(-1)) >= Money(), path + ".limit",
            "must be a decimal number of US dollars");
    require(budget.window() != config::v1::BUDGET_WINDOW_UNSPECIFIED, path + ".window",
            "must be day, month or total");
    require(KnowsTimeZone(budget.time_zone()), path + ".time_zone",
            "is not in this machine's time zone database");
    require(ArePercents(budget.notify_percent()), path + ".notify_percent",
            "must be rising numbers from 1 to 100");
    if (budget.has_tenant()) require(!budget.tenant().empty(), path + ".tenant", "must be a tenant, or *");
    if (budget.has_principal())
      require(!budget.principal().empty(), path + ".principal", "must be a principal, or *");
    if (budget.has_provider()) {
      require(budget.provider() == kEach || HasProvider(config, budget.provider()), path + ".provider",
              "must be the name of one of `providers`, or *");
    }
    if (budget.has_label()) {
      require(!budget.label().key().empty(), path + ".label.key", "is required");
      require(!budget.label().value().empty(), path + ".label.value", "must be a value, or *");
    }
  }
  return problems;
}

std::vector<Budget> BudgetsOf(const config::v1::Config& config) {
  std::vector<Budget> budgets;
  for (const config::v1::Budget& budget : config.budgets()) budgets.push_back(BudgetOf(budget));
  return budgets;
}

}  // namespace zoetrope
