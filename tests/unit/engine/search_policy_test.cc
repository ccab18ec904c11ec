#include "server/engine/search_policy.h"

#include <gtest/gtest.h>

#include <vector>

namespace zoetrope::testing {
namespace {

const absl::Time kSent = absl::FromUnixSeconds(1'800'000'000);
const absl::Time kSince = kSent + absl::Seconds(60);

SearchPlan LookingUp() {
  SearchPlan plan;
  plan.can_look_up = true;
  plan.first_after = absl::Seconds(15);
  plan.give_up_after = absl::Minutes(10);
  return plan;
}

SearchPlan Repeating() {
  SearchPlan plan;
  plan.can_repeat = true;
  plan.repeat_within = absl::Minutes(10);
  return plan;
}

SearchProgress Begun() {
  SearchProgress progress;
  progress.sent_at = kSent;
  progress.since = kSince;
  return progress;
}

TEST(SearchPolicyTest, WhatCanDoNothingGivesUpAtOnce) {
  EXPECT_EQ(NextSearchStep({}, Begun(), kSince, 0.5), (NextTry{SearchStep::kGiveUp, kSince}));
}

TEST(SearchPolicyTest, ThePlanIsTheDialectsAndTheAccounts) {
  Capabilities capabilities;
  capabilities.deduplicates_by_id = true;
  capabilities.deduplicates_for = absl::Minutes(3);
  capabilities.can_look_up = true;
  SearchPlan plan = MakeSearchPlan(capabilities, {absl::Seconds(20), absl::Seconds(5)});
  EXPECT_TRUE(plan.can_repeat);
  EXPECT_EQ(plan.repeat_within, absl::Minutes(3));
  EXPECT_TRUE(plan.can_look_up);
  EXPECT_EQ(plan.first_after, absl::Seconds(5)) << "never after the last look";
  EXPECT_EQ(plan.give_up_after, absl::Seconds(5));
  plan = MakeSearchPlan({}, {});
  EXPECT_FALSE(plan.can_repeat);
  EXPECT_FALSE(plan.can_look_up);
}

TEST(SearchPolicyTest, ARepetitionThatHasToWaitTooLongIsNone) {
  SearchPlan plan = Repeating();
  plan.can_look_up = true;
  plan.first_after = absl::Seconds(15);
  plan.give_up_after = absl::Minutes(10);
  SearchProgress progress = Begun();
  progress.repeat_from = kSent + absl::Minutes(9);
  EXPECT_EQ(NextSearchStep(plan, progress, kSince, 0.5),
            (NextTry{SearchStep::kRepeat, progress.repeat_from}));
  progress.repeat_from = kSent + absl::Minutes(10);
  const NextTry next = NextSearchStep(plan, progress, kSince, 0);
  EXPECT_EQ(next, (NextTry{SearchStep::kLookUp, kSince + absl::Seconds(15)})) << "which need not wait";
}

TEST(SearchPolicyTest, LooksAreFurtherAndFurtherApartUntilTheTimeIsOver) {
  SearchProgress progress = Begun();
  std::vector<absl::Duration> after;
  absl::Time now = kSince;
  while (true) {
    const NextTry next = NextSearchStep(LookingUp(), progress, now, 0);
    if (next.step == SearchStep::kGiveUp) break;
    ASSERT_EQ(next.step, SearchStep::kLookUp);
    ASSERT_LT(after.size(), 20u) << "it never ends";
    after.push_back(next.at - kSince);
    now = next.at;
    ++progress.looks;
  }
  EXPECT_EQ(after, (std::vector<absl::Duration>{absl::Seconds(15), absl::Seconds(30), absl::Seconds(60),
                                                absl::Seconds(120), absl::Seconds(240), absl::Seconds(480),
                                                absl::Seconds(600)}));
}

TEST(SearchPolicyTest, ALookThatIsLateIsMadeAtOnce) {
  SearchProgress progress = Begun();
  progress.looks = 1;
  const absl::Time late = kSince + absl::Hours(1);
  EXPECT_EQ(NextSearchStep(LookingUp(), progress, late, 0), (NextTry{SearchStep::kLookUp, late}));
}

TEST(SearchPolicyTest, RandomSpreadsThem) {
  const NextTry early = NextSearchStep(LookingUp(), Begun(), kSince, 0);
  const NextTry late = NextSearchStep(LookingUp(), Begun(), kSince, 0.999);
  EXPECT_GT(late.at, early.at);
  EXPECT_LT(late.at, early.at + absl::Seconds(2));
}

TEST(SearchPolicyTest, LooksThatAreNotAnsweredAreTriedForLonger) {
  SearchProgress progress = Begun();
  absl::Time now = kSince;
  int looks = 0;
  while (true) {
    const NextTry next = NextSearchStep(LookingUp(), progress, now, 0);
    if (next.step == SearchStep::kGiveUp) break;
    EXPECT_LE(next.at - now, absl::Minutes(5));
    now = next.at;
    ++progress.failures;
    ASSERT_LT(++looks, 50) << "it never ends";
  }
  EXPECT_GE(now, kSince + absl::Hours(1));
  EXPECT_LT(now, kSince + absl::Hours(1) + absl::Minutes(6));
  progress = Begun();
  progress.looks = 7;
  progress.failures = 1;
  EXPECT_EQ(NextSearchStep(LookingUp(), progress, kSince + absl::Minutes(10), 0).step, SearchStep::kLookUp)
      << "the last look was not answered";
}

TEST(SearchPolicyTest, RepetitionsBeginAtOnceAndHaveANumber) {
  SearchProgress progress = Begun();
  absl::Time now = kSince;
  std::vector<absl::Duration> pauses;
  while (true) {
    const NextTry next = NextSearchStep(Repeating(), progress, now, 0);
    if (next.step == SearchStep::kGiveUp) break;
    ASSERT_EQ(next.step, SearchStep::kRepeat);
    ASSERT_LT(pauses.size(), 20u) << "it never ends";
    pauses.push_back(next.at - now);
    now = next.at;
    ++progress.repeats;
  }
  EXPECT_EQ(pauses, (std::vector<absl::Duration>{absl::ZeroDuration(), absl::Seconds(1), absl::Seconds(2),
                                                 absl::Seconds(4), absl::Seconds(8), absl::Seconds(16)}));
}

TEST(SearchPolicyTest, NothingIsRepeatedWhereTheProviderMayHaveForgottenTheId) {
  const SearchProgress progress = Begun();
  EXPECT_EQ(NextSearchStep(Repeating(), progress, kSent + absl::Minutes(10) - absl::Nanoseconds(1), 0).step,
            SearchStep::kRepeat);
  EXPECT_EQ(NextSearchStep(Repeating(), progress, kSent + absl::Minutes(10), 0).step, SearchStep::kGiveUp);
}

TEST(SearchPolicyTest, WhereNoRepetitionHelpsItIsLookedFor) {
  SearchPlan plan = LookingUp();
  plan.can_repeat = true;
  plan.repeat_within = absl::Minutes(10);
  SearchProgress progress = Begun();
  EXPECT_EQ(NextSearchStep(plan, progress, kSince, 0).step, SearchStep::kRepeat);
  progress.repeats_over = true;
  EXPECT_EQ(NextSearchStep(plan, progress, kSince, 0).step, SearchStep::kLookUp);
  progress = Begun();
  progress.repeats = 6;
  EXPECT_EQ(NextSearchStep(plan, progress, kSince, 0).step, SearchStep::kLookUp);
}

}  // namespace
}  // namespace zoetrope::testing
