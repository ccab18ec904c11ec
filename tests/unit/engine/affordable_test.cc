// A job whose next attempt no budget has room for.
#include <gmock/gmock.h>

#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(MachineTest, ACandidateThatNoBudgetHasRoomForIsPassedOver) {
  job_.candidates.push_back({"gamma", "m@gamma", kPrice});
  facts_.candidates.push_back({true, "rev-c"});
  facts_.candidates[1].affordable = false;
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  EXPECT_EQ(attempt().provider, "gamma");
}

TEST_F(MachineTest, WhereThereIsNoOtherTheJobFailsAndSaysSo) {
  facts_.candidates[1].affordable = false;
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kProviderBalanceExhausted);
  EXPECT_THAT(job_.state.failure->message, EndsWith("; a budget has no room for another attempt"));
  EXPECT_THAT(job_.state.attempts[0].failure->message, Not(HasSubstr("budget")));
  ExpectLedgerBalances();
}

TEST_F(MachineTest, AJobWhoseAccountIsDownWaitsWhereTheOtherIsTooDear) {
  facts_.candidates[1].affordable = false;
  EXPECT_FALSE(Happen(AccountDown{}).changed);
}

TEST_F(MachineTest, WhatMayHaveBeenMadeIsNotSentOnceMoreWithoutRoomForIt) {
  job_.unknown_policy = UnknownPolicy::kRetryOnce;
  facts_.may_retry_once = true;
  facts_.candidates[0].affordable = false;
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  Happen(Resolved{});
  EXPECT_EQ(attempt().phase, AttemptPhase::kHeld);
  EXPECT_EQ(job_.state.attempts.size(), 1u);
  ExpectLedgerBalances();
}

}  // namespace
}  // namespace zoetrope::testing
