// One simulated history: the real engine, watch hub, adapters, router and catalogue over a virtual store,
// network and clock, with crashes and faults drawn from a seed, and the promises checked while and after it
// happens.
#ifndef ZOETROPE_TESTS_SIM_SIM_RUN_H_
#define ZOETROPE_TESTS_SIM_SIM_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

namespace zoetrope::testing {

struct SimOptions {
  std::uint64_t seed = 1;
  int jobs = 12;
  int crashes_max = 3;
  bool faults = true;
  bool print = false;  // the trace, to standard error
};

struct SimReport {
  std::vector<std::string> broken;  // promises that did not hold, in words; empty: all held
  std::uint64_t trace_hash = 0;     // of everything that happened, in order
  int succeeded = 0;
  int failed = 0;
  int cancelled = 0;
  int held = 0;
  int unknown = 0;       // submissions of unknown outcome
  int found = 0;         // of those, found by a search or told by a callback
  int adopted = 0;       // attempts that were held until a callback came
  int charges_told = 0;  // attempts settled at what a provider's books say
  int corrected = 0;     // charges that the operator has corrected afterwards
  int decided = 0;       // held attempts that the operator has decided about
  int retried = 0;       // jobs that were sent once more to the account that may have them
  int missing = 0;       // lives of the server without one of its accounts
  int refused = 0;       // submissions that a budget had no room for
  int creations = 0;
  int crashes = 0;
  int restored = 0;  // of those, with an older copy of the store afterwards
};

// Same options, same report.
SimReport RunSimulation(const SimOptions& options);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SIM_SIM_RUN_H_
