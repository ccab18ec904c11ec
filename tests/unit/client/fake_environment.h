#ifndef ZOETROPE_TESTS_UNIT_CLIENT_FAKE_ENVIRONMENT_H_
#define ZOETROPE_TESTS_UNIT_CLIENT_FAKE_ENVIRONMENT_H_

#include <vector>

#include "absl/synchronization/mutex.h"
#include "client/environment.h"

namespace zoetrope::client {

// Time that moves only when the library sleeps, and numbers that are not random. A sleep takes no real time.
class FakeEnvironment : public Environment {
 public:
  absl::Time Now() override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }

  void SleepFor(absl::Duration duration, const Cancellation&) override {
    absl::MutexLock lock(&mutex_);
    sleeps_.push_back(duration);
    now_ += duration;
  }

  // Alternates between small and large, so that ids differ and waits are neither nothing nor the most.
  uint64_t RandomBits() override {
    absl::MutexLock lock(&mutex_);
    return state_ += 0x9e3779b97f4a7c15;
  }

  std::vector<absl::Duration> sleeps() {
    absl::MutexLock lock(&mutex_);
    return sleeps_;
  }

 private:
  absl::Mutex mutex_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  uint64_t state_ = 0;
  std::vector<absl::Duration> sleeps_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_TESTS_UNIT_CLIENT_FAKE_ENVIRONMENT_H_
