// What a scrape costs the process, and that it costs the same however many jobs the store has.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/plan.h"
#include "server/telemetry/exporter.h"
#include "server/telemetry/process_stats.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_world.h"
#include "tests/support/plain_http.h"

namespace zoetrope::testing {
namespace {

// All that main.cc has a scrape look at.
LiveView ViewOf(BenchWorld& world) {
  const absl::Time now = world.clock.TimeNow();
  return {.time = now,
          .live_jobs = world.engine->live_job_count(),
          .watch_streams = world.hub->stream_count(),
          .lanes = world.engine->Lanes(),
          .jobs = world.engine->Standings(),
          .stale_prices = CountStalePrices(*world.catalogue, *world.accounts, {}, now),
          .budgets = {},
          .queues = {{"engine", world.engine_loop.depth()}, {"store", world.store->depth()}},
          .store_free_bytes = FreeBytesAt(world.folder.File("jobs.db")),
          .process = ReadProcessStats()};
}

struct Scrapes {
  std::vector<double> cpu_millis;
  std::int64_t series = 0;
  std::size_t bytes = 0;
};

// False: a scrape failed.
bool Measure(const BenchFlags& flags, BenchWorld& world, Scrapes& out) {
  auto exporter = Exporter::Start("127.0.0.1:0", &world.metrics, [&world] { return ViewOf(world); });
  if (!exporter.ok()) return false;
  const std::string url = absl::StrCat("http://127.0.0.1:", (*exporter)->port(), "/metrics");
  PlainCall("GET", url);  // connections and caches are there before anything counts
  const int scrapes = flags.small ? 3 : 20 * flags.rounds;
  for (int i = 0; i < scrapes; ++i) {
    const absl::Duration before = CpuTime();
    const PlainReply reply = PlainCall("GET", url);
    out.cpu_millis.push_back(absl::ToDoubleMilliseconds(CpuTime() - before));
    if (reply.status != 200) return false;
    out.bytes = reply.body.size();
    out.series = 0;
    for (std::size_t line = 0; line < reply.body.size(); line = reply.body.find('\n', line) + 1)
      if (reply.body[line] != '#') ++out.series;
  }
  return true;
}

// What the engine tells of jobs that have ended, beside what the store has.
void CountEndedJobs(BenchWorld& world, int count) {
  const Offering& offering = BenchOffering(*world.catalogue);
  const std::string& provider = world.accounts->all().front().name;
  for (int i = 0; i < count; ++i) {
    world.metrics.OnAccepted(provider, offering.model, offering.mode);
    world.metrics.OnJobEnded(provider, offering.model, JobPhase::kSucceeded, std::nullopt, absl::Seconds(60));
    world.metrics.OnVideos(provider, offering.model, offering.resolutions.front(), absl::Seconds(4));
    world.metrics.OnSettled(provider, offering.model, {.amount = Money::FromNanos(400'000'000)});
  }
}

int Main(const BenchFlags& flags) {
  BenchWorld world({});
  world.metrics.Expect(*world.accounts, *world.catalogue, DayOf(world.clock.TimeNow()),
                       /*allow_retired=*/false);
  world.Recover();
  Scrapes empty;
  if (!Measure(flags, world, empty)) return EXIT_FAILURE;
  const int jobs = flags.small ? 1'000 : 100'000;
  world.StoreEndedJobs(0, jobs);
  CountEndedJobs(world, 1);
  Scrapes full;
  if (!Measure(flags, world, full)) return EXIT_FAILURE;
  Report(flags, {.name = absl::StrCat("scrape, ", jobs, " jobs"),
                 .unit = "ms of CPU",
                 .value = Median(full.cpu_millis),
                 .floor = Median(empty.cpu_millis),
                 .goal = "<= 50 ms",
                 .notes = {{"p99 ms", Quantile(full.cpu_millis, 0.99)},
                           {"series", static_cast<double>(full.series)},
                           {"series of the empty store", static_cast<double>(empty.series)},
                           {"bytes", static_cast<double>(full.bytes)}}});
  // The first writes of a store make the series of its calls' times, and the first job that ends one of its
  // own; further ones make none.
  world.StoreEndedJobs(jobs, 10);
  CountEndedJobs(world, jobs);
  Scrapes again;
  if (!Measure({.small = true}, world, again)) return EXIT_FAILURE;
  if (again.series != full.series)
    std::printf("    jobs make series: %ld more\n", again.series - full.series);
  return again.series == full.series ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zoetrope::testing

int main(int argc, char** argv) {
  return zoetrope::testing::Main(zoetrope::testing::ParseBenchFlags(argc, argv));
}
