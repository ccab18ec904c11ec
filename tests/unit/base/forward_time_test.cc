#include "server/base/forward_time.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace zoetrope {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1'800'000'000);

TEST(ForwardTimeTest, IsTheWallsWhileThatGoesOn) {
  ForwardTime time;
  EXPECT_EQ(time.At(kNoon, absl::Hours(5)), kNoon);
  EXPECT_EQ(time.At(kNoon + absl::Seconds(3), absl::Hours(5) + absl::Seconds(3)), kNoon + absl::Seconds(3));
}

TEST(ForwardTimeTest, GoesOnWhileTheWallIsBehind) {
  ForwardTime time;
  time.At(kNoon, absl::Hours(5));
  const absl::Time behind = kNoon - absl::Hours(2);
  EXPECT_EQ(time.At(behind, absl::Hours(5)), kNoon);
  EXPECT_EQ(time.At(behind + absl::Minutes(1), absl::Hours(5) + absl::Minutes(1)), kNoon + absl::Minutes(1));
}

TEST(ForwardTimeTest, FollowsAJumpForward) {
  ForwardTime time;
  time.At(kNoon, absl::Hours(5));
  EXPECT_EQ(time.At(kNoon + absl::Hours(3), absl::Hours(5)), kNoon + absl::Hours(3));
}

TEST(ForwardTimeTest, CatchesUpWithAWallThatIsSetRight) {
  ForwardTime time;
  time.At(kNoon, absl::Hours(5));
  time.At(kNoon - absl::Hours(2), absl::Hours(5));
  EXPECT_EQ(time.At(kNoon + absl::Seconds(1), absl::Hours(5)), kNoon + absl::Seconds(1));
}

// Between the two readings the thread may have been stopped.
TEST(ForwardTimeTest, ASlowReadingIsLateOnlyOnce) {
  ForwardTime time;
  time.At(kNoon, absl::Hours(5) + absl::Seconds(7));
  EXPECT_EQ(time.At(kNoon + absl::Seconds(8), absl::Hours(5) + absl::Seconds(8)), kNoon + absl::Seconds(8));
}

TEST(ForwardTimeTest, NeverGoesBackForManyThreads) {
  ForwardTime time;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&time, t] {
      absl::Time last = absl::InfinitePast();
      for (int i = 0; i < 5'000; ++i) {
        const absl::Duration passed = absl::Milliseconds(i);
        const absl::Time now = time.At(kNoon + passed + absl::Seconds((i * (t + 3)) % 11 - 5), passed);
        EXPECT_GE(now, last);
        last = now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace zoetrope
