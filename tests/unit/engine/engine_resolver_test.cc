// Submissions of unknown outcome: what the engine does to learn what became of them, at the dialects that can
// only be asked, and at those that cannot.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/engine/resolver_fixture.h"

namespace zoetrope::testing {
namespace {

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

// Two ask for the same. What the one that was given up has made must not become the other's, though nobody
// who gave it up is there any more.
TEST_P(ListingTest, WhatWasGivenUpBeforeARestartIsNotTakenForAnothers) {
  // Two accounts with one list, of which one is given up earlier.
  std::vector<Account> two = One(provider_);
  two.push_back(std::move(One(provider_)[0]));
  two[1].name = provider_ + "-hasty";
  two[1].search.give_up_after = absl::Minutes(5);
  const Accounts accounts(std::move(two));
  engine_.reset();
  StartWith(accounts);
  network_.ScriptSubmissions({Fate::kLostReply, Fate::kLostRequest});
  NewJob abandoned = Wish();
  abandoned.job.spec.unknown_policy = UnknownPolicy::kAbandon;
  abandoned.job.spec.candidates[0].provider = provider_ + "-hasty";
  abandoned.job.state.attempts[0].provider = provider_ + "-hasty";
  const std::string made = Submit(std::move(abandoned));
  const std::string lost = SubmitWish();
  world_.RunUntil([&] { return IsTerminal(StateOf(made).phase); });
  ASSERT_EQ(StateOf(lost).attempts[0].phase, AttemptPhase::kUnknown);
  ASSERT_EQ(network_.total_creations(), 1);
  engine_.reset();
  network_.Crash();
  store_.Crash();
  StartWith(accounts);
  world_.RunFor(absl::Hours(1));
  ExpectHeld(lost);
  EXPECT_TRUE(StateOf(lost).attempts[0].provider_job.id.empty());
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

// What is in the list may be what the first server has sent since, for a job that the copy has never seen.
TEST_F(LookUpTest, ACopyTakesNothingThatMayBeALostJobs) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  copied_at_ = world_.clock().TimeNow();
  Restart();
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(id);
}

TEST_F(LookUpTest, APermissionThatWasWithdrawnIsNone) {
  network_.ScriptSubmissions({Fate::kLostRequest});
  NewJob fresh = Wish();
  fresh.job.spec.unknown_policy = UnknownPolicy::kRetryOnce;
  const std::string id = Submit(std::move(fresh));
  AwaitUnknown(id);
  allow_retry_once_ = false;
  Restart();
  world_.RunFor(absl::Minutes(30));
  ExpectHeld(id);
  EXPECT_EQ(network_.submissions(), 1);
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
