// A job whose deadline is over: whatever happens, nothing more is sent for it.
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

class DeadlineTest : public MachineTest {
 protected:
  void ExpectEndedUnsent(const Decision& decision) {
    EXPECT_FALSE(Wants<Send>(decision));
    EXPECT_FALSE(Wants<AskLane>(decision));
    EXPECT_TRUE(Wants<LeaveLane>(decision));
    EXPECT_TRUE(Wants<Forget>(decision));
    EXPECT_EQ(job_.state.attempts.size(), 1u);
    EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
    EXPECT_EQ(job_.state.failure->reason, FailureReason::kDeadlineExceeded);
    EXPECT_EQ(attempt().settled, Money());
    ExpectLedgerBalances();
  }
};

// A process that was stopped for a while finds the permit, or what was built, before it finds the time.
TEST_F(DeadlineTest, WhatIsReadyTooLateIsNotSent) {
  facts_.now = job_.deadline_time;
  ExpectEndedUnsent(Happen(Admitted{"first"}));
}

TEST_F(DeadlineTest, WhatDidNotLeaveInTimeNeverLeaves) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  facts_.now = job_.deadline_time;
  ExpectEndedUnsent(Happen(Answer(TransportError{Delivery::kNotSent, TransportFault::kConnect, ""}, 0)));
}

TEST_F(DeadlineTest, ARefusalThatComesTooLateIsTheEnd) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  facts_.now = job_.deadline_time;
  ExpectEndedUnsent(Happen(Answer(RefusedFor(FailureReason::kProviderAuthFailed), 401)));
}

TEST_F(DeadlineTest, AFailureThatComesTooLateIsTheEnd) {
  job_.failover = FailoverPolicy::kAfterFailed;
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  facts_.now = job_.deadline_time;
  ExpectEndedUnsent(Happen(PollEnded{FailedFor(FailureReason::kProviderError), 200, {}, true}));
}

TEST_F(DeadlineTest, AnAccountThatIsDownIsNotLeftForAnotherOne) {
  facts_.now = job_.deadline_time;
  EXPECT_FALSE(Happen(AccountDown{}).changed);
}

}  // namespace
}  // namespace zoetrope::testing
