// The machine's entropy.
#ifndef ZOETROPE_SERVER_BASE_REAL_RANDOM_H_
#define ZOETROPE_SERVER_BASE_REAL_RANDOM_H_

#include "server/base/random.h"

namespace zoetrope {

// Unpredictable to others: ids made from it cannot be guessed.
class RealRandom : public Random {
 public:
  std::uint64_t Next() override;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_REAL_RANDOM_H_
