#ifndef ZOETROPE_CLIENT_ENVIRONMENT_H_
#define ZOETROPE_CLIENT_ENVIRONMENT_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "client/cancellation.h"

namespace zoetrope::client {

// What the library takes from the world besides its channel: time and chance. A test gives its own, and waits
// for nothing.
//
// Implementations may be called from any thread, from several at once.
class Environment {
 public:
  virtual ~Environment() = default;

  // The time now. Only differences are used, to keep total time limits.
  virtual absl::Time Now() = 0;

  // Waits for `duration`, or less where `cancellation` is cancelled meanwhile.
  virtual void SleepFor(absl::Duration duration, const Cancellation& cancellation) = 0;

  // 64 random bits: for request ids and for the jitter of retries.
  virtual uint64_t RandomBits() = 0;
};

// The machine's clock and its source of randomness.
std::shared_ptr<Environment> SystemEnvironment();

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_ENVIRONMENT_H_
