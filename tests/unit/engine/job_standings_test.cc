#include "server/engine/job_standings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoetrope {
namespace {

using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);
absl::Time At(int seconds) { return kStart + absl::Seconds(seconds); }

JobState In(AttemptPhase phase, const std::string& provider, std::int64_t reserved_nanos = 100) {
  JobState state;
  state.phase = JobPhase::kRunning;
  state.attempts.emplace_back();
  state.attempts.back().phase = phase;
  state.attempts.back().provider = provider;
  state.attempts.back().reserved = Money::FromNanos(reserved_nanos);
  return state;
}

class JobStandingsTest : public ::testing::Test {
 protected:
  std::size_t JobsIn(const std::string& provider, JobPlace place) const {
    return standings_.ByProvider().at(provider).in(place).jobs;
  }

  JobStandings standings_;
  JobStandings::Mark a_, b_, c_;
};

TEST_F(JobStandingsTest, AJobIsInOnePlaceAtATime) {
  EXPECT_THAT(standings_.ByProvider(), IsEmpty());
  const std::pair<AttemptPhase, JobPlace> way[] = {
      {AttemptPhase::kPlanned, JobPlace::kQueued},  {AttemptPhase::kIntent, JobPlace::kSending},
      {AttemptPhase::kUnknown, JobPlace::kUnknown}, {AttemptPhase::kHeld, JobPlace::kHeld},
      {AttemptPhase::kAcked, JobPlace::kRunning},   {AttemptPhase::kSucceeded, JobPlace::kSettling}};
  for (const auto& [phase, place] : way) {
    standings_.Is("a", kStart, In(phase, "fal"), At(1), a_);
    const AccountStanding fal = standings_.ByProvider().at("fal");
    for (std::size_t i = 0; i < kJobPlaces; ++i)
      EXPECT_EQ(fal.places[i].jobs, i == static_cast<std::size_t>(place) ? 1u : 0u) << i;
    EXPECT_EQ(fal.in(place).since, kStart);
    EXPECT_EQ(fal.reserved, Money::FromNanos(100));
  }
  JobState over = In(AttemptPhase::kSucceeded, "fal", 0);
  over.phase = JobPhase::kSucceeded;
  over.attempts.back().settlement = Settlement::kSettled;
  standings_.Is("a", kStart, over, At(2), a_);
  const AccountStanding fal = standings_.ByProvider().at("fal");
  for (const PlaceStanding& place : fal.places) {
    EXPECT_EQ(place.jobs, 0u);
    EXPECT_EQ(place.since, absl::InfiniteFuture());
  }
  EXPECT_EQ(fal.reserved, Money()) << "an account that vanishes would stay at its last value";
}

TEST_F(JobStandingsTest, OnceItsCallerHasItsEndOnlyMoneyIsWaitedFor) {
  JobState state = In(AttemptPhase::kAcked, "vtrix");
  state.phase = JobPhase::kCancelled;
  standings_.Is("a", kStart, state, At(1), a_);
  EXPECT_EQ(JobsIn("vtrix", JobPlace::kSettling), 1u);
  EXPECT_EQ(standings_.ByProvider().at("vtrix").unheard_since, absl::InfiniteFuture());
}

TEST_F(JobStandingsTest, TheOldestIsByAcceptanceAndGoesWithItsJob) {
  standings_.Is("a", At(5), In(AttemptPhase::kPlanned, "fal"), At(9), a_);
  standings_.Is("b", At(3), In(AttemptPhase::kPlanned, "fal"), At(9), b_);
  standings_.Is("c", At(3), In(AttemptPhase::kPlanned, "fal"), At(9), c_);
  const auto oldest = [this] { return standings_.ByProvider().at("fal").in(JobPlace::kQueued).since; };
  EXPECT_EQ(oldest(), At(3));
  standings_.Is("b", At(3), In(AttemptPhase::kIntent, "fal"), At(9), b_);
  EXPECT_EQ(oldest(), At(3)) << "one of two that are as old";
  standings_.Left("c", c_);
  EXPECT_EQ(oldest(), At(5));
  EXPECT_EQ(standings_.ByProvider().at("fal").reserved, Money::FromNanos(200));
}

// A job that was accepted yesterday and sent a moment ago is no job that hangs.
TEST_F(JobStandingsTest, TheTimeInAPlaceIsThatOfTheAttempt) {
  const auto since = [this](AttemptPhase phase, JobPlace place) {
    JobState state = In(phase, "fal");
    state.attempts.back().create_time = At(10);
    if (phase != AttemptPhase::kPlanned) state.attempts.back().intent_time = At(20);
    if (phase == AttemptPhase::kAcked || phase == AttemptPhase::kSucceeded)
      state.attempts.back().ack_time = At(30);
    if (phase == AttemptPhase::kSucceeded) state.attempts.back().complete_time = At(40);
    standings_.Is("a", kStart, state, At(50), a_);
    return standings_.ByProvider().at("fal").in(place).since;
  };
  EXPECT_EQ(since(AttemptPhase::kPlanned, JobPlace::kQueued), At(10));
  EXPECT_EQ(since(AttemptPhase::kIntent, JobPlace::kSending), At(20));
  EXPECT_EQ(since(AttemptPhase::kUnknown, JobPlace::kUnknown), At(20));
  EXPECT_EQ(since(AttemptPhase::kHeld, JobPlace::kHeld), At(20));
  EXPECT_EQ(since(AttemptPhase::kAcked, JobPlace::kRunning), At(30));
  EXPECT_EQ(since(AttemptPhase::kSucceeded, JobPlace::kSettling), At(40));
}

