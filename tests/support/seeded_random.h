// Numbers that follow from a seed alone.
#ifndef ZOETROPE_TESTS_SUPPORT_SEEDED_RANDOM_H_
#define ZOETROPE_TESTS_SUPPORT_SEEDED_RANDOM_H_

#include <atomic>
#include <cstdint>

#include "server/base/random.h"

namespace zoetrope::testing {

// SplitMix64: the same on every machine, which std's distributions are not.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() override {
    std::uint64_t z = state_.fetch_add(0x9e3779b97f4a7c15U, std::memory_order_relaxed) + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  // Begins anew, as one that was made with `seed`.
  void Reseed(std::uint64_t seed) { state_.store(seed, std::memory_order_relaxed); }

  // A number in [0, bound); `bound` > 0. The bias is far below what a test can see.
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }

  // True with this probability.
  bool Chance(double probability) { return UnitInterval(*this) < probability; }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_SEEDED_RANDOM_H_
