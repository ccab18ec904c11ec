#include "server/api/byte_budget.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace zoetrope {
namespace {

TEST(ByteBudgetTest, WhatIsTakenComesBackWithItsLastCopy) {
  ByteBudget budget(10);
  std::shared_ptr<void> six = budget.Take(6);
  ASSERT_NE(six, nullptr);
  EXPECT_EQ(budget.Take(5), nullptr);
  EXPECT_NE(budget.Take(4), nullptr);
  std::shared_ptr<void> copy = six;
  six.reset();
  EXPECT_EQ(budget.Take(5), nullptr);
  copy.reset();
  EXPECT_NE(budget.Take(10), nullptr);
}

TEST(ByteBudgetTest, NothingTakesNothing) {
  ByteBudget budget(0);
  EXPECT_NE(budget.Take(0), nullptr);
  EXPECT_EQ(budget.Take(1), nullptr);
}

TEST(ByteBudgetTest, MayBeGoneWhenSomethingComesBack) {
  std::optional<ByteBudget> budget(10);
  const std::shared_ptr<void> room = budget->Take(10);
  budget.reset();
  EXPECT_NE(room, nullptr);
}

TEST(ByteBudgetTest, ManyThreadsNeverTakeMoreThanThereIs) {
  ByteBudget budget(3);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        const std::shared_ptr<void> room = budget.Take(1);
        if (room == nullptr) continue;
        const int now = ++held;
        int before = most.load();
        while (now > before && !most.compare_exchange_weak(before, now)) {
        }
        --held;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 3);
  EXPECT_NE(budget.Take(3), nullptr);
}

}  // namespace
}  // namespace zoetrope
