// The small pure policies of the engine: breaker, token bucket, retry budget, polling.
#include <gtest/gtest.h>

#include "server/engine/breaker.h"
#include "server/engine/poll_policy.h"
#include "server/engine/retry_budget.h"
#include "server/engine/token_bucket.h"

namespace zoetrope {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// --- Breaker ---

TEST(BreakerTest, OpensAfterFiveFailuresInARow) {
  Breaker breaker;
  for (int i = 0; i < 4; ++i) breaker.Record(false, kStart);
  EXPECT_EQ(breaker.StateAt(kStart), Breaker::State::kClosed);
  breaker.Record(false, kStart);
  EXPECT_EQ(breaker.StateAt(kStart), Breaker::State::kOpen);
  EXPECT_EQ(breaker.RetryTime(), kStart + absl::Seconds(30));
}

TEST(BreakerTest, ASuccessBetweenKeepsItClosed) {
  Breaker breaker;
  for (int i = 0; i < 40; ++i) breaker.Record(i % 4 == 0, kStart + absl::Minutes(i));
  EXPECT_EQ(breaker.StateAt(kStart + absl::Minutes(40)), Breaker::State::kClosed);
}

TEST(BreakerTest, OpensWhenHalfOfTwentyCallsFailWithinTheWindow) {
  Breaker breaker;
  for (int i = 0; i < 19; ++i) breaker.Record(i % 2 == 0, kStart + absl::Seconds(i));
  EXPECT_EQ(breaker.StateAt(kStart + absl::Seconds(19)), Breaker::State::kClosed);
  breaker.Record(false, kStart + absl::Seconds(19));
  EXPECT_EQ(breaker.StateAt(kStart + absl::Seconds(19)), Breaker::State::kOpen);
}

TEST(BreakerTest, CallsThatLeftTheWindowDoNotCount) {
  Breaker breaker;
  for (int i = 0; i < 40; ++i) breaker.Record(i % 2 == 0, kStart + absl::Seconds(10 * i));
  EXPECT_EQ(breaker.StateAt(kStart + absl::Seconds(400)), Breaker::State::kClosed);
}

TEST(BreakerTest, HalfOpenClosesOnSuccessAndReopensForLongerOnFailure) {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) breaker.Record(false, kStart);
  absl::Time now = kStart + absl::Seconds(30);
  EXPECT_EQ(breaker.StateAt(now), Breaker::State::kHalfOpen);
  breaker.Record(false, now);
  EXPECT_EQ(breaker.RetryTime(), now + absl::Seconds(60));
  now += absl::Seconds(60);
  breaker.Record(true, now);
  EXPECT_EQ(breaker.StateAt(now), Breaker::State::kClosed);
}

TEST(BreakerTest, LateAnswersOfOldCallsDoNotCloseAnOpenBreaker) {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) breaker.Record(false, kStart);
  breaker.Record(true, kStart + absl::Seconds(1));
  EXPECT_EQ(breaker.StateAt(kStart + absl::Seconds(1)), Breaker::State::kOpen);
}

TEST(BreakerTest, StaysOpenForFiveMinutesAtMost) {
  Breaker breaker;
  absl::Time now = kStart;
  for (int i = 0; i < 5; ++i) breaker.Record(false, now);
  for (int i = 0; i < 30; ++i) {
    now = breaker.RetryTime();
    breaker.Record(false, now);
  }
  EXPECT_EQ(breaker.RetryTime() - now, absl::Seconds(300));
}

// --- Token bucket ---

