// Submissions of unknown outcome: what the engine does to learn what became of them, at the dialects that can
// help it.
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

// As many as the engine tries before it gives up, and more.
std::vector<Fate> Always(Fate fate) { return std::vector<Fate>(40, fate); }

class CountingObserver : public EngineObserver {
 public:
  void OnSubmissionUnknown(std::string_view) override { ++unknown; }
  void OnSearchEnded(std::string_view, SearchEnd end) override { ++ends[end]; }
  void OnExchange(std::string_view, ProviderCall call, int, std::optional<TransportFault>,
                  absl::Duration) override {
    ++calls[call];
  }

  int unknown = 0;
  std::map<SearchEnd, int> ends;
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

// --- Where nothing can be asked ---

class NoResolverTest : public ResolverTest, public ::testing::WithParamInterface<std::string> {
 protected:
  NoResolverTest() : ResolverTest(GetParam()) {}
};

TEST_P(NoResolverTest, IsHeldAtOnce) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Seconds(1));
  ExpectHeld(id);
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(network_.submissions(), 1);
  EXPECT_EQ(network_.looks(), 0);
  EXPECT_EQ(observer_.ends[SearchEnd::kHeld], 1);
}

INSTANTIATE_TEST_SUITE_P(Dialects, NoResolverTest, ::testing::Values("runpod", "vtrix"),
                         [](const auto& test) { return test.param; });

// --- Where the same bytes can be sent again ---

class RepeatTest : public ResolverTest {
 protected:
  RepeatTest() : ResolverTest("runware") {}
};

TEST_F(RepeatTest, AJobWhoseAnswerWasLostIsFound) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(network_.submissions(), 2);
  EXPECT_EQ(observer_.calls[ProviderCall::kRepeat], 1);
  EXPECT_EQ(observer_.ends[SearchEnd::kFound], 1);
}

TEST_F(RepeatTest, ARequestThatWasLostIsMadeByTheNext) {
  network_.ScriptSubmissions({Fate::kLostRequest, Fate::kErrorBefore, Fate::kNoConnection, Fate::kGarbage});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(network_.submissions(), 5);
}

TEST_F(RepeatTest, LoadIsWaitedOut) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kThrottled});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(network_.submissions(), 2) << "the provider asked for three seconds";
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
}

TEST_F(RepeatTest, ARefusalNowTellsNothingOfThen) {
  // The account has no money any more, which is waited for; what was accepted before goes on.
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kRefused});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
}

TEST_F(RepeatTest, RepetitionsHaveAnEndAndThenItIsHeld) {
  network_.ScriptSubmissions(Always(Fate::kLostRequest));
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(1));
  const int after_a_minute = network_.submissions();
  EXPECT_LE(after_a_minute, 7);
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(id);
  EXPECT_LE(network_.submissions(), 7);
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(RepeatTest, ARestartInTheMiddleOfItGoesOn) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kLostReply, Fate::kLostRequest});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunUntil([&] { return network_.submissions() == 2; });
  Restart();
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(RepeatTest, AfterALongTimeTheProviderIsOnlyAsked) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  Restart(absl::Minutes(11));
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown);
  world_.RunFor(absl::Minutes(15));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1) << "it may have forgotten the id";
}

TEST_F(RepeatTest, AfterALongTimeWhatIsNotThereIsHeld) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.submissions() == 1; });
  Restart(absl::Minutes(11));
  world_.RunFor(absl::Minutes(15));
  ExpectHeld(id);
  EXPECT_EQ(network_.submissions(), 1);
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(RepeatTest, WhatItsCallerDoesNotWantAnyMoreIsNotSentAgain) {
  network_.ScriptSubmissions(Always(Fate::kLostRequest));
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.submissions() == 3; });
  Cancel(id);
  world_.RunFor(absl::Seconds(1));
  const int then = network_.submissions();
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(network_.submissions(), then) << "it would have been made, and paid for";
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kHeld);
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kPending);
}