TEST_F(JobStandingsTest, BeingToldTwiceChangesNothing) {
  for (int i = 0; i < 2; ++i) standings_.Is("a", kStart, In(AttemptPhase::kHeld, "fal"), At(i), a_);
  EXPECT_EQ(JobsIn("fal", JobPlace::kHeld), 1u);
  for (int i = 0; i < 2; ++i) standings_.Is("a", kStart, In(AttemptPhase::kAcked, "fal"), At(i), a_);
  EXPECT_EQ(JobsIn("fal", JobPlace::kHeld), 0u);
  EXPECT_EQ(standings_.ByProvider().at("fal").unheard_since, At(0)) << "told is not heard";
  for (int i = 0; i < 2; ++i) standings_.Left("a", a_);
  EXPECT_EQ(JobsIn("fal", JobPlace::kRunning), 0u);
}

TEST_F(JobStandingsTest, AnotherAttemptIsAnotherAccounts) {
  JobState state = In(AttemptPhase::kAcked, "fal", 30);
  standings_.Is("a", kStart, state, At(1), a_);
  state.attempts.back().phase = AttemptPhase::kFailed;
  state.attempts.push_back(In(AttemptPhase::kPlanned, "runpod", 70).attempts.back());
  standings_.Is("a", kStart, state, At(2), a_);
  EXPECT_THAT(standings_.ByProvider(), UnorderedElementsAre(Key("fal"), Key("runpod")));
  EXPECT_EQ(JobsIn("fal", JobPlace::kRunning), 0u);
  EXPECT_EQ(JobsIn("runpod", JobPlace::kQueued), 1u);
  EXPECT_EQ(standings_.ByProvider().at("runpod").reserved, Money::FromNanos(100))
      << "all that the job has set aside is told where its last attempt is";
}

TEST_F(JobStandingsTest, WhoHasNotBeenHeardOfLongestIsTold) {
  standings_.Is("a", kStart, In(AttemptPhase::kAcked, "fal"), At(10), a_);
  standings_.Is("b", kStart, In(AttemptPhase::kAcked, "fal"), At(20), b_);
  const auto since = [this] { return standings_.ByProvider().at("fal").unheard_since; };
  EXPECT_EQ(since(), At(10));
  standings_.Heard(At(30), a_);
  EXPECT_EQ(since(), At(20));
  standings_.Heard(At(40), b_);
  EXPECT_EQ(since(), At(30));
  standings_.Is("a", kStart, In(AttemptPhase::kSucceeded, "fal"), At(41), a_);
  EXPECT_EQ(since(), At(40));
  standings_.Heard(At(50), a_);
  EXPECT_EQ(since(), At(40)) << "it does not run any more";
}

TEST_F(JobStandingsTest, AHeldJobCountsThoughNobodyLooksAfterIt) {
  standings_.Is("a", kStart, In(AttemptPhase::kHeld, "fal"), At(1), a_);
  standings_.Left("a", a_);
  EXPECT_EQ(JobsIn("fal", JobPlace::kHeld), 1u);
  EXPECT_EQ(standings_.ByProvider().at("fal").reserved, Money::FromNanos(100));
  JobStandings::Mark again;
  standings_.Is("a", kStart, In(AttemptPhase::kHeld, "fal"), At(2), again);
  EXPECT_EQ(JobsIn("fal", JobPlace::kHeld), 1u) << "once, not twice";
  standings_.Is("a", kStart, In(AttemptPhase::kAcked, "fal"), At(3), again);
  EXPECT_EQ(JobsIn("fal", JobPlace::kHeld), 0u);
  EXPECT_EQ(JobsIn("fal", JobPlace::kRunning), 1u);
}

TEST_F(JobStandingsTest, OfOthersNothingStays) {
  standings_.Is("a", kStart, In(AttemptPhase::kAcked, "fal"), At(1), a_);
  standings_.Left("a", a_);
  EXPECT_EQ(JobsIn("fal", JobPlace::kRunning), 0u);
  EXPECT_EQ(standings_.ByProvider().at("fal").reserved, Money());
  EXPECT_EQ(standings_.ByProvider().at("fal").unheard_since, absl::InfiniteFuture());
}

}  // namespace
}  // namespace zoetrope
