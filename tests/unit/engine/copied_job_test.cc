// What a server does with the jobs of a store that is a copy: another one may have gone on with them since.
#include "server/engine/job_machine.h"
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

class CopiedJobTest : public MachineTest {
 protected:
  // The copy is a second younger than the job, and nine seconds older than now.
  CopiedJobTest() { facts_.copied_at = kStart + absl::Seconds(1); }

  Decided DecideTo(ResolutionKind kind, absl::Time time) const {
    AttemptDecision decision{attempt_id(), kind, "", "looked"};
    if (kind == ResolutionKind::kAdopted) decision.provider_job_id = "theirs";
    return {decision, time};
  }
  std::string attempt_id() const { return job_.state.attempts.back().id; }

  void ExpectHeldUnsent(const Decision& decision) {
    EXPECT_FALSE(Wants<AskLane>(decision));
    EXPECT_FALSE(Wants<Send>(decision));
    EXPECT_EQ(job_.state.phase, JobPhase::kHeld);
    EXPECT_EQ(attempt().phase, AttemptPhase::kHeld);
    EXPECT_EQ(attempt().intent_time, facts_.now) << "the time for a decision begins now";
    ASSERT_TRUE(attempt().failure.has_value());
    EXPECT_EQ(attempt().failure->reason, FailureReason::kOutcomeUnknown);
    EXPECT_THAT(attempt().failure->message, ::testing::HasSubstr("copy of 2027-01-15T08:00:01+00:00"));
    EXPECT_EQ(attempt().reserved, kPrice);
    ExpectLedgerBalances();
  }
};

TEST_F(CopiedJobTest, WhatIsPlannedIsHeldAndNotSent) { ExpectHeldUnsent(Happen(Resumed{})); }

TEST_F(CopiedJobTest, ALateOneToo) {
  facts_.now = job_.deadline_time;
  ExpectHeldUnsent(Happen(Resumed{}));
}

TEST_F(CopiedJobTest, AJobThatCameAfterTheCopyIsSent) {
  job_.create_time = kStart + absl::Seconds(2);
  EXPECT_TRUE(Wants<AskLane>(Happen(Resumed{})));
  EXPECT_TRUE(Wants<Send>(Happen(Admitted{"first"})));
}

TEST_F(CopiedJobTest, NothingFollowsAnAttemptThatEnds) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  job_.failover = FailoverPolicy::kAfterFailed;
  const Decision decision = Happen(PollEnded{FailedFor(FailureReason::kProviderError), 200, {}, true});
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  ExpectHeldUnsent(decision);
}

TEST_F(CopiedJobTest, WhoAcceptsThatItIsPaidForTwiceHasItSentAndEachAttemptHasItsName) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  job_.failover = FailoverPolicy::kAfterFailed;
  job_.unknown_policy = UnknownPolicy::kRetryOnce;
  // Whether the first server has sent the second one is not known; the third is for that case.
  EXPECT_TRUE(Wants<AskLane>(Happen(PollEnded{FailedFor(FailureReason::kProviderError), 200, {}, true})));
  ASSERT_EQ(job_.state.attempts.size(), 3u);
  EXPECT_EQ(job_.state.attempts[1].id, "second");
  EXPECT_EQ(job_.state.attempts[1].settled, kPrice);
  EXPECT_EQ(attempt().id, "third");
  ExpectLedgerBalances();
}

TEST_F(CopiedJobTest, ADecisionThatItWasNotCreatedSendsIt) {
  Happen(Resumed{});
  EXPECT_TRUE(Wants<AskLane>(Happen(DecideTo(ResolutionKind::kNotCreated, facts_.now))));
  EXPECT_EQ(attempt().phase, AttemptPhase::kPlanned);
  EXPECT_EQ(job_.state.attempts.size(), 1u);
  EXPECT_FALSE(attempt().failure.has_value());
  EXPECT_EQ(attempt().resolution->kind, ResolutionKind::kNotCreated);
  EXPECT_TRUE(Wants<AskLane>(Happen(Resumed{}))) << "once is enough, for the next start too";
  EXPECT_TRUE(Wants<Send>(Happen(Admitted{"first"})));
  ExpectLedgerBalances();
}

