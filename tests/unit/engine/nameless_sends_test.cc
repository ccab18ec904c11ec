#include "server/engine/nameless_sends.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace zoetrope::testing {
namespace {

const absl::Time kSent = absl::FromUnixSeconds(1'800'000'000);

Attempt Sent(const std::string& id, AttemptPhase phase, absl::Time at = kSent) {
  Attempt attempt;
  attempt.id = id;
  attempt.provider = "alpha";
  attempt.phase = phase;
  attempt.intent_time = at;
  return attempt;
}

JobState With(Attempt attempt) {
  JobState state;
  state.attempts.push_back(std::move(attempt));
  return state;
}

TEST(NamelessSendsTest, KeepsWhatMayHaveCreatedSomething) {
  for (const AttemptPhase phase :
       {AttemptPhase::kIntent, AttemptPhase::kUnknown, AttemptPhase::kHeld, AttemptPhase::kFailed}) {
    NamelessSends sends;
    sends.Note("job", With(Sent("a", phase)), kSent);
    const auto near = sends.Near(kSent, absl::Minutes(1), "b");
    ASSERT_EQ(near.size(), 1u);
    EXPECT_EQ(near[0].job_id, "job");
    EXPECT_EQ(near[0].provider, "alpha");
    EXPECT_TRUE(sends.Near(kSent, absl::Minutes(1), "a").empty()) << "no one is his own rival";
  }
}

TEST(NamelessSendsTest, ForgetsWhatIsNamedOrWasNotTaken) {
  NamelessSends sends;
  Attempt named = Sent("a", AttemptPhase::kAcked);
  named.provider_job.id = "theirs";
  Attempt unsent = Sent("a", AttemptPhase::kPlanned, absl::InfinitePast());
  for (const Attempt& after : {named, Sent("a", AttemptPhase::kRefused), unsent}) {
    sends.Note("job", With(Sent("a", AttemptPhase::kIntent)), kSent);
    EXPECT_EQ(sends.size(), 1u);
    sends.Note("job", With(after), kSent);
    EXPECT_EQ(sends.size(), 0u);
  }
}

TEST(NamelessSendsTest, EachAttemptOfAJobCounts) {
  NamelessSends sends;
  JobState state = With(Sent("a", AttemptPhase::kFailed));
  state.attempts.push_back(Sent("b", AttemptPhase::kUnknown));
  sends.Note("job", state, kSent);
  EXPECT_EQ(sends.Near(kSent, absl::Minutes(1), "b").size(), 1u);
}

TEST(NamelessSendsTest, OnlyWhatWasSentAboutThenIsNear) {
  NamelessSends sends;
  const absl::Duration within = absl::Minutes(4);
  sends.Note("before", With(Sent("a", AttemptPhase::kHeld, kSent - within)), kSent);
  sends.Note("long before", With(Sent("b", AttemptPhase::kHeld, kSent - within - absl::Seconds(1))), kSent);
  sends.Note("after", With(Sent("c", AttemptPhase::kHeld, kSent + within)), kSent);
  sends.Note("long after", With(Sent("d", AttemptPhase::kHeld, kSent + within + absl::Seconds(1))), kSent);
  EXPECT_EQ(sends.Near(kSent, within, "x").size(), 2u);
}

TEST(NamelessSendsTest, WhatIsHeldForDaysDoesNotPileUp) {
  NamelessSends sends;
  absl::Time now = kSent;
  for (int i = 0; i < 20'000; ++i) {
    sends.Note("job", With(Sent(absl::StrCat("a", i), AttemptPhase::kHeld, now)), now);
    now += absl::Minutes(1);
  }
  EXPECT_LT(sends.size(), 2'000u);
  EXPECT_EQ(sends.Near(now - absl::Minutes(1), absl::Minutes(4), "x").size(), 5u);
}

}  // namespace
}  // namespace zoetrope::testing
