// Submissions under budgets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/api/submit.h"
#include "server/base/error.h"
#include "tests/support/open_admission.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using testing::ApiWorld;
using ::testing::ElementsAre;
using testing::GoodRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A job costs 0.40 at north, and 0.80 at south.
class SubmitBudgetTest : public ::testing::Test {
 protected:
  void Allow(BudgetScope scope, const std::string& subject, std::int64_t cents) {
    Budget budget;
    budget.name = "budget-" + std::to_string(rules_.budgets.size());
    budget.scope = scope;
    budget.subject = subject;
    budget.limit = Money::FromNanos(cents * 10'000'000);
    rules_.budgets.push_back(budget);
  }

  absl::StatusOr<Submitted> Submit(const v1::SubmitRequest& request, const std::string& tenant = "default") {
    if (submitter_ == nullptr) submitter_ = std::make_unique<Submitter>(world_.parts(rules_));
    std::optional<absl::StatusOr<Submitted>> answer;
    submitter_->Submit(testing::OfTenant(tenant), &request,
                       [&answer](absl::StatusOr<Submitted> result) { answer = std::move(result); });
    EXPECT_TRUE(world_.world.RunUntil([&answer] { return answer.has_value(); }));
    return *std::move(answer);
  }

  static std::string ProviderOf(const absl::StatusOr<Submitted>& submitted) {
    return submitted.ok() ? submitted->job.state.attempts[0].provider : submitted.status().ToString();
  }

  PlanRules rules_;
  ApiWorld world_;
  std::unique_ptr<Submitter> submitter_;
};

TEST_F(SubmitBudgetTest, WhatFitsIsTakenAndTheRestRefused) {
  Allow(BudgetScope::kTenant, "", 100);
  EXPECT_TRUE(Submit(GoodRequest()).ok());
  EXPECT_TRUE(Submit(GoodRequest()).ok());
  const absl::Status refused = Submit(GoodRequest()).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_BUDGET_EXCEEDED);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("left: 0.20, needed: 0.40"));
  EXPECT_EQ(world_.engine.places(), 8) << "its place is given back";
  EXPECT_TRUE(Submit(GoodRequest(), "another").ok()) << "each tenant has a count of its own";
}

TEST_F(SubmitBudgetTest, WhereAnAccountsBudgetIsFullTheNextOneHasTheJob) {
  Allow(BudgetScope::kProvider, "north", 50);
  EXPECT_EQ(ProviderOf(Submit(GoodRequest())), "north");
  const auto second = Submit(GoodRequest());
  EXPECT_EQ(ProviderOf(second), "south");
  ASSERT_TRUE(second.ok());
  EXPECT_THAT(second->job.spec.candidates, SizeIs(1));
  EXPECT_EQ(second->job.state.attempts[0].reserved, Money::FromNanos(800'000'000));
  ASSERT_THAT(second->job.spec.routing_notes, SizeIs(2));
  EXPECT_EQ(second->job.spec.routing_notes[0].provider, "south");
  EXPECT_EQ(second->job.spec.routing_notes[1].why, "passed over: over budget `budget-0` by USD 0.30");
  EXPECT_EQ(*world_.store.Peek(second->job.spec.id)->job.spec.candidates.begin(),
            second->job.spec.candidates[0]);
}

TEST_F(SubmitBudgetTest, TheNextOneMustFitUnderTheCallersOwnCeiling) {
  Allow(BudgetScope::kProvider, "north", 10);
  v1::SubmitRequest request = GoodRequest();
  request.mutable_max_cost()->set_currency_code("USD");
  request.mutable_max_cost()->set_nanos(500'000'000);
  const absl::Status refused = Submit(request).status();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_BUDGET_EXCEEDED);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("budget-0"));
}

TEST_F(SubmitBudgetTest, TheRefusalNamesWhatWasInTheWayOfThePreferredOne) {
  Allow(BudgetScope::kProvider, "north", 10);
  Allow(BudgetScope::kProvider, "south", 10);
  EXPECT_THAT(std::string(Submit(GoodRequest()).status().message()), HasSubstr("budget-0"));
  EXPECT_EQ(world_.engine.places(), 10);
  EXPECT_THAT(world_.store.JobIds(), IsEmpty());
}

TEST_F(SubmitBudgetTest, AKnownRequestIdIsAnsweredThoughTheBudgetIsFull) {
  Allow(BudgetScope::kAll, "", 40);
  const auto first = Submit(GoodRequest("one"));
  ASSERT_TRUE(first.ok());
  const auto again = Submit(GoodRequest("one"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->job.spec.id, first->job.spec.id);
  EXPECT_EQ(ReasonOf(Submit(GoodRequest("two")).status()), v1::ERROR_REASON_BUDGET_EXCEEDED);
}

TEST_F(SubmitBudgetTest, LabelsAreCounted) {
  Allow(BudgetScope::kLabel, "", 40);
  rules_.budgets[0].label = "project";
  v1::SubmitRequest request = GoodRequest();
  (*request.mutable_labels())["project"] = "x";
  EXPECT_TRUE(Submit(request).ok());
  EXPECT_FALSE(Submit(request).ok());
  (*request.mutable_labels())["project"] = "y";
  EXPECT_TRUE(Submit(request).ok());
  EXPECT_TRUE(Submit(GoodRequest()).ok()) << "no label, no count";
}

TEST_F(SubmitBudgetTest, ACheckSetsNothingAside) {
  Allow(BudgetScope::kAll, "", 40);
  v1::SubmitRequest check = GoodRequest();
  check.set_validate_only(true);
  EXPECT_TRUE(Submit(check).ok());
  EXPECT_THAT(world_.store.PeekBudgets(), IsEmpty());
  EXPECT_TRUE(Submit(GoodRequest()).ok());
}

}  // namespace
}  // namespace zoetrope
