// Which counts money goes to, and what is said of a full one.
#include "server/route/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/error.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// 2027-01-31 23:30 UTC, which is February in Berlin.
const absl::Time kNow = absl::FromUnixSeconds(1'801'438'200);

Budget Of(const std::string& name, BudgetScope scope, const std::string& subject = "") {
  Budget budget;
  budget.name = name;
  budget.scope = scope;
  budget.subject = subject;
  budget.limit = Money::FromNanos(100);
  return budget;
}

LedgerRow Reserve(const std::string& attempt, const std::string& provider) {
  return {attempt, LedgerKind::kReserve, Money::FromNanos(1), CostSource::kCatalogue, kNow, provider};
}

// Whose money it is.
struct Asked {
  std::string tenant;
  std::string principal;
  std::map<std::string, std::string> labels;
};
const Asked kJob{"team-a", "ci", {{"project", "x"}}};

// Budget and subject of each count that an attempt of that job at fal goes to.
std::vector<std::string> CountsIn(const std::vector<Budget>& budgets) {
  std::vector<std::string> names;
  for (const BudgetUse& use : UsesOf(budgets, SpenderOf(kJob), {Reserve("one", "fal")}))
    names.push_back(use.key.budget + ":" + use.key.subject);
  return names;
}

TEST(BudgetTest, ABudgetIsAboutWhatItsScopeSays) {
  Budget project = Of("of-x", BudgetScope::kLabel, "x");
  project.label = "project";
  Budget other_key = project;
  other_key.label = "client";
  EXPECT_THAT(CountsIn({Of("all", BudgetScope::kAll), Of("a", BudgetScope::kTenant, "team-a"),
                        Of("b", BudgetScope::kTenant, "team-b"), Of("fal", BudgetScope::kProvider, "fal"),
                        Of("runware", BudgetScope::kProvider, "runware"), project, other_key}),
              ElementsAre("all:", "a:team-a", "fal:fal", "of-x:x"));
}

TEST(BudgetTest, EachSubjectHasACountOfItsOwn) {
  Budget projects = Of("projects", BudgetScope::kLabel);
  projects.label = "project";
  EXPECT_THAT(
      CountsIn({Of("tenants", BudgetScope::kTenant), Of("accounts", BudgetScope::kProvider), projects}),
      ElementsAre("tenants:team-a", "accounts:fal", "projects:x"));
  Budget clients = projects;
  clients.label = "client";
  EXPECT_THAT(CountsIn({clients}), IsEmpty()) << "a job without the label is not in it";
}

TEST(BudgetTest, APrincipalHasACountOnlyWhereItIsKnown) {
  const std::vector<Budget> budgets = {Of("each", BudgetScope::kPrincipal),
                                       Of("ci", BudgetScope::kPrincipal, "ci"),
                                       Of("other", BudgetScope::kPrincipal, "other")};
  EXPECT_THAT(CountsIn(budgets), ElementsAre("each:ci", "ci:ci"));
  const Asked by_anyone{"team-a", "", {}};
  EXPECT_THAT(UsesOf(budgets, SpenderOf(by_anyone), {Reserve("one", "fal")}), IsEmpty());
}

TEST(BudgetTest, OnlyWhatIsSetAsideBringsAnAttemptIntoACount) {
  LedgerRow settle = Reserve("one", "fal");
  settle.kind = LedgerKind::kSettle;
  EXPECT_THAT(UsesOf({Of("all", BudgetScope::kAll)}, SpenderOf(kJob), {settle}), IsEmpty());
  const auto uses = UsesOf({Of("all", BudgetScope::kAll)}, SpenderOf(kJob), {settle, Reserve("two", "fal")});
  EXPECT_THAT(uses, ElementsAre(BudgetUse{"two", {"all", "", absl::UnixEpoch()}, Money::FromNanos(100)}));
}

TEST(BudgetTest, WindowsBeginWhereTheirTimeZoneSays) {
  Budget budget = Of("all", BudgetScope::kAll);
  EXPECT_EQ(WindowStart(budget, kNow), absl::UnixEpoch());
  EXPECT_EQ(WindowEnd(budget, kNow), absl::InfiniteFuture());
  const absl::TimeZone utc = absl::UTCTimeZone();
  budget.window = BudgetWindow::kDay;
  EXPECT_EQ(WindowStart(budget, kNow), absl::FromCivil(absl::CivilDay(2027, 1, 31), utc));
  EXPECT_EQ(WindowEnd(budget, kNow), absl::FromCivil(absl::CivilDay(2027, 2, 1), utc));
  budget.window = BudgetWindow::kMonth;
  EXPECT_EQ(WindowStart(budget, kNow), absl::FromCivil(absl::CivilDay(2027, 1, 1), utc));
  budget.time_zone = absl::FixedTimeZone(3600);
  EXPECT_EQ(WindowStart(budget, kNow), absl::FromCivil(absl::CivilDay(2027, 2, 1), budget.time_zone));
  EXPECT_EQ(WindowEnd(budget, kNow), absl::FromCivil(absl::CivilDay(2027, 3, 1), budget.time_zone));
  EXPECT_EQ(WindowStart(budget, WindowEnd(budget, kNow)), WindowEnd(budget, kNow))
      << "a window's end is the next one's start";
}

TEST(BudgetTest, ADayOfTheClocksChangeIsADay) {
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin)) << "every Debian has a time zone database";
  Budget budget = Of("all", BudgetScope::kAll);
  budget.window = BudgetWindow::kDay;
  budget.time_zone = berlin;
  const absl::Time noon = absl::FromCivil(absl::CivilHour(2027, 3, 28, 12), berlin);
  EXPECT_EQ(WindowEnd(budget, noon) - WindowStart(budget, noon), absl::Hours(23));
}

TEST(BudgetTest, ARefusalNamesTheBudgetItsLimitAndWhatIsLeft) {
  Budget budget = Of("team-day", BudgetScope::kTenant);
  budget.window = BudgetWindow::kDay;
  const BudgetShortage shortage{{"team-day", "team-a", WindowStart(budget, kNow)},
                                Money::FromNanos(100'000'000'000),
                                Money::FromNanos(99'600'000'000),
                                Money::FromNanos(800'000'000)};
  const absl::Status status = BudgetExceeded({budget}, shortage, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_BUDGET_EXCEEDED);
  constexpr char kText[] =
      "budget `team-day`: 100.00 USD a day; left: 0.40, needed: 0.80; begins anew at "
      "2027-02-01T00:00:00+00:00";
  EXPECT_EQ(status.message(), kText);
  internal::v1::QuotaFailure failure;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.QuotaFailure");
  ASSERT_TRUE(payload.has_value());
  ASSERT_TRUE(failure.ParseFromString(std::string(*payload)));
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).subject(), "tenant:team-a");
  EXPECT_EQ(failure.violations(0).description(), kText);
}

TEST(BudgetTest, ALimitThatWasLoweredLeavesNothing) {
  const BudgetShortage shortage{{"total", "", absl::UnixEpoch()},
                                Money::FromNanos(1'000'000'000),
                                Money::FromNanos(5'000'000'000),
                                Money::FromNanos(1)};
  EXPECT_EQ(BudgetExceeded({Of("total", BudgetScope::kAll)}, shortage, kNow).message(),
            "budget `total`: 1.00 USD in total; left: 0.00, needed: 0.000000001");
}

}  // namespace
}  // namespace zoetrope
