// What the benchmarks share: how long to measure, how a figure is said, what work costs in CPU time.
#ifndef ZOETROPE_TESTS_BENCH_BENCH_H_
#define ZOETROPE_TESTS_BENCH_BENCH_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace zoetrope::testing {

struct BenchFlags {
  bool small = false;                      // a glance, so that the benchmark itself is known to work
  int rounds = 7;                          // of floor and figure in turn; medians count
  absl::Duration time = absl::Seconds(1);  // of each measurement
  std::string json;                        // file to append lines to; empty: none
};

// Ends the process when the arguments are no flags of a benchmark.
BenchFlags ParseBenchFlags(int argc, char** argv);

// A figure beside the floor that was measured in the same run.
struct Figure {
  std::string name;
  std::string unit;
  double value = 0;
  double floor = 0;
  std::string goal;                                   // in words; never asserted
  std::vector<std::pair<std::string, double>> notes;  // further numbers
};

// One row of the table that `run` prints, and a line of JSON if asked for.
void Report(const BenchFlags& flags, const Figure& figure);

double Median(std::vector<double> values);
// `share` in [0, 1].
double Quantile(std::vector<double> values, double share);

// CPU time of this process so far.
absl::Duration CpuTime();

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_BENCH_BENCH_H_
