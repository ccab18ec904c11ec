// One lane in virtual time. What the engine makes of lanes is in engine_test.cc and tests/sim.
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
  std::vector<std::string> granted_;
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

TEST_F(LocalLaneTest, AnAccountThatWasDownIsTriedWithASubmissionOnlyWhereNoPollCanTell) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  lane.Occupy("there");
  Break(lane);
  Ask(lane, "a");
  world_.RunFor(absl::Minutes(2));
  EXPECT_THAT(granted_, IsEmpty()) << "polls of the job that is there tell for nothing";
  lane.Report(LaneSignal::kWorking, std::nullopt);
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(granted_, ElementsAre("a"));
}

TEST_F(LocalLaneTest, WhereNoPollCanTellOneSubmissionTries) {
  LocalLane lane(AtOnce(10), executor_.get(), &world_.clock());
  Break(lane);
  for (const char* job : {"a", "b"}) Ask(lane, job);
  world_.RunFor(absl::Seconds(29));
  EXPECT_THAT(granted_, IsEmpty());
  world_.RunFor(absl::Minutes(2));
  EXPECT_THAT(granted_, ElementsAre("a"));
  lane.Report(LaneSignal::kWorking, std::nullopt);
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(granted_, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace zoetrope::testing