TEST(TokenBucketTest, GivesItsBurstAndThenItsRate) {
  TokenBucket bucket(2.0, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_FALSE(bucket.Take(kStart));
  EXPECT_EQ(bucket.NextAt(kStart), kStart + absl::Milliseconds(500));
  EXPECT_TRUE(bucket.Take(kStart + absl::Milliseconds(500)));
  EXPECT_FALSE(bucket.Take(kStart + absl::Milliseconds(500)));
}

TEST(TokenBucketTest, NeverHoldsMoreThanItsBurst) {
  TokenBucket bucket(100.0, 2);
  ASSERT_TRUE(bucket.Take(kStart));
  const absl::Time later = kStart + absl::Hours(1);
  EXPECT_TRUE(bucket.Take(later));
  EXPECT_TRUE(bucket.Take(later));
  EXPECT_FALSE(bucket.Take(later));
}

TEST(TokenBucketTest, AClockThatGoesBackGivesNothing) {
  TokenBucket bucket(1.0, 1);
  ASSERT_TRUE(bucket.Take(kStart));
  EXPECT_FALSE(bucket.Take(kStart - absl::Hours(1)));
  EXPECT_TRUE(bucket.Take(kStart - absl::Hours(1) + absl::Seconds(1)));
}

TEST(TokenBucketTest, AnotherRateCountsFromNowOn) {
  TokenBucket bucket(1.0, 4);
  bucket.SetRate(kStart, 10.0, 2);
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_FALSE(bucket.Take(kStart)) << "what was more than it holds now is gone";
  EXPECT_EQ(bucket.NextAt(kStart), kStart + absl::Milliseconds(100));
  bucket.SetRate(kStart + absl::Milliseconds(100), 0.5, 9);
  EXPECT_TRUE(bucket.Take(kStart + absl::Milliseconds(100))) << "earned before";
  EXPECT_EQ(bucket.NextAt(kStart + absl::Milliseconds(100)), kStart + absl::Milliseconds(2'100));
}

// --- Retry budget ---

TEST(RetryBudgetTest, CallsThatWorkEarnAFifthOfARepetitionEach) {
  RetryBudget budget;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(budget.Take(kStart)) << "it starts full";
  EXPECT_FALSE(budget.Take(kStart));
  for (int i = 0; i < 4; ++i) budget.Earn(kStart);
  EXPECT_FALSE(budget.Take(kStart));
  budget.Earn(kStart);
  EXPECT_TRUE(budget.Take(kStart));
  EXPECT_FALSE(budget.Take(kStart));
}

TEST(RetryBudgetTest, ARepetitionASecondIsThereWhateverWorks) {
  RetryBudget budget;
  for (int i = 0; i < 10; ++i) budget.Take(kStart);
  int taken = 0;
  for (int ms = 0; ms <= 60'000; ms += 250) taken += budget.Take(kStart + absl::Milliseconds(ms));
  EXPECT_EQ(taken, 60);
}

TEST(RetryBudgetTest, KeepsNoMoreThanTenSecondsOfIt) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.Earn(kStart);
  const absl::Time later = kStart + absl::Hours(1);
  int taken = 0;
  while (taken < 100 && budget.Take(later)) ++taken;
  EXPECT_EQ(taken, 10);
}

TEST(RetryBudgetTest, WhatIsReservedIsInTheOrderOfAskingAndNoOneElses) {
  RetryBudget budget;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(budget.Reserve(kStart), kStart);
  EXPECT_EQ(budget.Reserve(kStart), kStart + absl::Seconds(1));
  EXPECT_EQ(budget.Reserve(kStart), kStart + absl::Seconds(2));
  EXPECT_FALSE(budget.Take(kStart + absl::Seconds(2)));
  EXPECT_TRUE(budget.Take(kStart + absl::Seconds(3)));
}

TEST(RetryBudgetTest, ForLongNoMoreThanAFifthIsRepeated) {
  // A thousand calls a second, of which half fail, for ten minutes.
  RetryBudget budget;
  int repeated = 0;
  for (int call = 0; call < 600'000; ++call) {
    const absl::Time now = kStart + absl::Milliseconds(call);
    if (call % 2 == 0) {
      budget.Earn(now);
    } else {
      repeated += budget.Take(now);
    }
  }
  EXPECT_LE(repeated, 300'000 / 5 + 600 + 10);
  EXPECT_GE(repeated, 300'000 / 5);
}

TEST(RetryBudgetTest, AClockThatGoesBackGivesNothing) {
  RetryBudget budget({0.0, 1.0, 1.0});
  ASSERT_TRUE(budget.Take(kStart));
  EXPECT_FALSE(budget.Take(kStart - absl::Hours(1)));
  EXPECT_TRUE(budget.Take(kStart - absl::Hours(1) + absl::Seconds(1)));
}

// --- Polling ---

PollPlan Plan(absl::Duration typical) { return MakePollPlan(Capabilities{}, PollLimits{}, typical); }

// Counts the polls of a job that takes `real`, and how late its end is seen.
std::pair<int, absl::Duration> Follow(const PollPlan& plan, absl::Duration real) {
  absl::Duration at = plan.first_after;
  int polls = 1;
  while (at < real) {
    at += NextPoll(plan, at, 0.5);
    ++polls;
  }
  return {polls, at - real};
}

TEST(PollPolicyTest, ATypicalJobIsSeenSoonAndAskedAfterAFewTimes) {
  const auto [polls, lag] = Follow(Plan(absl::Seconds(127)), absl::Seconds(127));
  EXPECT_LE(polls, 16);
  EXPECT_LE(lag, absl::Seconds(2.2));
}

TEST(PollPolicyTest, PausesStayBetweenTheirBounds) {
  const PollPlan plan = Plan(absl::Seconds(127));
  for (int second = 0; second < 4000; second += 7) {
    for (const double random : {0.0, 0.5, 0.999}) {
      const absl::Duration pause = NextPoll(plan, absl::Seconds(second), random);
      EXPECT_GE(pause, absl::Seconds(1.7));
      EXPECT_LE(pause, absl::Seconds(22.1));
    }
  }
}

TEST(PollPolicyTest, ConfiguredLimitsWin) {
  const PollPlan plan =
      MakePollPlan(Capabilities{}, {absl::Milliseconds(50), absl::Milliseconds(200)}, absl::Seconds(127));
  EXPECT_EQ(plan.first_after, absl::Milliseconds(50));
  EXPECT_LE(NextPoll(plan, absl::Seconds(1), 0.999), absl::Milliseconds(221));
}

TEST(PollPolicyTest, RetriesBackOffWithFullJitterUpToAMinute) {
  const PollPlan plan = Plan(absl::Seconds(127));
  EXPECT_LE(RetryPoll(plan, 1, std::nullopt, true, 0.999), absl::Seconds(2));
  EXPECT_LE(RetryPoll(plan, 50, std::nullopt, true, 0.999), absl::Seconds(60));
  EXPECT_EQ(RetryPoll(plan, 50, std::nullopt, true, 0.0), plan.floor);
  EXPECT_GT(RetryPoll(plan, 5, std::nullopt, true, 0.9), RetryPoll(plan, 2, std::nullopt, true, 0.9));
}

TEST(PollPolicyTest, RetriesThatTheBudgetDoesNotHoldKeepToTheLongestPauses) {
  const PollPlan plan = Plan(absl::Seconds(127));
  for (const int failures : {1, 5, 50}) {
    EXPECT_EQ(RetryPoll(plan, failures, std::nullopt, false, 0.0), absl::Seconds(30));
    EXPECT_LE(RetryPoll(plan, failures, std::nullopt, false, 0.999), absl::Seconds(60));
  }
  EXPECT_EQ(RetryPoll(plan, 1, absl::Seconds(7), false, 0.5), absl::Seconds(7));
}

TEST(PollPolicyTest, RetriesStayCloseWherePollsAreClose) {
  const PollPlan plan =
      MakePollPlan(Capabilities{}, {absl::Milliseconds(50), absl::Milliseconds(200)}, absl::Seconds(127));
  EXPECT_LE(RetryPoll(plan, 50, std::nullopt, true, 0.999), absl::Seconds(4));
}

TEST(PollPolicyTest, WhatTheProviderAsksForIsObeyedWithinReason) {
  const PollPlan plan = Plan(absl::Seconds(127));
  EXPECT_EQ(RetryPoll(plan, 1, absl::Seconds(7), true, 0.5), absl::Seconds(7));
  EXPECT_EQ(RetryPoll(plan, 1, absl::Hours(9), true, 0.5), absl::Minutes(5));
  EXPECT_EQ(RetryPoll(plan, 1, absl::Seconds(-3), true, 0.5), plan.floor);
}

}  // namespace
}  // namespace zoetrope
