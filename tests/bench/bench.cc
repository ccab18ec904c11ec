#include "tests/bench/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace zoetrope::testing {
namespace {

// What to end the process with; -1: nothing.
int Parse(CLI::App& app, int argc, char** argv) {
  CLI11_PARSE(app, argc, argv);
  return -1;
}

}  // namespace

BenchFlags ParseBenchFlags(int argc, char** argv) {
  BenchFlags flags;
  double seconds = 0;
  CLI::App app("Measures a figure of the server and its floor in one run.");
  app.add_flag("--small", flags.small, "only show that it works");
  app.add_option("--rounds", flags.rounds, "measurements of each, in turn");
  app.add_option("--seconds", seconds, "of each measurement");
  app.add_option("--json", flags.json, "append a line of JSON per figure to this file");
  if (const int end = Parse(app, argc, argv); end >= 0) std::exit(end);
  if (flags.small) {
    flags.rounds = 1;
    flags.time = absl::Milliseconds(300);
  }
  if (seconds > 0) flags.time = absl::Seconds(seconds);
  return flags;
}

void Report(const BenchFlags& flags, const Figure& figure) {
  const double ratio = figure.floor > 0 ? figure.value / figure.floor : 0;
  std::printf("%-28s %12.0f %-14s %12.0f %8.3f  %s\n", figure.name.c_str(), figure.value, figure.unit.c_str(),
              figure.floor, ratio, figure.goal.c_str());
  for (const auto& [name, value] : figure.notes) std::printf("    %-32s %12.2f\n", name.c_str(), value);
  std::fflush(stdout);
  if (flags.json.empty()) return;
  nlohmann::ordered_json line{{"figure", figure.name}, {"unit", figure.unit}, {"value", figure.value},
                              {"floor", figure.floor}, {"ratio", ratio},      {"goal", figure.goal}};
  for (const auto& [name, value] : figure.notes) line["notes"][name] = value;
  std::ofstream(flags.json, std::ios::app) << line.dump() << "\n";
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

absl::Duration CpuTime() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

}  // namespace zoetrope::testing
