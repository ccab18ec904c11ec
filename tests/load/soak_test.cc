// Hours of ordinary trouble in a short time: jobs at a steady rate, a fifth of them with a fault, hundreds of
// watchers, and a server that must not grow.
//
// The rule, after a third of the time as warm-up: the median of the resident memory over the last third is at
// most kGrowthKib above that over the middle third; the most threads and the fewest descriptors of the last
// third are at most a handful above those of the middle one. (The most descriptors follow the calls that are
// under way, and so the machine; one that leaks never goes.) What fills up once and stays, such as pages of
// the database in memory, is filled up in the warm-up, or is within kGrowthKib.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/real_clock.h"
#include "tests/load/watch_swarm.h"
#include "tests/support/process_figures.h"
#include "tests/support/scale.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kWatchers = 100;
constexpr double kFaultShare = 0.2;
// Over the whole hour the medians are twenty minutes apart: a mebibyte in ten minutes. In shorter runs what
// fills up once is still filling up.
const std::int64_t kGrowthKib = Scaled(24, 24, 2) * 1024;
constexpr int kMoreThreads = 4;
constexpr int kMoreDescriptors = 32;

// What does not close an account for all the others.
constexpr const char* kFaults[] = {"lost-request", "lost-reply",     "status:503",     "status-created:500",
                                   "truncated",    "html-200",       "no-id",          "reset",
                                   "fail",         "reject:content", "poll-lost:2",    "poll-status:503:2",
                                   "timed-out",    "expired-result", "unknown-fields", "poll-truncated"};

std::string Config() {
  std::vector<TestAccount> accounts;
  for (const char* provider : kProviders) {
    accounts.push_back({.name = provider,
                        .poll = "{first_after: 100ms, interval_max: 300ms, lost_after: 2s}",
                        .more = "limits: {concurrent_jobs_max: 500, submissions_per_second: 100, "
                                "submissions_burst: 100}"});
  }
  return "watch: {heartbeat: 1s, stall_max: 2s}\n" + ConfigWith(accounts);
}

std::int64_t MedianMemory(std::vector<ProcessFigures> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end(),
                   [](const auto& a, const auto& b) { return a.memory_kib < b.memory_kib; });
  return middle->memory_kib;
}

int FewestDescriptors(const std::vector<ProcessFigures>& samples) {
  return std::min_element(samples.begin(), samples.end(),
                          [](const auto& a, const auto& b) { return a.descriptors < b.descriptors; })
      ->descriptors;
}

template <typename Field>
int Most(const std::vector<ProcessFigures>& samples, Field field) {
  int most = 0;
  for (const ProcessFigures& sample : samples) most = std::max(most, sample.*field);
  return most;
}

TEST(SoakTest, TheServerDoesNotGrow) {
  const absl::Duration time = Scaled(absl::Seconds(30), absl::Minutes(3), absl::Minutes(60));
  const int jobs_per_second = 20;
  const std::uint64_t seed = TestSeed();
  SeededRandom random(seed);
  World world({.bin_dir = ZOETROPE_BIN_DIR,
               .queue_ms = 100,
               .run_ms = 1'000,
               .config = Config(),
               .sandbox_flags = {"--max-jobs", "500000"}});
  ASSERT_TRUE(world.Start());
  WatchSwarm swarm(seed, {.watchers = kWatchers, .jobs_kept = 200});
  swarm.Connect(world.address());
  Answers answers;
  RealClock clock;
  const absl::Duration begun = clock.Monotonic();
  std::vector<ProcessFigures> samples;
  int jobs = 0;
  int faulty = 0;
  int late = 0;
  absl::Duration next_sample;
  while (clock.Monotonic() - begun < time && swarm.broken().empty()) {
    const bool fault = random.Chance(kFaultShare);
    faulty += fault;
    v1::SubmitRequest request = world.Request(
        absl::StrCat("boat ", jobs, fault ? Markers({kFaults[random.Below(std::size(kFaults))]}) : ""),
        kProviders[random.Below(std::size(kProviders))]);
    request.set_request_id(absl::StrCat("soak-", jobs));
    const auto response = world.client().Submit(request);
    ASSERT_TRUE(response.ok()) << "seed " << seed << ": " << response.status();
    answers.Add(response->job());
    swarm.AddJob(response->job().id());
    ++jobs;
    const absl::Duration now = clock.Monotonic() - begun;
    if (now >= next_sample) {
      samples.push_back(ReadProcess(world.server_pid()));
      next_sample = now + absl::Milliseconds(500);
    }
    // A steady rate is what is wanted; there is nothing to wait for.
    const absl::Duration ahead = absl::Seconds(1) * jobs / jobs_per_second - now;
    if (ahead > absl::ZeroDuration()) poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(ahead)));
    late += ahead < -absl::Seconds(5);
  }
  swarm.Stop();
  for (const std::string& broken : swarm.broken()) ADD_FAILURE() << "seed " << seed << ": " << broken;
  ASSERT_GE(samples.size(), 9u);
  const auto third = static_cast<std::ptrdiff_t>(samples.size() / 3);
  const std::vector<ProcessFigures> middle(samples.begin() + third, samples.begin() + 2 * third);
  const std::vector<ProcessFigures> last(samples.begin() + 2 * third, samples.end());
  const std::int64_t growth = MedianMemory(last) - MedianMemory(middle);
  EXPECT_LT(growth, kGrowthKib) << "seed " << seed;
  EXPECT_LE(Most(last, &ProcessFigures::threads), Most(middle, &ProcessFigures::threads) + kMoreThreads);
  EXPECT_LE(FewestDescriptors(last), FewestDescriptors(middle) + kMoreDescriptors);
  const AuditFigures figures = AuditWorld(world, seed, answers);
  EXPECT_EQ(figures.jobs, jobs);
  std::cout << time << " with " << jobs << " jobs (" << faulty << " faulty, " << late
            << " submitted late), seed " << seed << ", " << kWatchers << " watchers, "
            << swarm.figures().events << " events: memory " << MedianMemory(middle) / 1024
            << " MiB in the middle third, " << MedianMemory(last) / 1024 << " MiB in the last (" << growth
            << " KiB more), " << Most(last, &ProcessFigures::threads) << " threads, "
            << FewestDescriptors(last) << " to " << Most(last, &ProcessFigures::descriptors)
            << " descriptors; " << ToText(figures) << "\n";
}

}  // namespace
}  // namespace zoetrope::testing
