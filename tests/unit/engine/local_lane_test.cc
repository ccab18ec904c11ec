// One lane in virtual time. What the engine makes of lanes is in engine_test.cc, engine_prober_test.cc and
// tests/sim.
#include "server/engine/local_lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LocalLaneTest : public ::testing::Test {
 protected:
  static LaneLimits AtOnce(int jobs) {
    LaneLimits limits;
    limits.concurrent_jobs_max = jobs;
    return limits;
  }
  void Ask(LocalLane& lane, const std::string& job) {
    lane.Request(job, [this, job] { granted_.push_back(job); });
  }
  // Five failures in a row: nothing goes for thirty seconds.
  static void Break(LocalLane& lane) {
    for (int i = 0; i < 5; ++i) lane.Report(LaneSignal::kFailing, std::nullopt);
  }

  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("lane");
  // Counts the probes that the lane wants, and does not end them.
  void Watch(LocalLane& lane) {
    lane.OnProbeDue([this](const std::string& job) { probed_.push_back(job); });
  }

  std::vector<std::string> granted_;
  std::vector<std::string> probed_;
};

TEST_F(LocalLaneTest, NoMoreAtOnceThanTheCap) {
  LocalLane lane(AtOnce(2), executor_.get(), &world_.clock());
  lane.Occupy("there");
  for (const char* job : {"a", "b", "c"}) Ask(lane, job);
  EXPECT_THAT(granted_, IsEmpty()) << "not inside the call";
  world_.RunFor(absl::Minutes(10));
  EXPECT_THAT(granted_, ElementsAre("a"));
  EXPECT_EQ(lane.Health().condition, LaneCondition::kSaturated);
  lane.Release("there");
  world_.RunFor(absl::Minutes(10));
  EXPECT_THAT(granted_, ElementsAre("a", "b"));
  lane.Release("b");
  world_.RunFor(absl::Minutes(10));
  EXPECT_THAT(granted_, ElementsAre("a", "b", "c"));
}

TEST_F(LocalLaneTest, OtherLimitsCountAtOnceAndTakeNothingBack) {
  LaneLimits limits = AtOnce(2);
  limits.submissions_per_second = 0.01;
  limits.submissions_burst = 3;
  LocalLane lane(limits, executor_.get(), &world_.clock());
  for (const char* job : {"a", "b", "c", "d", "e"}) Ask(lane, job);
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(granted_, ElementsAre("a", "b"));
  limits.concurrent_jobs_max = 10;
  lane.SetLimits(limits);
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(granted_, ElementsAre("a", "b", "c")) << "the tokens are used up";
  limits.submissions_per_second = 1;
  limits.submissions_burst = 1;
  lane.SetLimits(limits);
  world_.RunFor(absl::Seconds(2));
  EXPECT_THAT(granted_, ElementsAre("a", "b", "c", "d", "e")) << "not at the time of the old rate";
  lane.SetLimits(AtOnce(1));
  EXPECT_EQ(lane.Health().in_flight, 5);
  EXPECT_EQ(lane.Health().in_flight_max, 1);
}

TEST_F(LocalLaneTest, ThoseWhoLeaveWhileItStandsStillTakeNobodysPlace) {
  LocalLane lane(AtOnce(1), executor_.get(), &world_.clock());
  lane.Occupy("there");
  for (const char* job : {"a", "b", "c"}) {
    Ask(lane, job);
    for (int i = 0; i < 500; ++i) {
      const std::string other = std::string(job) + std::to_string(i);
      Ask(lane, other);
      lane.Release(other);
    }
  }
  for (const char* job : {"there", "a", "b"}) {
    lane.Release(job);
    world_.RunFor(absl::Minutes(1));
  }
  EXPECT_THAT(granted_, ElementsAre("a", "b", "c"));
}

