// How many polls the whole engine makes, beside bare requests of libcurl to the same provider with the same
// concurrency and the same bytes. Each job is asked after again as soon as its answer is understood.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_world.h"
#include "tests/bench/curl_floor.h"
#include "tests/bench/provider_process.h"

namespace zoetrope::testing {
namespace {

struct Sample {
  double per_second = 0;
  double cpu_micros = 0;      // of this process, per request
  double cores = 0;           // that this process had of the machine
  double provider_share = 0;  // of one core
};

// Samples what `count` counts while time goes by, or while `work` runs.
template <typename Count, typename Work>
Sample Take(Clock& clock, const ProviderProcess& provider, Count count, Work work) {
  const auto before = static_cast<double>(count());
  const absl::Duration start = clock.Monotonic();
  const absl::Duration cpu = CpuTime();
  const absl::Duration provider_cpu = provider.CpuTime();
  work();
  const absl::Duration wall = clock.Monotonic() - start;
  const absl::Duration spent = CpuTime() - cpu;
  const double done = static_cast<double>(count()) - before;
  return {done / absl::ToDoubleSeconds(wall), absl::ToDoubleMicroseconds(spent) / done,
          absl::FDivDuration(spent, wall), absl::FDivDuration(provider.CpuTime() - provider_cpu, wall)};
}

Sample TakeFloor(const BenchFlags& flags, const ProviderProcess& provider, int jobs) {
  RealClock clock;
  std::vector<std::string> urls;
  for (int i = 0; i < jobs; ++i) {
    urls.push_back(
        absl::StrFormat("%s/v2/vidu-q3-i2v/status/5f0c5a52-7a7f-4b5e-9d3a-%012x-u1", provider.url(), i));
  }
  std::int64_t answers = 0;
  return Take(
      clock, provider, [&] { return answers; }, [&] { answers = GetWithCurl(urls, flags.time, clock); });
}

// `failures` becomes larger by what went wrong.
Sample TakeEngine(const BenchFlags& flags, const ProviderProcess& provider, int jobs,
                  std::int64_t& failures) {
  BenchWorld world({.base_url = provider.url(),
                    .poll = {.first_after = absl::ZeroDuration(), .interval_max = absl::ZeroDuration()}});
  world.StoreAckedJobs(jobs, false);
  world.Recover();
  // A restart spreads the first polls over a second.
  const absl::Duration all_there = world.clock.Monotonic() + absl::Milliseconds(1'100);
  WaitUntil([&] { return world.clock.Monotonic() > all_there; });
  const auto answers = [&] { return world.engine_observer.answers(); };
  const Sample sample = Take(world.clock, provider, answers, [&] { Pause(flags.time); });
  failures += world.engine_observer.failures();
  return sample;
}

double MedianOf(const std::vector<Sample>& samples, double Sample::*field) {
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(sample.*field);
  return Median(values);
}

// False: something went wrong.
bool Measure(const BenchFlags& flags, const ProviderProcess& provider, int jobs) {
  std::vector<Sample> floor;
  std::vector<Sample> engine;
  std::int64_t failures = 0;
  for (int round = 0; round < flags.rounds; ++round) {
    floor.push_back(TakeFloor(flags, provider, jobs));
    engine.push_back(TakeEngine(flags, provider, jobs, failures));
  }
  const double cpu = MedianOf(engine, &Sample::cpu_micros);
  const double floor_cpu = MedianOf(floor, &Sample::cpu_micros);
  const double busiest = MedianOf(floor, &Sample::provider_share);
  Report(flags, {.name = absl::StrCat("poll, ", jobs, " jobs"),
                 .unit = "polls/s",
                 .value = MedianOf(engine, &Sample::per_second),
                 .floor = MedianOf(floor, &Sample::per_second),
                 .goal = ">= 0.6 of bare curl",
                 .notes = {{"CPU us per poll", cpu},
                           {"CPU us per bare request", floor_cpu},
                           {"ratio by CPU time", floor_cpu / cpu},
                           {"cores had", MedianOf(engine, &Sample::cores)},
                           {"cores had by bare curl", MedianOf(floor, &Sample::cores)},
                           {"provider's share of a core", MedianOf(engine, &Sample::provider_share)},
                           {"the same with bare curl", busiest},
                           {"failures", static_cast<double>(failures)}}});
  if (busiest > 0.9)
    std::printf(
        "    the provider is the bottleneck of the bare requests: the floor is higher than it seems\n");
  return failures == 0 && MedianOf(engine, &Sample::per_second) > 0;
}

int Main(const BenchFlags& flags) {
  const ProviderProcess provider;
  bool good = true;
  for (const int jobs : {64, 256}) good = Measure(flags, provider, jobs) && good;
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zoetrope::testing

int main(int argc, char** argv) {
  return zoetrope::testing::Main(zoetrope::testing::ParseBenchFlags(argc, argv));
}
