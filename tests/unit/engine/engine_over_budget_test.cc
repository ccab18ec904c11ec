// Further attempts fit under every budget, or are not made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/route/budget.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::EndsWith;
using ::testing::SizeIs;

constexpr Money kDear = Money::FromNanos(800'000'000);

class OverBudgetTest : public EngineFixture {
 protected:
  OverBudgetTest() : EngineFixture("runpod") { network_.SetFaults({0, 0, 0}); }

  static Accounts MakeAccounts() {
    std::vector<Account> accounts;
    accounts.push_back(AccountAt("runpod", "https://runpod.sim/v2"));
    accounts.push_back(AccountAt("fal", "https://fal.sim/queue"));
    accounts.push_back(AccountAt("runware", "https://runware.sim/v1"));
    return Accounts(std::move(accounts));
  }

  HttpClient& http() override { return network_; }

  static Budget BudgetAt(const std::string& provider, Money limit) {
    Budget budget;
    budget.name = "ceiling";
    if (!provider.empty()) budget.scope = BudgetScope::kProvider;
    budget.subject = provider;
    budget.limit = limit;
    return budget;
  }

  // A job that is cheap at its first account and dear at the others.
  std::string SubmitFor(const std::vector<std::string>& others) {
    NewJob fresh = Fresh();
    for (const std::string& name : others)
      fresh.job.spec.candidates.push_back({name, "sora-2/image-to-video@" + name, kDear});
    fresh.budgets = UsesOf(budgets_, SpenderOf(fresh.job.spec), fresh.ledger);
    return Submit(std::move(fresh));
  }

  JobState EndOf(const std::string& id) {
    EXPECT_TRUE(world_.RunUntil([&] { return IsTerminal(StateOf(id).phase); }));
    return StateOf(id);
  }

  Money Reserved() const {
    std::int64_t nanos = 0;
    for (const BudgetCount& count : store_.PeekBudgets()) nanos += count.reserved.nanos();
    return Money::FromNanos(nanos);
  }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
  const Accounts accounts_ = MakeAccounts();
};

TEST_F(OverBudgetTest, WhatABudgetHasNoRoomForIsNotTried) {
  budgets_ = {BudgetAt("fal", Money::FromNanos(799'999'999))};
  Start(accounts_);
  network_.ScriptSubmissions({SimNetwork::Fate::kRefused});
  const JobState end = EndOf(SubmitFor({"fal"}));
  EXPECT_EQ(end.phase, JobPhase::kFailed);
  ASSERT_THAT(end.attempts, SizeIs(1));
  EXPECT_THAT(end.failure->message, EndsWith("; a budget has no room for another attempt"));
  EXPECT_EQ(Reserved(), Money());
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(OverBudgetTest, TheNextThatFitsIsTried) {
  budgets_ = {BudgetAt("fal", Money::FromNanos(799'999'999))};
  Start(accounts_);
  network_.ScriptSubmissions({SimNetwork::Fate::kRefused});
  const JobState end = EndOf(SubmitFor({"fal", "runware"}));
  EXPECT_EQ(end.phase, JobPhase::kSucceeded);
  ASSERT_THAT(end.attempts, SizeIs(2));
  EXPECT_EQ(end.attempts[1].provider, "runware");
}

TEST_F(OverBudgetTest, WhatTheFirstAttemptHadIsFreeForTheNext) {
  budgets_ = {BudgetAt("", kDear)};
  Start(accounts_);
  network_.ScriptSubmissions({SimNetwork::Fate::kRefused});
  const JobState end = EndOf(SubmitFor({"fal"}));
  EXPECT_EQ(end.phase, JobPhase::kSucceeded);
  ASSERT_THAT(end.attempts, SizeIs(2));
  world_.RunFor(absl::Hours(1));
  ASSERT_THAT(store_.PeekBudgets(), SizeIs(1));
  EXPECT_EQ(store_.PeekBudgets()[0].reserved, Money());
  EXPECT_LE(store_.PeekBudgets()[0].charged, kDear);
}

TEST_F(OverBudgetTest, EachAttemptCountsWhereItIs) {
  budgets_ = {BudgetAt("*", kDear)};
  budgets_[0].subject.clear();
  Start(accounts_);
  network_.ScriptSubmissions({SimNetwork::Fate::kRefused});
  EndOf(SubmitFor({"fal"}));
  ASSERT_THAT(store_.PeekBudgets(), SizeIs(2));
  EXPECT_EQ(store_.PeekBudgets()[0].key.subject, "fal");
  EXPECT_EQ(store_.PeekBudgets()[1].key.subject, "runpod");
  EXPECT_EQ(store_.PeekBudgets()[1].charged, Money());
}

}  // namespace
}  // namespace zoetrope::testing
