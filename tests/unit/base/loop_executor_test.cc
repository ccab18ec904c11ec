// Waits for tasks, never for time.
#include "server/base/loop_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "tests/support/sim_clock.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;

class LoopExecutorTest : public ::testing::Test {
 protected:
  // Returns when everything that was posted and is due has run.
  void Drain() {
    std::promise<void> done;
    loop_.Post([&] {
      // Timers that are due run in the same round as this task, or in the one before.
      loop_.Post([&] { done.set_value(); });
    });
    done.get_future().wait();
  }
  absl::Time After(int seconds) { return start_ + absl::Seconds(seconds); }
  std::function<void()> Note(int number) {
    return [this, number] { ran_.push_back(number); };
  }

  testing::SimClock clock_;
  const absl::Time start_ = clock_.TimeNow();
  std::vector<int> ran_;  // touched by tasks, and by the test between drains
  LoopExecutor loop_{&clock_, "a name that is too long"};
};

TEST_F(LoopExecutorTest, RunsTasksInTheOrderOfPosting) {
  for (int i = 0; i < 1000; ++i) loop_.Post(Note(i));
  Drain();
  ASSERT_EQ(ran_.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran_[static_cast<std::size_t>(i)], i);
}

TEST_F(LoopExecutorTest, NeverRunsATaskInsideTheCall) {
  std::promise<bool> inside;
  loop_.Post([&] {
    bool ran = false;
    // The flag outlives this task only by way of the shared pointer.
    auto flag = std::make_shared<bool>(false);
    loop_.Post([flag] { *flag = true; });
    ran = *flag;
    inside.set_value(ran);
  });
  EXPECT_FALSE(inside.get_future().get());
  Drain();
}

TEST_F(LoopExecutorTest, RunsOnOneThread) {
  std::promise<std::thread::id> first;
  std::promise<std::thread::id> second;
  loop_.Post([&] { first.set_value(std::this_thread::get_id()); });
  loop_.PostAt(start_, [&] { second.set_value(std::this_thread::get_id()); });
  const std::thread::id id = first.get_future().get();
  EXPECT_EQ(second.get_future().get(), id);
  EXPECT_NE(id, std::this_thread::get_id());
}

TEST_F(LoopExecutorTest, RunsTimersByTimeThenByPosting) {
  loop_.PostAt(After(20), Note(5));
  loop_.PostAt(After(10), Note(3));
  loop_.PostAt(After(5), Note(1));
  loop_.PostAt(After(10), Note(4));
  loop_.PostAt(After(5), Note(2));
  Drain();
  EXPECT_THAT(ran_, ElementsAre());
  clock_.AdvanceTime(absl::Seconds(5));
  Drain();
  EXPECT_THAT(ran_, ElementsAre(1, 2));
  clock_.AdvanceTime(absl::Seconds(100));
  Drain();
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(LoopExecutorTest, RunsWhatIsPastAtOnce) {
  std::promise<void> done;
  loop_.PostAt(absl::InfinitePast(), [&] { done.set_value(); });
  done.get_future().wait();
}

TEST_F(LoopExecutorTest, KeepsWhatNeverComes) {
  loop_.PostAt(absl::InfiniteFuture(), Note(1));
  clock_.AdvanceTime(absl::Hours(24 * 365 * 100));
  Drain();
  EXPECT_THAT(ran_, ElementsAre());
}

TEST_F(LoopExecutorTest, TakesTasksFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 2'000;
  std::vector<std::vector<int>> seen(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kTasks; ++i)
          loop_.Post([&seen, t, i] { seen[static_cast<std::size_t>(t)].push_back(i); });
      });
    }
  }
  Drain();
  for (const std::vector<int>& numbers : seen) {
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kTasks));
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << "in the order of one thread's posting";
  }
}

TEST_F(LoopExecutorTest, EndsTheCurrentTaskAndDropsTheOthers) {
  std::promise<void> started;
  std::promise<void> go_on;
  loop_.Post([&] {
    started.set_value();
    go_on.get_future().wait();
    ran_.push_back(1);
  });
  loop_.Post(Note(2));
  loop_.PostAt(start_, Note(3));
  started.get_future().wait();
  loop_.Post(Note(4));
  std::jthread shutdown([&] { loop_.Shutdown(); });
  // Once posting drops its task, the shutdown has been seen.
  for (bool stopping = false; !stopping;) {
    const auto probe = std::make_shared<int>(0);
    loop_.Post([probe] {});
    stopping = probe.use_count() == 1;
  }
  go_on.set_value();
  shutdown.join();
  EXPECT_THAT(ran_, ElementsAre(1));
}

TEST_F(LoopExecutorTest, DropsTasksAfterShutdownAndFreesThem) {
  const auto kept = std::make_shared<int>(0);
  loop_.PostAt(absl::InfiniteFuture(), [kept] {});
  EXPECT_EQ(kept.use_count(), 2);
  loop_.Shutdown();
  EXPECT_EQ(kept.use_count(), 1);
  loop_.Post([kept] { FAIL(); });
  loop_.PostAt(start_, [kept] { FAIL(); });
  EXPECT_EQ(kept.use_count(), 1);
  loop_.Shutdown();
}

}  // namespace
}  // namespace zoetrope
