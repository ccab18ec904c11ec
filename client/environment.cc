#include "client/environment.h"

#include "absl/random/random.h"
#include "absl/time/clock.h"

namespace zoetrope::client {
namespace {

class System : public Environment {
 public:
  absl::Time Now() override { return absl::Now(); }

  void SleepFor(absl::Duration duration, const Cancellation& cancellation) override {
    cancellation.WaitFor(duration);
  }

  uint64_t RandomBits() override {
    // A generator per call needs no lock, and one is drawn per request, not per byte.
    absl::BitGen generator;
    return absl::Uniform<uint64_t>(generator);
  }
};

}  // namespace

std::shared_ptr<Environment> SystemEnvironment() { return std::make_shared<System>(); }

}  // namespace zoetrope::client
