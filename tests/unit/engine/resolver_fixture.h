// An engine whose submissions get the fate that a test writes down, at an account of any dialect; and what
// counts the searches for their outcome.
#ifndef ZOETROPE_TESTS_UNIT_ENGINE_RESOLVER_FIXTURE_H_
#define ZOETROPE_TESTS_UNIT_ENGINE_RESOLVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/engine/engine.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
using Fate = SimNetwork::Fate;

// As many as the engine tries before it gives up, and more.
inline std::vector<Fate> Always(Fate fate) { return std::vector<Fate>(40, fate); }

class CountingObserver : public EngineObserver {
 public:
  void OnSubmissionUnknown(std::string_view) override { ++unknown; }
  void OnSearchEnded(std::string_view, SearchEnd end) override { ++ends[end]; }
  void OnCallback(std::string_view, CallbackEnd end) override { callbacks.push_back(end); }
  void OnExchange(std::string_view, ProviderCall call, int, std::optional<TransportFault>,
                  absl::Duration) override {
    ++calls[call];
  }

  int unknown = 0;
  std::map<SearchEnd, int> ends;
  std::vector<CallbackEnd> callbacks;
  std::map<ProviderCall, int> calls;
};

class ResolverTest : public EngineFixture {
 protected:
  explicit ResolverTest(std::string provider) : EngineFixture(std::move(provider)) {
    network_.SetFaults({0, 0, 0});
    StartWith(accounts_);
  }

  HttpClient& http() override { return network_; }
  EngineObserver* observer() override { return &observer_; }

  static std::vector<Account> One(const std::string& name) {
    const std::map<std::string, std::string> bases = {
        {"runpod", "https://runpod.sim/v2"},           {"fal", "https://fal.sim/queue"},
        {"runware", "https://runware.sim/v1"},         {"vtrix", "https://vtrix.sim/model"},
        {"wavespeed", "https://wavespeed.sim/api/v3"}, {"openai", "https://openai.sim/v1"}};
    std::vector<Account> accounts;
    accounts.push_back(AccountAt(name, bases.at(name)));
    AccountEndpoints endpoints;
    endpoints.base_url = bases.at(name);
    if (name == "fal") endpoints.base_urls["platform"] = "https://fal.sim/platform";
    accounts[0].adapter = FindDialect(name)->make(endpoints);
    return accounts;
  }

  void StartWith(const Accounts& accounts) {
    Start(accounts);
    engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
    world_.RunFor(absl::Seconds(1));
  }
  // The process dies, and another one starts after `down`.
  void Restart(absl::Duration down = absl::Seconds(1)) {
    engine_.reset();
    network_.Crash();
    store_.Crash();
    world_.RunFor(down);
    StartWith(accounts_);
  }

  NewJob Wish(const std::string& prompt = "a kite sim-1") {
    NewJob fresh = Fresh();
    fresh.job.spec.generation.prompt = prompt;
    // Two dialects need it where the picture's size is not known.
    fresh.job.spec.generation.aspect_ratio = provider_ == "runpod" ? "auto" : "16:9";
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Hours(2);
    return fresh;
  }
  std::string SubmitWish(const std::string& prompt = "a kite sim-1") { return Submit(Wish(prompt)); }
  void Cancel(const std::string& id) {
    store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
  }
  void AwaitUnknown(const std::string& id) {
    world_.RunUntil([&] { return StateOf(id).attempts.back().phase == AttemptPhase::kUnknown; });
  }

  void ExpectFound(const std::string& id) {
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
    ASSERT_EQ(StateOf(id).attempts.size(), 1u);
    EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kSucceeded);
    EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled);
    EXPECT_FALSE(StateOf(id).failure.has_value());
  }
  void ExpectHeld(const std::string& id) {
    EXPECT_EQ(StateOf(id).phase, JobPhase::kHeld);
    EXPECT_EQ(StateOf(id).attempts.back().phase, AttemptPhase::kHeld);
    EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kOutcomeUnknown);
    EXPECT_EQ(engine_->Lanes().at(provider_).in_flight, 0) << "its permit is free";
  }

  CountingObserver observer_;
  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
  const Accounts accounts_{One(provider_)};
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_UNIT_ENGINE_RESOLVER_FIXTURE_H_