TEST_F(CopiedJobTest, AndWhatIsHeldAfterItWasSentIsNotSentTwice) {
  Happen(Resumed{});
  Happen(DecideTo(ResolutionKind::kNotCreated, facts_.now));
  Happen(Admitted{"first"});
  Happen(Resumed{});
  Happen(Resolved{});
  ASSERT_EQ(attempt().phase, AttemptPhase::kHeld);
  Happen(DecideTo(ResolutionKind::kNotCreated, facts_.now));
  EXPECT_EQ(job_.state.attempts[0].phase, AttemptPhase::kRefused);
}

TEST_F(CopiedJobTest, ADecisionOfBeforeTheCopyTellsNothingOfAfterIt) {
  Be(AttemptPhase::kHeld, JobPhase::kHeld);
  attempt().intent_time = kStart;
  attempt().failure = Failure{FailureReason::kOutcomeUnknown, "no answer", "alpha", ""};
  const Decision decision = Happen(DecideTo(ResolutionKind::kNotCreated, kStart + absl::Milliseconds(500)));
  EXPECT_EQ(job_.state.attempts[0].phase, AttemptPhase::kRefused);
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  ExpectHeldUnsent(decision);
}

TEST_F(CopiedJobTest, WhatIsAdoptedIsPolled) {
  Happen(Resumed{});
  EXPECT_TRUE(Wants<Poll>(Happen(DecideTo(ResolutionKind::kAdopted, facts_.now))));
  EXPECT_EQ(attempt().phase, AttemptPhase::kAcked);
}

// Where the provider has called back about it, say: the first server may have seen it fail, and gone on.
TEST_F(CopiedJobTest, ThatItWasMadeTellsNothingOfWhatCameAfterIt) {
  Happen(Resumed{});
  Happen(DecideTo(ResolutionKind::kAdopted, facts_.now));
  job_.failover = FailoverPolicy::kAfterFailed;
  const Decision decision = Happen(PollEnded{FailedFor(FailureReason::kProviderError), 200, {}, true});
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  ExpectHeldUnsent(decision);
}

TEST_F(CopiedJobTest, WhatNobodyDecidesCountsAsMade) {
  Happen(Resumed{});
  Happen(DecideTo(ResolutionKind::kExpired, facts_.now));
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(attempt().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(CopiedJobTest, ACancelledOneKeepsItsMoneyOpen) {
  Happen(Resumed{});
  Happen(CancelAsked{facts_.now});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  ASSERT_TRUE(Happen(DecideTo(ResolutionKind::kNotCreated, facts_.now)).changed);
  EXPECT_EQ(attempt().phase, AttemptPhase::kCancelled);
  EXPECT_EQ(attempt().settled, Money());
  ExpectLedgerBalances();
}

TEST_F(CopiedJobTest, AJobThatAbandonsWhatIsUnknownFails) {
  job_.unknown_policy = UnknownPolicy::kAbandon;
  Happen(Resumed{});
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kOutcomeUnknown);
  EXPECT_EQ(attempt().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(CopiedJobTest, AJobThatAcceptsToPayTwiceIsSentUnderAnotherId) {
  job_.unknown_policy = UnknownPolicy::kRetryOnce;
  EXPECT_TRUE(Wants<AskLane>(Happen(Resumed{})));
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  EXPECT_EQ(job_.state.attempts[0].settled, kPrice);
  EXPECT_EQ(attempt().id, "second");
  EXPECT_TRUE(Wants<Send>(Happen(Admitted{"second"})));
  ExpectLedgerBalances();
}

}  // namespace
}  // namespace zoetrope::testing
