// All of the store's crash points: every way to fail, and for a release every scenario, with seed after seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "tests/crash/store_strikes.h"

namespace zoetrope::testing {
namespace {

constexpr Strike kStrikes[] = {Strike::kPowerCut, Strike::kKill, Strike::kFailForEver, Strike::kFailOnce};

std::vector<Scenario> Scenarios() {
  return {
      WholeLife(),
      {.name = "succeeds", .fates = {Fate::kSucceeds}, .checkpoint_pages = 1'000},
      {.name = "fails over", .fates = {Fate::kFailsOver}, .checkpoint_pages = 1},
      {.name = "cancelled", .fates = {Fate::kCancelled}, .checkpoint_pages = 40},
      {.name = "held", .fates = {Fate::kHeld, Fate::kHeld}},
      {.name = "at once",
       .fates = {Fate::kSucceeds, Fate::kHeld, Fate::kCancelled, Fate::kSucceeds, Fate::kFailsOver},
       .at_once = true},
      {.name = "an old file", .fates = {Fate::kSucceeds}, .old_file = true},
      {.name = "backups", .fates = {Fate::kSucceeds}, .backups = true},
  };
}

bool IsRelease() {
  const char* scale = std::getenv("ZOETROPE_TEST_SCALE");
  return scale != nullptr && std::string(scale) == "release";
}

TEST(StorePointsLongTest, NothingIsLostHoweverItFails) {
  const std::vector<Scenario> scenarios = IsRelease() ? Scenarios() : std::vector{WholeLife()};
  const int least = IsRelease() ? 10'000 : 1;
  const std::uint64_t seed = PrintedSeed();
  int runs = 0;
  for (std::uint64_t round = 0; runs < least; ++round) {
    for (const Scenario& scenario : scenarios) {
      for (const Strike strike : kStrikes) {
        runs += StrikeEveryPoint(scenario, strike, seed + round * 1'000'000);
        if (HasFailure()) return;
      }
    }
  }
  std::cout << "store crash points: " << scenarios.size() << " scenarios, " << runs
            << " runs, each struck twice: nothing lost, nothing half\n";
}

}  // namespace
}  // namespace zoetrope::testing
