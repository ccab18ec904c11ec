// The part of the store's crash points that every run of the tests has: every point of a life when the power
// fails.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/crash/store_strikes.h"

namespace zoetrope::testing {
namespace {

TEST(StorePointsTest, NothingIsLostWhenThePowerFails) {
  const int points = StrikeEveryPoint(WholeLife(), Strike::kPowerCut, PrintedSeed());
  std::cout << "store crash points: " << points << " runs, each struck twice"
            << (HasFailure() ? "" : ": nothing lost, nothing half") << "\n";
  EXPECT_GT(points, 100) << "hardly anything was struck";
}

// The scripts are lives: otherwise the above would show little.
TEST(StorePointsTest, ScriptsComeToTheirEnds) {
  const auto last = [](Fate fate) { return MakeScript(7, fate).states.back(); };
  EXPECT_EQ(last(Fate::kSucceeds).phase, JobPhase::kSucceeded);
  EXPECT_EQ(last(Fate::kFailsOver).phase, JobPhase::kFailed);
  EXPECT_EQ(last(Fate::kFailsOver).attempts.size(), 2u);
  EXPECT_EQ(last(Fate::kCancelled).phase, JobPhase::kCancelled);
  EXPECT_EQ(last(Fate::kHeld).phase, JobPhase::kHeld);
  for (const Fate fate : {Fate::kSucceeds, Fate::kFailsOver, Fate::kCancelled}) {
    const Script script = MakeScript(7, fate);
    EXPECT_FALSE(IsLive(script.states.back()));
    EXPECT_TRUE(IsLive(script.states[script.states.size() - 2]));
    EXPECT_EQ(script.pictures.size(), 2u);
    EXPECT_FALSE(script.evidence.empty());
    EXPECT_FALSE(script.ledger.back().empty()) << "its money comes with its last revision";
  }
}

}  // namespace
}  // namespace zoetrope::testing