TEST_F(LocalLaneTest, WhoHasItsPlaceDoesNotWaitForOne) {
  LocalLane lane(AtOnce(1), executor_.get(), &world_.clock());
  lane.Occupy("there");
  Ask(lane, "a");
  Ask(lane, "b");
  lane.Occupy("a");
  EXPECT_EQ(lane.Health().in_flight, 2);
  EXPECT_EQ(lane.Health().waiting, 1);
  lane.Release("there");
  world_.RunFor(absl::Minutes(1));
  EXPECT_THAT(granted_, IsEmpty());
  lane.Release("a");
  world_.RunFor(absl::Minutes(1));
  EXPECT_THAT(granted_, ElementsAre("b"));
}

TEST_F(LocalLaneTest, AnAccountThatWasDownIsNotTriedWithASubmissionWherePollsCanTell) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  lane.Occupy("there");
  Break(lane);
  Ask(lane, "a");
  world_.RunFor(absl::Minutes(2));
  EXPECT_THAT(granted_, IsEmpty()) << "polls of the job that is there tell for nothing";
  lane.Report(LaneSignal::kWorking, std::nullopt);
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(granted_, ElementsAre("a"));
}

TEST_F(LocalLaneTest, NorWhereNoPollCan) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  Break(lane);
  for (const char* job : {"a", "b"}) Ask(lane, job);
  world_.RunFor(absl::Seconds(29));
  EXPECT_THAT(probed_, IsEmpty());
  world_.RunFor(absl::Minutes(2));
  EXPECT_TRUE(lane.Health().half_open);
  EXPECT_THAT(granted_, IsEmpty());
  EXPECT_THAT(probed_, ElementsAre("a")) << "one at a time";
  lane.Probed(LaneSignal::kWorking, std::nullopt);
  EXPECT_FALSE(lane.Health().half_open);
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(granted_, ElementsAre("a", "b"));
}

TEST_F(LocalLaneTest, AProbeThatFailsWaitsLonger) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  Break(lane);
  Ask(lane, "a");
  world_.RunFor(absl::Seconds(31));
  lane.Probed(LaneSignal::kFailing, std::nullopt);
  world_.RunFor(absl::Seconds(59));
  EXPECT_EQ(probed_.size(), 1u);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(probed_.size(), 2u);
  EXPECT_THAT(granted_, IsEmpty());
}

TEST_F(LocalLaneTest, ATroubleOfTheAccountIsWaitedOutAndAskedAboutAgain) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  Break(lane);
  Ask(lane, "a");
  world_.RunFor(absl::Seconds(31));
  lane.Probed(LaneSignal::kThrottled, absl::Seconds(200));
  EXPECT_EQ(lane.Health().trouble, FailureReason::kProviderRateLimited);
  world_.RunFor(absl::Seconds(199));
  EXPECT_EQ(probed_.size(), 1u);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(probed_.size(), 2u);
  EXPECT_THAT(granted_, IsEmpty());
}

TEST_F(LocalLaneTest, WhereNoOneWaitsNothingIsAsked) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  Break(lane);
  world_.RunFor(absl::Minutes(10));
  EXPECT_THAT(probed_, IsEmpty());
  Ask(lane, "late");
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(probed_, ElementsAre("late"));
}

TEST_F(LocalLaneTest, AfterAProbeThatWasNotSentTheNextOneThatWaitsAsks) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  Break(lane);
  for (const char* job : {"a", "b"}) Ask(lane, job);
  lane.Release("a");
  world_.RunFor(absl::Seconds(31));
  ASSERT_THAT(probed_, ElementsAre("b"));
  lane.Release("b");
  Ask(lane, "c");
  lane.Probed(std::nullopt, std::nullopt);
  EXPECT_TRUE(lane.Health().half_open);
  world_.RunFor(absl::Seconds(2));
  EXPECT_THAT(probed_, ElementsAre("b", "c"));
}

TEST_F(LocalLaneTest, WhoWantsNoPermitMayAskToo) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Watch(lane);
  lane.Occupy("searched for");
  Break(lane);
  world_.RunFor(absl::Seconds(31));
  lane.AskForProbe("searched for");
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(probed_, ElementsAre("searched for")) << "there is no other that polls could tell of";
}

}  // namespace
}  // namespace zoetrope::testing
