// A wish to cancel, at every state of the job.
#include "server/engine/job_machine.h"
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr bool kQueued = true;
constexpr bool kMayRun = false;

class CancellationTest : public MachineTest {};

TEST_F(CancellationTest, CancelBeforeSendingEndsAtOnceAndCostsNothing) {
  const Decision decision = Happen(CancelAsked{facts_.now});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().phase, AttemptPhase::kCancelled);
  EXPECT_EQ(attempt().settled, Money());
  EXPECT_TRUE(Wants<LeaveLane>(decision));
  EXPECT_TRUE(Wants<Forget>(decision));
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, CancelWhileSendingIsRecordedAndCarriedOutWithTheAnswer) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  EXPECT_TRUE(Happen(CancelAsked{facts_.now}).effects.empty());
  EXPECT_EQ(job_.state.phase, JobPhase::kRunning);
  const Decision decision = Happen(Answer(Accepted{{"theirs", {}}, {}}));
  EXPECT_TRUE(Wants<CancelThere>(decision));
}

TEST_F(CancellationTest, CancelWhileSendingEndsWithARefusal) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(Answer(RefusedFor(FailureReason::kProviderAuthFailed), 401));
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(job_.state.attempts.size(), 1u);
}

TEST_F(CancellationTest, CancelWhileSendingEndsWhenItProvablyDidNotLeave) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  const Decision decision =
      Happen(Answer(TransportError{Delivery::kNotSent, TransportFault::kConnect, ""}, 0));
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_FALSE(Wants<AskLane>(decision));
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, WhereTheProviderCanCancelItsAnswerDecides) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  EXPECT_TRUE(Wants<CancelThere>(Happen(CancelAsked{facts_.now})));
  EXPECT_EQ(job_.state.phase, JobPhase::kRunning);
  Happen(PollEnded{CancelledThere{}, 200, {}, kQueued});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().settled, Money()) << "cancelled in the queue: not billed";
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, ACancelThatCameTooLateLeavesTheVideo) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(PollEnded{Videos(1), 200, {}, true});
  EXPECT_EQ(job_.state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(attempt().settled, kPrice);
}

TEST_F(CancellationTest, WhereItCannotTheCallerIsFreeAtOnceAndTheMoneyFollows) {
  capabilities_.can_cancel = false;
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  const Decision decision = Happen(CancelAsked{facts_.now});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  EXPECT_FALSE(Wants<Forget>(decision));
  Happen(PollEnded{Videos(1), 200, {Money::FromNanos(800'000'000), ""}, true});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_TRUE(job_.state.outputs.empty());
  EXPECT_EQ(attempt().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, AHeldJobCanBeCancelledAndItsMoneyStaysPending) {
  Be(AttemptPhase::kHeld, JobPhase::kHeld);
  Happen(CancelAsked{facts_.now});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  EXPECT_EQ(attempt().reserved, kPrice);
  EXPECT_FALSE(job_.state.failure.has_value()) << "its caller has ended it; what is unknown is the attempt";
}

TEST_F(CancellationTest, AHeldJobThatWasCancelledIsCancelledThereOnceItIsFound) {
  Be(AttemptPhase::kHeld, JobPhase::kHeld);
  Happen(CancelAsked{facts_.now});
  const Decision decision = Happen(
      Decided{AttemptDecision{attempt().id, ResolutionKind::kAdopted, "theirs", "seen"}, facts_.now, 0});
  EXPECT_EQ(attempt().phase, AttemptPhase::kAcked);
  EXPECT_TRUE(Wants<CancelThere>(decision));
  EXPECT_TRUE(Wants<Poll>(decision));
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
}

TEST_F(CancellationTest, CancellingTwiceOrTooLateChangesNothing) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  EXPECT_FALSE(Happen(CancelAsked{facts_.now + absl::Seconds(1)}).changed);
  Happen(PollEnded{Videos(1), 200, {}, true});
  EXPECT_FALSE(Happen(CancelAsked{facts_.now}).changed);
}

TEST_F(CancellationTest, ACancellationThatNobodyAskedForIsAFailure) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(PollEnded{CancelledThere{}, 200, {}, true});
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kCancelledByProvider);
}

// --- What a cancelled job has cost ---

TEST_F(CancellationTest, WhatMayHaveBegunIsBilled) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(PollEnded{CancelledThere{}, 200, {}, kMayRun});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, WhatTheProviderSaysHasRunIsBilled) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  CancelledThere gone;
  gone.timings.run_duration = absl::Milliseconds(1);
  Happen(PollEnded{gone, 200, {}, kQueued});
  EXPECT_EQ(attempt().settled, kPrice);
}

TEST_F(CancellationTest, AnAnswerToTheCancelCounts) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  CancelledThere gone;
  gone.timings.queue_duration = absl::Seconds(3);
  Happen(CancelConfirmed{gone, {Money::FromNanos(10'000'000), ""}, kQueued});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().settled, Money::FromNanos(10'000'000)) << "what the provider says it costs";
  EXPECT_EQ(attempt().timings, gone.timings);
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, AnAnswerToTheCancelIsBilledAsAPollIs) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(CancelConfirmed{{}, {}, kMayRun});
  EXPECT_EQ(attempt().settled, kPrice);
}

TEST_F(CancellationTest, AnAnswerToTheCancelIsFreeWhereAPollWouldBe) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(CancelConfirmed{{}, {}, kQueued});
  EXPECT_EQ(attempt().settled, Money());
}

TEST_F(CancellationTest, WhereCancelledRunsAreFreeNothingIsBilled) {
  capabilities_.bills_cancelled_running = false;
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(PollEnded{CancelledThere{}, 200, {}, kMayRun});
  EXPECT_EQ(attempt().settled, Money());
}

// --- Of unknown outcome ---

TEST_F(CancellationTest, WhatIsAbandonedAfterwardsIsCancelledForItsCaller) {
  job_.unknown_policy = UnknownPolicy::kAbandon;
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(Resolved{});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().phase, AttemptPhase::kFailed);
  EXPECT_EQ(attempt().settled, kPrice) << "it counts as made and paid for";
  ExpectLedgerBalances();
}

TEST_F(CancellationTest, WhatIsHeldAfterwardsIsCancelledForItsCaller) {
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  Happen(CancelAsked{facts_.now});
  Happen(Resolved{});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_EQ(attempt().phase, AttemptPhase::kHeld);
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
}

}  // namespace
}  // namespace zoetrope::testing
