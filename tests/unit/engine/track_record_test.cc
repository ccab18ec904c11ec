#include "server/engine/track_record.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr absl::Time kNow = absl::UnixEpoch();

Attempt At(AttemptPhase phase, std::optional<FailureReason> reason = std::nullopt) {
  Attempt attempt;
  attempt.provider = "fal";
  attempt.offering = "o";
  attempt.phase = phase;
  attempt.intent_time = kNow - absl::Seconds(50);
  attempt.complete_time = kNow - absl::Seconds(10);
  if (reason) attempt.failure = Failure{.reason = *reason};
  return attempt;
}

JobState With(std::vector<Attempt> attempts) {
  JobState state;
  state.attempts = std::move(attempts);
  return state;
}

class TrackRecordTest : public ::testing::Test {
 protected:
  Experience Now() const {
    Offering offering;
    offering.id = "o";
    offering.typical_duration = absl::Seconds(60);
    return record_.Book()->Of("fal", offering, kNow);
  }

  TrackRecord record_{kNow - absl::Minutes(1)};
};

TEST_F(TrackRecordTest, ASuccessCountsOnceAndFromTheIntent) {
  const JobState before = With({At(AttemptPhase::kAcked)});
  const JobState after = With({At(AttemptPhase::kSucceeded)});
  record_.Note(before, after, kNow);
  EXPECT_EQ(Now().weight, 1);
  EXPECT_EQ(Now().duration, absl::Seconds(50)) << "(60 + 40) / 2";
  record_.Note(after, after, kNow);  // its money changes, its phase does not
  EXPECT_EQ(Now().weight, 1);
}

TEST_F(TrackRecordTest, WhatTheProviderAnswersForCountsAgainstIt) {
  const std::pair<FailureReason, bool> all[] = {
      {FailureReason::kValidationRejected, false}, {FailureReason::kContentRejected, false},
      {FailureReason::kProviderAuthFailed, true},  {FailureReason::kProviderBalanceExhausted, true},
      {FailureReason::kProviderRateLimited, true}, {FailureReason::kProviderError, true},
      {FailureReason::kProviderTimeout, true},     {FailureReason::kModelUnavailable, true},
      {FailureReason::kResultLost, true},          {FailureReason::kResultInvalid, true},
      {FailureReason::kDeadlineExceeded, false},   {FailureReason::kCancelledByProvider, true},
      {FailureReason::kNoOfferingLeft, false},     {FailureReason::kInternal, false},
  };
  for (const auto& [reason, counts] : all) {
    for (const AttemptPhase phase : {AttemptPhase::kFailed, AttemptPhase::kRefused}) {
      const double weight = Now().weight;
      record_.Note(With({At(AttemptPhase::kIntent)}), With({At(phase, reason)}), kNow);
      EXPECT_EQ(Now().weight, weight + (counts ? 1 : 0)) << static_cast<int>(reason);
    }
  }
  EXPECT_EQ(Now().duration, absl::Seconds(60));
}

TEST_F(TrackRecordTest, AnUnknownOutcomeCountsOnceHoweverItEnds) {
  const JobState unknown = With({At(AttemptPhase::kUnknown)});
  record_.Note(With({At(AttemptPhase::kIntent)}), unknown, kNow);
  EXPECT_EQ(Now().weight, 1);
  EXPECT_EQ(Now().success_ratio, 0.5);
  const JobState held = With({At(AttemptPhase::kHeld)});
  record_.Note(unknown, held, kNow);
  record_.Note(held, With({At(AttemptPhase::kFailed, FailureReason::kOutcomeUnknown)}), kNow);
  EXPECT_EQ(Now().weight, 1);
}

TEST_F(TrackRecordTest, WhatWasCancelledOrNeverSentSaysNothing) {
  record_.Note(With({At(AttemptPhase::kAcked)}), With({At(AttemptPhase::kCancelled)}), kNow);
  Attempt unsent = At(AttemptPhase::kFailed, FailureReason::kProviderError);
  unsent.intent_time = absl::InfinitePast();
  record_.Note(With({At(AttemptPhase::kPlanned)}), With({unsent}), kNow);
  EXPECT_EQ(Now().weight, 0);
}

TEST_F(TrackRecordTest, WhatNobodyLookedAtMeanwhileSaysNothing) {
  Attempt old = At(AttemptPhase::kSucceeded);
  old.intent_time = kNow - absl::Hours(3);  // before a restart
  record_.Note(With({At(AttemptPhase::kAcked)}), With({old}), kNow);
  old.phase = AttemptPhase::kFailed;
  old.failure = Failure{.reason = FailureReason::kProviderError};
  record_.Note(With({At(AttemptPhase::kAcked)}), With({old}), kNow);
  Attempt adopted = At(AttemptPhase::kSucceeded);
  adopted.resolution = Resolution{ResolutionKind::kAdopted, "found", kNow};
  record_.Note(With({At(AttemptPhase::kAcked)}), With({adopted}), kNow);
  EXPECT_EQ(Now().weight, 0);
}

TEST_F(TrackRecordTest, ABookThatWasTakenStaysAsItIs) {
  const auto taken = record_.Book();
  record_.Note(With({}), With({At(AttemptPhase::kSucceeded)}), kNow);
  Offering offering;
  offering.id = "o";
  EXPECT_EQ(taken->Of("fal", offering, kNow).weight, 0);
  EXPECT_NE(record_.Book(), taken);
}

TEST_F(TrackRecordTest, IsReadWhileItIsWritten) {
  std::thread reader([this] {
    double seen = 0;
    while (seen < 1000) {
      const double now = Now().weight;
      EXPECT_GE(now, seen);
      seen = now;
    }
  });
  for (int i = 0; i < 1000; ++i) record_.Note(With({}), With({At(AttemptPhase::kSucceeded)}), kNow);
  reader.join();
}

class EngineTrackTest : public EngineFixture {
 protected:
  EngineTrackTest() : EngineFixture("runpod") { network_.SetFaults({0, 0, 0}); }

  HttpClient& http() override { return network_; }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
};

TEST_F(EngineTrackTest, TheEngineKeepsIt) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string id = Submit();
  world_.RunFor(absl::Minutes(5));
  const JobState state = StateOf(id);
  ASSERT_EQ(state.phase, JobPhase::kSucceeded);
  const Attempt& attempt = state.attempts.back();
  Offering offering;
  offering.id = attempt.offering;
  offering.typical_duration = absl::ZeroDuration();
  const Experience experience = track_record_.Book()->Of(attempt.provider, offering, attempt.complete_time);
  EXPECT_EQ(experience.weight, 1);
  EXPECT_NEAR(absl::ToDoubleSeconds(experience.duration),
              absl::ToDoubleSeconds(attempt.complete_time - attempt.intent_time) / 2, 1e-6);
}

}  // namespace
}  // namespace zoetrope::testing
