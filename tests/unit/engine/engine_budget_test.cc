// How often the engine repeats calls that failed, when the account's budget has no more to give.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/engine.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using Fate = SimNetwork::Fate;

class CallCounter : public EngineObserver {
 public:
  void OnExchange(std::string_view, ProviderCall call, int, std::optional<TransportFault>,
                  absl::Duration) override {
    ++calls[call];
  }

  std::map<ProviderCall, int> calls;
};

class BudgetTest : public EngineFixture {
 protected:
  BudgetTest() : EngineFixture("runpod") { network_.SetFaults({0, 0, 0}); }

  HttpClient& http() override { return network_; }
  EngineObserver* observer() override { return &observer_; }

  // One repetition, and another each minute.
  static constexpr RetryRules kOneAMinute = {0.0, 1.0 / 60, 1.0};

  Accounts With(RetryRules rules) const {
    std::vector<Account> accounts;
    accounts.push_back(AccountAt(provider_, "https://" + provider_ + ".sim/v2"));
    accounts[0].lane.repetitions = rules;
    return Accounts(std::move(accounts));
  }
  std::string SubmitForAnHour() { return Submit(std::nullopt, absl::Hours(1)); }
  AttemptPhase PhaseOf(const std::string& id) { return StateOf(id).attempts.back().phase; }

  CallCounter observer_;
  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
};

TEST_F(BudgetTest, WhatDidNotLeaveWaitsForABudgetAndFreshWorkDoesNot) {
  const Accounts accounts = With(kOneAMinute);
  Start(accounts);
  network_.ScriptSubmissions({Fate::kNoConnection, Fate::kNoConnection});
  const std::string first = SubmitForAnHour();
  world_.RunFor(absl::Seconds(20));
  EXPECT_EQ(network_.submissions(), 2) << "the one repetition that there was failed as well";
  EXPECT_EQ(PhaseOf(first), AttemptPhase::kPlanned);
  const std::string second = SubmitForAnHour();
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(PhaseOf(second), AttemptPhase::kAcked);
  world_.RunFor(absl::Seconds(20));
  EXPECT_EQ(PhaseOf(first), AttemptPhase::kPlanned);
  world_.RunFor(absl::Seconds(20));
  EXPECT_EQ(PhaseOf(first), AttemptPhase::kAcked) << "nothing is lost, it waits";
  EXPECT_EQ(network_.total_creations(), 2);
}

TEST_F(BudgetTest, AJobThatWaitsForItGoesWhereItCan) {
  std::vector<Account> two;
  two.push_back(AccountAt("runpod", "https://runpod.sim/v2"));
  two.push_back(AccountAt("fal", "https://fal.sim/queue"));
  two[0].lane.repetitions = {0.0, 1.0 / 3600, 1.0};
  const Accounts accounts(std::move(two));
  Start(accounts);
  network_.TakeDown("runpod", world_.clock().TimeNow() + absl::Hours(10));
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    NewJob fresh = Fresh();
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Hours(1);
    fresh.job.spec.candidates.push_back(
        {"fal", "sora-2/image-to-video@fal", Money::FromNanos(400'000'000), Money()});
    ids.push_back(Submit(std::move(fresh)));
  }
  world_.RunFor(absl::Minutes(2));
  for (const std::string& id : ids) EXPECT_EQ(StateOf(id).attempts.back().provider, "fal");
}

TEST_F(BudgetTest, PollsThatFailAreFartherApart) {
  const auto polls = [this](RetryRules rules) {
    engine_.reset();
    observer_.calls.clear();
    const Accounts accounts = With(rules);
    Start(accounts);
    const std::string id = SubmitForAnHour();
    world_.RunUntil([&] { return PhaseOf(id) == AttemptPhase::kAcked; });
    network_.ForgetUntil(world_.clock().TimeNow() + absl::Minutes(1));
    world_.RunFor(absl::Seconds(30));
    const int count = observer_.calls[ProviderCall::kPoll];
    world_.RunFor(absl::Minutes(15));
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded) << "nothing is lost, it is seen later";
    return count;
  };
  EXPECT_GE(polls({1.0, 1.0, 100.0}), 4);
  EXPECT_LE(polls({0.0, 1.0 / 3600, 1.0}), 2) << "one at first, and one that takes what there is";
}

}  // namespace
}  // namespace zoetrope::testing
