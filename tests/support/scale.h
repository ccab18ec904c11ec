// How much a test does, and from which seed: both come from the environment, so that one program serves every
// tier of tests/run.
#ifndef ZOETROPE_TESTS_SUPPORT_SCALE_H_
#define ZOETROPE_TESTS_SUPPORT_SCALE_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "server/base/real_random.h"

namespace zoetrope::testing {

// The one of the three that ZOETROPE_TEST_SCALE names: `full`, `release`, else the first.
template <typename T>
T Scaled(T run, T full, T release) {
  const char* text = std::getenv("ZOETROPE_TEST_SCALE");
  const std::string_view scale = text != nullptr ? text : "";
  return scale == "full" ? full : scale == "release" ? release : run;
}

// What ZOETROPE_TEST_SEED says, else a new one; printed, because whatever a test draws follows from it.
inline std::uint64_t TestSeed() {
  RealRandom random;
  const char* text = std::getenv("ZOETROPE_TEST_SEED");
  const std::uint64_t seed =
      text != nullptr ? std::strtoull(text, nullptr, 10) : random.Next() % 1'000'000'000;
  std::cout << "seed " << seed << " (ZOETROPE_TEST_SEED repeats it)" << std::endl;
  return seed;
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_SCALE_H_
