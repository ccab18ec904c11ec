#include "server/base/real_random.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace zoetrope {

std::uint64_t RealRandom::Next() {
  std::uint64_t bits = 0;
  // Without entropy ids would repeat, and a repeated attempt token would let one job collect another one's
  // video.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof(bits)) != 1) std::abort();
  return bits;
}

}  // namespace zoetrope
