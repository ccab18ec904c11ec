// The signals that the program is steered by, in a process that gets them.
#include "server/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace zoetrope {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

TEST(SignalsTest, OneThatCameBeforeAnybodyWaitedIsKept) {
  const Signals signals;
  for (const int signal : {SIGTERM, SIGINT}) {
    ASSERT_EQ(kill(getpid(), signal), 0);
    EXPECT_TRUE(signals.EndWithin(kLong));
    ASSERT_EQ(kill(getpid(), signal), 0);
    EXPECT_EQ(signals.Next(kLong), Signals::Wish::kEnd);
  }
  EXPECT_FALSE(signals.EndWithin(absl::Milliseconds(1))) << "each is taken once";
  EXPECT_FALSE(signals.EndWithin(-absl::Seconds(1)));
  EXPECT_EQ(signals.Next(-absl::Seconds(1)), Signals::Wish::kNone);
}

TEST(SignalsTest, AWishForAReloadDoesNotShortenAWaitForTheEnd) {
  const Signals signals;
  ASSERT_EQ(kill(getpid(), SIGHUP), 0);
  EXPECT_FALSE(signals.EndWithin(absl::Milliseconds(1)));
  EXPECT_EQ(signals.Next(kLong), Signals::Wish::kReload) << "it is still there";
  EXPECT_EQ(signals.Next(absl::Milliseconds(1)), Signals::Wish::kNone);
}

TEST(SignalsTest, AWishForAReloadThatComesDuringTheStartIsKept) {
  Signals::HoldReloads();
  ASSERT_EQ(kill(getpid(), SIGHUP), 0);
  EXPECT_EQ(Signals().Next(kLong), Signals::Wish::kReload);
}

TEST(SignalsTest, TheyEndNoThreadThatWasStartedLater) {
  const Signals signals;
  std::thread sender([] { kill(getpid(), SIGTERM); });
  EXPECT_EQ(signals.Next(kLong), Signals::Wish::kEnd);
  sender.join();
}

}  // namespace
}  // namespace zoetrope
