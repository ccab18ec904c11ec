// Thousands of histories. A failure prints its seed; ZOETROPE_SIM_FIRST_SEED=<seed> ZOETROPE_SIM_SEEDS=1 runs
// it alone, and ZOETROPE_SIM_PRINT=1 prints what happened.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/sim/sim_run.h"
#include "tests/support/scale.h"

namespace zoetrope::testing {
namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(SimTest, EveryPromiseHoldsInEveryHistory) {
  const std::uint64_t first = FromEnvironment("ZOETROPE_SIM_FIRST_SEED", 1);
  const std::uint64_t count = FromEnvironment("ZOETROPE_SIM_SEEDS", Scaled(5'000, 20'000, 100'000));
  SimReport sum;
  std::uint64_t seed = first;
  for (; seed < first + count; ++seed) {
    SimOptions options;
    options.seed = seed;
    options.print = std::getenv("ZOETROPE_SIM_PRINT") != nullptr;
    const SimReport report = RunSimulation(options);
    for (const std::string& broken : report.broken) ADD_FAILURE() << "seed " << seed << ": " << broken;
    sum.succeeded += report.succeeded;
    sum.failed += report.failed;
    sum.cancelled += report.cancelled;
    sum.held += report.held;
    sum.unknown += report.unknown;
    sum.found += report.found;
    sum.adopted += report.adopted;
    sum.charges_told += report.charges_told;
    sum.corrected += report.corrected;
    sum.decided += report.decided;
    sum.retried += report.retried;
    sum.missing += report.missing;
    sum.refused += report.refused;
    sum.creations += report.creations;
    sum.crashes += report.crashes;
    sum.restored += report.restored;
    if (::testing::Test::HasFailure()) break;
  }
  std::cout << "seeds " << first << " to " << std::min(seed, first + count - 1) << ": " << sum.succeeded
            << " succeeded, " << sum.failed << " failed, " << sum.cancelled << " cancelled, " << sum.held
            << " held, " << sum.found << " of " << sum.unknown << " unknown outcomes found, " << sum.adopted
            << " adopted after a callback, " << sum.charges_told << " charges told by books, "
            << sum.corrected << " corrected, " << sum.decided << " decided about, " << sum.retried
            << " sent once more by their callers' leave, " << sum.missing << " lives without one account, "
            << sum.refused << " refused by a budget, " << sum.creations << " creations, " << sum.crashes
            << " crashes, " << sum.restored << " with an older copy of the store\n";
  // Histories in which nothing happens would prove nothing.
  if (count >= 100) {
    EXPECT_GT(sum.succeeded, 0);
    EXPECT_GT(sum.failed, 0);
    EXPECT_GT(sum.cancelled, 0);
    EXPECT_GT(sum.held, 0);
    EXPECT_GT(sum.found, 0);
    EXPECT_GT(sum.adopted, 0);
    EXPECT_GT(sum.charges_told, 0);
    EXPECT_GT(sum.corrected, 0);
    EXPECT_GT(sum.decided, 0);
    EXPECT_GT(sum.retried, 0);
    EXPECT_GT(sum.missing, 0);
    EXPECT_GT(sum.refused, 0);
    EXPECT_GT(sum.crashes, 0);
    EXPECT_GT(sum.restored, 0);
  }
}

TEST(SimTest, WithoutFaultsEveryJobSucceedsOrWasCancelledAndNoneIsHeld) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimOptions options;
    options.seed = seed;
    options.faults = false;
    const SimReport report = RunSimulation(options);
    EXPECT_TRUE(report.broken.empty()) << "seed " << seed << ": " << report.broken.front();
    EXPECT_EQ(report.held, 0) << "seed " << seed;
    EXPECT_EQ(report.failed, 0) << "seed " << seed;
    EXPECT_GT(report.succeeded, 0) << "seed " << seed;
  }
}

TEST(SimTest, TheSameSeedGivesTheSameTrace) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimOptions options;
    options.seed = seed;
    EXPECT_EQ(RunSimulation(options).trace_hash, RunSimulation(options).trace_hash) << "seed " << seed;
  }
  SimOptions one;
  SimOptions two;
  two.seed = 2;
  EXPECT_NE(RunSimulation(one).trace_hash, RunSimulation(two).trace_hash);
}

}  // namespace
}  // namespace zoetrope::testing