TEST_F(RepeatTest, ACancelledJobThatIsThereIsFoundForItsMoney) {
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kLostRequest, Fate::kLostRequest});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  Cancel(id);
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(RepeatTest, NothingIsSentAgainAfterTheDeadline) {
  network_.ScriptSubmissions(Always(Fate::kLostRequest));
  NewJob fresh = Wish();
  fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Seconds(10);
  const std::string id = Submit(std::move(fresh));
  world_.RunFor(absl::Seconds(10));
  const int then = network_.submissions();
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(network_.submissions(), then);
  ExpectHeld(id);
}

TEST_F(RepeatTest, OtherBytesAreNotSentUnderTheSameId) {
  // What was sent is not known, because the note of it was not kept.
  Fail(StoreOperation::kAppendEvidence, 1);
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(12));
  EXPECT_EQ(network_.submissions(), 1);
  ExpectFound(id);  // by asking after the id
}

TEST_F(RepeatTest, AnAccountThatIsDownIsNotSentTo) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  network_.TakeDown("runware", world_.clock().TimeNow() + absl::Minutes(2));
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.total_creations(), 1);
}

// --- Where what was created can be listed ---

class LookUpTest : public ResolverTest {
 protected:
  LookUpTest() : ResolverTest("openai") {}
  explicit LookUpTest(std::string provider) : ResolverTest(std::move(provider)) {}
};

class ListingTest : public LookUpTest, public ::testing::WithParamInterface<std::string> {
 protected:
  ListingTest() : LookUpTest(GetParam()) {}
};

TEST_P(ListingTest, AJobWhoseAnswerWasLostIsFound) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1);
  EXPECT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(observer_.unknown, 1);
  EXPECT_EQ(observer_.ends[SearchEnd::kFound], 1);
}

TEST_P(ListingTest, WhatIsNotThereIsHeldAndNotSentAgain) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Minutes(9));
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown) << "a list may show it late";
  world_.RunFor(absl::Minutes(3));
  ExpectHeld(id);
  EXPECT_EQ(network_.looks(), 7);
  EXPECT_EQ(observer_.ends[SearchEnd::kHeld], 1);
  world_.RunFor(absl::Hours(10));
  EXPECT_EQ(network_.looks(), 7);
  EXPECT_EQ(network_.submissions(), 1);
}

TEST_P(ListingTest, AListThatShowsItLateIsLookedAtAgain) {
  network_.ScriptSubmissions({Fate::kErrorAfter});
  const std::string id = SubmitWish();
  network_.HideUntil(world_.clock().TimeNow() + absl::Minutes(7));
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
}

TEST_P(ListingTest, ARestartInTheMiddleOfItGoesOn) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.HideUntil(world_.clock().TimeNow() + absl::Minutes(3));
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(2));
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown);
  Restart();
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown);
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1);
}

TEST_P(ListingTest, AnotherWishOfTheSameTimeIsNotTaken) {
  network_.ScriptSubmissions({Fate::kLostRequest, Fate::kLostReply});
  const std::string lost = SubmitWish("a kite sim-1");
  const std::string made = SubmitWish("a boat sim-2");
  world_.RunFor(absl::Minutes(20));
  ExpectFound(made);
  ExpectHeld(lost);
}

TEST_P(ListingTest, AJobThatAnotherAttemptHoldsIsNotTaken) {
  network_.ScriptSubmissions({Fate::kFine, Fate::kLostRequest});
  const std::string known = SubmitWish();
  const std::string lost = SubmitWish();
  world_.RunFor(absl::Minutes(20));
  ExpectFound(known);
  ExpectHeld(lost);
}

