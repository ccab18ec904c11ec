// Randomness as an interface, so that a run can be replayed from a seed.
#ifndef ZOETROPE_SERVER_BASE_RANDOM_H_
#define ZOETROPE_SERVER_BASE_RANDOM_H_

#include <cstdint>

namespace zoetrope {

// Thread-safe. Only real_random.cc reads the machine's entropy; a test in tests/tidy keeps it so.
class Random {
 public:
  virtual ~Random() = default;

  // 64 bits, each equally likely.
  virtual std::uint64_t Next() = 0;
};

// A number in [0, 1), of 53 bits.
inline double UnitInterval(Random& random) { return static_cast<double>(random.Next() >> 11) * 0x1.0p-53; }

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_RANDOM_H_
