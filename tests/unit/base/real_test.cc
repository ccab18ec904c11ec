// The two ways to the machine.
#include <gtest/gtest.h>

#include <set>

#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

class FixedRandom : public Random {
 public:
  explicit FixedRandom(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t Next() override { return bits_; }

 private:
  std::uint64_t bits_;
};

TEST(RealClock, NeverGoesBack) {
  RealClock clock;
  EXPECT_GT(clock.TimeNow(), absl::FromUnixSeconds(1'700'000'000));
  absl::Duration last = clock.Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration now = clock.Monotonic();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(RealRandom, DoesNotRepeat) {
  RealRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random.Next()).second);
}

TEST(UnitInterval, HasItsEnds) {
  FixedRandom zeros(0);
  FixedRandom ones(~std::uint64_t{0});
  EXPECT_EQ(UnitInterval(zeros), 0.0);
  EXPECT_LT(UnitInterval(ones), 1.0);
  EXPECT_GT(UnitInterval(ones), 0.999999);
  testing::SeededRandom random(5);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) sum += UnitInterval(random);
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace zoetrope