// The operator adopts it for another attempt between the look at who has it and the write.
TEST_P(ListingTest, AJobThatAnotherAttemptGetsInThatInstantIsNotTaken) {
  NewJob held = Wish("another wish sim-2");
  const std::string other = held.job.spec.id;
  held.owner = "someone else";
  held.job.state.attempts[0].phase = AttemptPhase::kHeld;
  held.job.state.attempts[0].intent_time = world_.clock().TimeNow();
  held.job.state.phase = JobPhase::kHeld;
  Create(held);
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  bool adopted = false;
  store_.SetFaults([&](const StoreCall& call) {
    if (call.operation != StoreOperation::kFindProviderJob || std::exchange(adopted, true))
      return StoreFault();
    JobChange change{.job_id = other, .ownership = {"someone else", 1}, .expected_revision = 1};
    change.state = held.job.state;
    change.state.revision = 2;
    change.state.phase = JobPhase::kRunning;
    change.state.attempts[0].phase = AttemptPhase::kAcked;
    change.state.attempts[0].provider_job.id = network_.IdOf(provider_, "sim-1");
    change.adopts = true;
    // Behind the look that is asked for now.
    other_->Post([this, change] {
      store_.Commit(change, [](CommitOutcome outcome) { EXPECT_EQ(outcome, CommitOutcome::kDurable); });
    });
    return StoreFault();
  });
  world_.RunFor(absl::Hours(2));
  EXPECT_TRUE(adopted);
  EXPECT_EQ(StateOf(other).attempts[0].provider_job.id, network_.IdOf(provider_, "sim-1"));
  ExpectHeld(id);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_P(ListingTest, BesideOneThatIsHeldTheOtherIsFound) {
  network_.ScriptSubmissions({Fate::kFine, Fate::kLostReply});
  const std::string known = SubmitWish();
  world_.RunUntil([&] { return StateOf(known).attempts[0].phase == AttemptPhase::kAcked; });
  const std::string lost = SubmitWish();
  world_.RunFor(absl::Minutes(20));
  ExpectFound(known);
  ExpectFound(lost);
  EXPECT_NE(StateOf(known).attempts[0].provider_job.id, StateOf(lost).attempts[0].provider_job.id);
}

TEST_P(ListingTest, OfTwoThatAreLostAtOnceNeitherTakesWhatIsThere) {
  for (const Fate first : {Fate::kLostRequest, Fate::kLostReply}) {
    network_.ScriptSubmissions({first, Fate::kLostReply});
    const std::string prompt = first == Fate::kLostReply ? "a kite sim-1" : "a boat sim-2";
    const std::string one = SubmitWish(prompt);
    const std::string two = SubmitWish(prompt);
    world_.RunFor(absl::Minutes(20));
    ExpectHeld(one);
    ExpectHeld(two);
  }
}

TEST_P(ListingTest, OneThatIsHeldForLongIsStillARival) {
  network_.ScriptSubmissions({Fate::kLostRequest, Fate::kLostReply});
  const std::string one = SubmitWish();
  world_.RunFor(absl::Minutes(3));
  const std::string two = SubmitWish();
  world_.RunFor(absl::Minutes(5));
  Restart(absl::Minutes(5));
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(one);
  ExpectHeld(two);
}

TEST_P(ListingTest, WhatWasSentLongBeforeIsNone) {
  network_.ScriptSubmissions({Fate::kLostRequest, Fate::kLostReply});
  const std::string one = SubmitWish();
  world_.RunFor(absl::Minutes(5));
  const std::string two = SubmitWish();
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(one);
  ExpectFound(two);
}

INSTANTIATE_TEST_SUITE_P(Dialects, ListingTest, ::testing::Values("openai", "wavespeed", "fal"),
                         [](const auto& test) { return test.param; });

TEST_F(LookUpTest, AnOutageIsNotTheLastWord) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.ScriptLooks({Fate::kLostReply, Fate::kErrorBefore, Fate::kNoConnection, Fate::kThrottled,
                        Fate::kLostRequest, Fate::kErrorAfter, Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(50));
  ExpectFound(id);
}

TEST_F(LookUpTest, AnAnswerThatCannotBeReadIsOneLookLess) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.ScriptLooks(Always(Fate::kGarbage));
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(id);
  EXPECT_EQ(network_.looks(), 7);
}

