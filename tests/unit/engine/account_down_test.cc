// A job whose account is down: it goes where it can, or waits.
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

TEST_F(MachineTest, WhereSomeoneElseCanDoItTheJobLeavesAnAccountThatIsDown) {
  const Decision decision = Happen(AccountDown{});
  EXPECT_TRUE(decision.changed);
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  EXPECT_EQ(job_.state.attempts[0].phase, AttemptPhase::kRefused);
  EXPECT_EQ(job_.state.attempts[0].failure->reason, FailureReason::kProviderError);
  EXPECT_EQ(job_.state.attempts[0].failure->provider, "alpha");
  EXPECT_EQ(job_.state.attempts[0].settled, Money());
  EXPECT_EQ(attempt().provider, "beta");
  EXPECT_EQ(attempt().phase, AttemptPhase::kPlanned);
  EXPECT_EQ(job_.state.phase, JobPhase::kQueued);
  EXPECT_EQ(decision.effects, (std::vector<Effect>{LeaveLane{"alpha"}, AskLane{absl::ZeroDuration()}}));
  ExpectLedgerBalances();
}

TEST_F(MachineTest, TheReasonIsWhatTheAccountsCallsShowed) {
  Happen(AccountDown{FailureReason::kProviderAuthFailed});
  EXPECT_EQ(job_.state.attempts[0].failure->reason, FailureReason::kProviderAuthFailed);
  EXPECT_EQ(job_.state.attempts[0].failure->message,
            "the provider refused the account's credential; nothing was sent");
}

TEST_F(MachineTest, ADeadlineBehindSuchAnAccountSaysSo) {
  facts_.now = job_.deadline_time;
  facts_.trouble = FailureReason::kProviderBalanceExhausted;
  Happen(DeadlinePassed{});
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kProviderBalanceExhausted);
  EXPECT_EQ(job_.state.failure->message, "the provider refused for lack of balance until the job's deadline");
}

TEST_F(MachineTest, WhereEveryoneIsDownTheJobWaits) {
  facts_.candidates[1].reachable = false;
  EXPECT_FALSE(Happen(AccountDown{}).changed);
}

TEST_F(MachineTest, AJobThatIsNotToFailOverWaits) {
  job_.failover = FailoverPolicy::kNever;
  EXPECT_FALSE(Happen(AccountDown{}).changed);
}

TEST_F(MachineTest, AJobWithoutAnotherCandidateWaits) {
  job_.candidates.pop_back();
  facts_.candidates.pop_back();
  EXPECT_FALSE(Happen(AccountDown{}).changed);
}

TEST_F(MachineTest, WhatMayHaveBeenSentStaysWhereItIs) {
  for (const AttemptPhase phase : {AttemptPhase::kIntent, AttemptPhase::kUnknown, AttemptPhase::kAcked}) {
    Be(phase, JobPhase::kRunning);
    const Decision decision = Happen(AccountDown{});
    EXPECT_FALSE(decision.changed);
    EXPECT_TRUE(decision.effects.empty());
  }
}

TEST_F(MachineTest, WhatWasBuiltForAnAttemptThatIsGivenUpIsNotSent) {
  Happen(AccountDown{});
  EXPECT_FALSE(Happen(Admitted{"first"}).changed);
  EXPECT_FALSE(Happen(CannotBuild{"first", {FailureReason::kInternal, "", "", ""}}).changed);
  EXPECT_TRUE(Wants<Send>(Happen(Admitted{"second"})));
}

TEST_F(MachineTest, AReachableCandidateComesFirst) {
  job_.candidates.push_back({"gamma", "m@gamma", kPrice});
  facts_.candidates.push_back({true, "rev-c"});
  facts_.candidates[1].reachable = false;
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  EXPECT_EQ(attempt().provider, "gamma");
  // But for it, one that is down is better than none: it may come back.
  facts_.fresh_attempt_ids = {"third", "fourth"};
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  EXPECT_EQ(attempt().provider, "beta");
}

}  // namespace
}  // namespace zoetrope::testing
