#include "server/store/change_feed.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/process_lock.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;

TEST(ChangeFeedTest, EveryListenerHearsEveryChangeInOrder) {
  ChangeFeed feed;
  std::vector<std::int64_t> one;
  std::vector<std::int64_t> two;
  feed.Publish({"job", 1, false});
  auto first = feed.Subscribe([&](const Change& change) { one.push_back(change.revision); });
  feed.Publish({"job", 2, false});
  auto second = feed.Subscribe([&](const Change& change) { two.push_back(change.revision); });
  feed.Publish({"job", 3, false});
  first.reset();
  feed.Publish({"job", 4, false});
  EXPECT_THAT(one, ElementsAre(2, 3));
  EXPECT_THAT(two, ElementsAre(3, 4));
}

TEST(ChangeFeedTest, AListenerMaySubscribe) {
  ChangeFeed feed;
  int inner = 0;
  std::vector<std::unique_ptr<JobStore::Subscription>> subscriptions;
  subscriptions.push_back(feed.Subscribe([&](const Change& change) {
    if (change.revision == 1) subscriptions.push_back(feed.Subscribe([&](const Change&) { ++inner; }));
  }));
  feed.Publish({"job", 1, false});
  EXPECT_EQ(inner, 0);
  feed.Publish({"job", 2, false});
  EXPECT_EQ(inner, 1);
}

TEST(ChangeFeedTest, AHandleMayOutliveTheFeed) {
  std::optional<ChangeFeed> feed(std::in_place);
  auto subscription = feed->Subscribe([](const Change&) {});
  feed.reset();
  subscription.reset();
}

TEST(ChangeFeedTest, ListenersComeAndGoWhileChangesAreTold) {
  ChangeFeed feed;
  std::atomic<bool> stop = false;
  std::thread publisher([&] {
    for (std::int64_t i = 0; !stop; ++i) feed.Publish({"job", i, false});
  });
  for (int i = 0; i < 500; ++i) {
    // A call after the subscription's end would touch what is gone; the sanitizers see it.
    auto calls = std::make_unique<std::atomic<int>>(0);
    auto subscription = feed.Subscribe([&counter = *calls](const Change&) { ++counter; });
    while (i % 100 == 0 && *calls == 0) std::this_thread::yield();
    subscription.reset();
    calls.reset();
  }
  stop = true;
  publisher.join();
}

TEST(ProcessLockTest, IsTakenOnceAndComesFree) {
  testing::TempDir dir;
  const std::string path = dir.File("jobs.db-lock");
  auto lock = ProcessLock::Take(path);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(ProcessLock::Take(path).status().code(), absl::StatusCode::kFailedPrecondition);
  lock->reset();
  EXPECT_TRUE(ProcessLock::Take(path).ok());
  EXPECT_FALSE(ProcessLock::Take(dir.File("nowhere/x.lock")).ok());
}

}  // namespace
}  // namespace zoetrope