TEST_F(LookUpTest, EvidenceNeedsNoQuestion) {
  network_.ScriptSubmissions({Fate::kLostReply});
  NewJob fresh = Wish();
  const std::string attempt = fresh.job.state.attempts[0].id;
  const std::string id = Submit(std::move(fresh));
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  // As if the answer had come while the state could not be written.
  store_.AppendEvidence(
      {id, attempt, "provider_job_id", network_.IdOf("openai", "sim-1"), world_.clock().TimeNow()},
      [](absl::Status) {});
  world_.RunFor(absl::Minutes(10));
  ExpectFound(id);
  EXPECT_EQ(network_.looks(), 0);
}

TEST_F(LookUpTest, AStoreThatCannotBeReadIsAskedAgain) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  Fail(StoreOperation::kReadEvidence, 3);
  world_.RunFor(absl::Seconds(5));
  Fail(StoreOperation::kFindProviderJob, 2);
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);
}

TEST_F(LookUpTest, ACancelledJobThatIsFoundIsPaidFor) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  Cancel(id);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kRunning) << "no one knows yet what there is to cancel";
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled);
}

TEST_F(LookUpTest, ACancelledJobThatIsNotFoundWaitsForItsMoney) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  Cancel(id);
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kHeld);
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kPending);
}

TEST_F(LookUpTest, AJobThatIsFoundAfterItsDeadlineFailsWithItsMoneyKnown) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.HideUntil(world_.clock().TimeNow() + absl::Minutes(7));
  NewJob fresh = Wish();
  fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Minutes(2);
  const std::string id = Submit(std::move(fresh));
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown);
  world_.RunFor(absl::Minutes(30));
  EXPECT_TRUE(IsTerminal(StateOf(id).phase));
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(LookUpTest, WithoutTheAccountNoOneCanBeAsked) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.HideUntil(world_.clock().TimeNow() + absl::Minutes(7));
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  engine_.reset();
  network_.Crash();
  store_.Crash();
  const Accounts none{{}};
  StartWith(none);
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kHeld);
}

TEST_F(LookUpTest, ADrainDoesNotWaitForASearch) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.HideUntil(absl::InfiniteFuture());
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Seconds(1));
  bool drained = false;
  engine_->Drain([&] { drained = true; });
  world_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(drained);
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(network_.looks(), 0);
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kUnknown) << "for the next process";
}

// --- What is done where no one can tell ---

TEST_F(LookUpTest, ItIsAbandonedOnlyWhenTheSearchIsOver) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  NewJob fresh = Wish();
  fresh.job.spec.unknown_policy = UnknownPolicy::kAbandon;
  const std::string id = Submit(std::move(fresh));
  AwaitUnknown(id);
  world_.RunFor(absl::Minutes(9));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kRunning);
  world_.RunFor(absl::Minutes(3));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kOutcomeUnknown);
  EXPECT_EQ(observer_.ends[SearchEnd::kAbandoned], 1);
}

TEST_F(LookUpTest, ItIsTriedAgainOnlyWhenTheSearchIsOver) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  NewJob fresh = Wish();
  fresh.job.spec.unknown_policy = UnknownPolicy::kRetryOnce;
  const std::string id = Submit(std::move(fresh));
  AwaitUnknown(id);
  world_.RunFor(absl::Minutes(9));
  EXPECT_EQ(network_.submissions(), 1);
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(network_.submissions(), 2);
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(observer_.ends[SearchEnd::kRetried], 1);
  EXPECT_EQ(observer_.ends[SearchEnd::kAbandoned], 0);
}

TEST_F(LookUpTest, WhatIsFoundIsNotTriedAgain) {
  network_.ScriptSubmissions({Fate::kLostReply});
  NewJob fresh = Wish();
  fresh.job.spec.unknown_policy = UnknownPolicy::kRetryOnce;
  const std::string id = Submit(std::move(fresh));
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1);
}

}  // namespace
}  // namespace zoetrope::testing
