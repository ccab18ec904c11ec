// The store at every point where it changes the disk: the change fails once, fails for ever, the process dies
// in it, or the machine does; then the same again while it recovers. What was said to be durable is there
// afterwards, nothing is there in part, and the jobs go on to their end.
//
// The jobs are written as the engine's state machine wants them; see store_life.h.
#ifndef ZOETROPE_TESTS_CRASH_STORE_STRIKES_H_
#define ZOETROPE_TESTS_CRASH_STORE_STRIKES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/crash/store_life.h"
#include "tests/support/faulty_vfs.h"

namespace zoetrope::testing {

// What is played.
struct Scenario {
  std::string name;
  std::vector<Fate> fates;
  bool at_once = false;       // the jobs share transactions
  int checkpoint_pages = 12;  // so that taking the log into the file is struck as well
  bool old_file = false;      // begins with a file of version 1
  bool backups = false;       // a copy is made after each job
};

// Jobs of every fate, one after another.
Scenario WholeLife();

// What a failure and the printed lines call it.
std::string NameOf(Strike strike);

// ZOETROPE_TEST_SEED, or one that nobody knows before; printed.
std::uint64_t PrintedSeed();

// A run for each point of the scenario, until there is no further one; stops after the first that fails.
// Prints a line. Returns how many runs there were.
int StrikeEveryPoint(const Scenario& scenario, Strike strike, std::uint64_t first_seed);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CRASH_STORE_STRIKES_H_
