#include "server/config/budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/config/config_loader.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

config::v1::Config Good() {
  config::v1::Config config;
  config.add_providers()->set_name("fal");
  config::v1::Budget* budget = config.add_budgets();
  budget->set_name("everyone");
  budget->set_limit("100");
  budget->set_window(config::v1::BUDGET_WINDOW_MONTH);
  return config;
}

// Paths of what is wrong once `change` was made to the budget.
template <typename Change>
std::vector<std::string> Wrong(Change change) {
  config::v1::Config config = Good();
  change(*config.mutable_budgets(0));
  std::vector<std::string> paths;
  for (const ConfigProblem& problem : CheckBudgets(config)) paths.push_back(problem.path);
  return paths;
}

TEST(BudgetsTest, AGoodOneHasNoProblem) { EXPECT_THAT(CheckBudgets(Good()), IsEmpty()); }

TEST(BudgetsTest, EachRuleNamesItsField) {
  EXPECT_THAT(Wrong([](auto& b) { b.clear_name(); }), ElementsAre("budgets[0].name"));
  EXPECT_THAT(Wrong([](auto& b) { b.set_name("Every One"); }), ElementsAre("budgets[0].name"));
  for (const char* limit : {"", "much", "-1", "1e30"})
    EXPECT_THAT(Wrong([&](auto& b) { b.set_limit(limit); }), ElementsAre("budgets[0].limit")) << limit;
  EXPECT_THAT(Wrong([](auto& b) { b.clear_window(); }), ElementsAre("budgets[0].window"));
  EXPECT_THAT(Wrong([](auto& b) { b.set_time_zone("Mars/Olympus"); }), ElementsAre("budgets[0].time_zone"));
  for (const std::vector<int>& percents : {std::vector<int>{0}, {101}, {80, 80}, {90, 50}}) {
    EXPECT_THAT(Wrong([&](auto& b) { b.mutable_notify_percent()->Add(percents.begin(), percents.end()); }),
                ElementsAre("budgets[0].notify_percent"));
  }
  EXPECT_THAT(Wrong([](auto& b) { b.set_tenant(""); }), ElementsAre("budgets[0].tenant"));
  EXPECT_THAT(Wrong([](auto& b) { b.set_provider("runware"); }), ElementsAre("budgets[0].provider"));
  EXPECT_THAT(Wrong([](auto& b) { b.mutable_label(); }),
              ElementsAre("budgets[0].label.key", "budgets[0].label.value"));
}

TEST(BudgetsTest, NamesAreUnique) {
  config::v1::Config config = Good();
  *config.add_budgets() = config.budgets(0);
  ASSERT_THAT(CheckBudgets(config), SizeIs(1));
  EXPECT_EQ(CheckBudgets(config)[0].path, "budgets[1].name");
}

TEST(BudgetsTest, ThereIsALimitOnThem) {
  config::v1::Config config = Good();
  for (std::size_t i = 0; i < limits::kBudgets; ++i) {
    *config.add_budgets() = config.budgets(0);
    config.mutable_budgets(static_cast<int>(i) + 1)->set_name(absl::StrCat("budget-", i));
  }
  ASSERT_THAT(CheckBudgets(config), SizeIs(1));
  EXPECT_EQ(CheckBudgets(config)[0].path, "budgets");
}

TEST(BudgetsTest, AreReadAsTheyAreWritten) {
  const ConfigResult result = LoadConfig("test.yaml", R"yaml(
providers:
  - name: fal
    api_key: {env: KEY}
budgets:
  - {name: everything, limit: "1000", window: total}
  - {name: teams, limit: "99.50", window: month, time_zone: UTC, tenant: "*", notify_percent: [50, 90]}
  - {name: fal-day, limit: "20", window: day, provider: fal}
  - {name: launch, limit: "5", window: total, label: {key: project, value: launch}}
)yaml",
                                         {}, [](const std::string&) { return std::string("value"); });
  ASSERT_THAT(result.problems, IsEmpty());
  const std::vector<Budget> budgets = BudgetsOf(result.config);
  ASSERT_THAT(budgets, SizeIs(4));
  Budget everything;
  everything.name = "everything";
  everything.limit = Money::FromNanos(1'000'000'000'000);
  EXPECT_EQ(budgets[0], everything);
  EXPECT_EQ(budgets[1].scope, BudgetScope::kTenant);
  EXPECT_EQ(budgets[1].subject, "");
  EXPECT_EQ(budgets[1].window, BudgetWindow::kMonth);
  EXPECT_EQ(budgets[1].limit, Money::FromNanos(99'500'000'000));
  EXPECT_THAT(budgets[1].notify_percent, ElementsAre(50, 90));
  EXPECT_EQ(budgets[2].scope, BudgetScope::kProvider);
  EXPECT_EQ(budgets[2].subject, "fal");
  EXPECT_EQ(budgets[2].window, BudgetWindow::kDay);
  EXPECT_EQ(budgets[3].scope, BudgetScope::kLabel);
  EXPECT_EQ(budgets[3].label, "project");
  EXPECT_EQ(budgets[3].subject, "launch");
}

}  // namespace
}  // namespace zoetrope
