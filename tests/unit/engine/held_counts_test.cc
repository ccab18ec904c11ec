#include "server/engine/held_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

JobState In(AttemptPhase phase, const std::string& provider) {
  JobState state;
  state.attempts.emplace_back();
  state.attempts.back().phase = phase;
  state.attempts.back().provider = provider;
  return state;
}

TEST(HeldCountsTest, CountsWhatIsHeldNow) {
  HeldCounts counts;
  EXPECT_THAT(counts.ByProvider(), IsEmpty());
  counts.Is("a", In(AttemptPhase::kHeld, "fal"));
  counts.Is("b", In(AttemptPhase::kHeld, "fal"));
  counts.Is("c", In(AttemptPhase::kHeld, "runpod"));
  counts.Is("d", In(AttemptPhase::kUnknown, "runpod"));
  EXPECT_THAT(counts.ByProvider(), ElementsAre(Pair("fal", 2), Pair("runpod", 1)));
  counts.Is("a", In(AttemptPhase::kAcked, "fal"));
  counts.Is("c", In(AttemptPhase::kRefused, "runpod"));
  EXPECT_THAT(counts.ByProvider(), ElementsAre(Pair("fal", 1), Pair("runpod", 0)))
      << "a gauge that vanishes would stay at its last value";
}

TEST(HeldCountsTest, BeingToldTwiceChangesNothing) {
  HeldCounts counts;
  for (int i = 0; i < 2; ++i) counts.Is("a", In(AttemptPhase::kHeld, "fal"));
  EXPECT_THAT(counts.ByProvider(), ElementsAre(Pair("fal", 1)));
  for (int i = 0; i < 2; ++i) counts.Is("a", In(AttemptPhase::kFailed, "fal"));
  EXPECT_THAT(counts.ByProvider(), ElementsAre(Pair("fal", 0)));
}

TEST(HeldCountsTest, OnlyTheLastAttemptCounts) {
  HeldCounts counts;
  JobState state = In(AttemptPhase::kHeld, "fal");
  counts.Is("a", state);
  state.attempts.back().phase = AttemptPhase::kRefused;
  state.attempts.push_back(In(AttemptPhase::kHeld, "runpod").attempts.back());
  counts.Is("a", state);
  EXPECT_THAT(counts.ByProvider(), ElementsAre(Pair("fal", 0), Pair("runpod", 1)));
}

}  // namespace
}  // namespace zoetrope
