#include "server/store/store_observer.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace zoetrope {
namespace {

TEST(StoreObserverTest, EveryOperationHasANameOfItsOwn) {
  std::set<std::string> names;
  const int last = static_cast<int>(StoreOperation::kBackup);
  for (int i = 0; i <= last; ++i)
    names.insert(std::string(StoreOperationName(static_cast<StoreOperation>(i))));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(names.contains(""));
  EXPECT_TRUE(names.contains("read_revisions"));
}

TEST(StoreObserverTest, OutcomesAreTheLabelsThatDashboardsUse) {
  EXPECT_EQ(StoreOutcomeName(StoreOutcome::kOk), "ok");
  EXPECT_EQ(StoreOutcomeName(StoreOutcome::kConflict), "conflict");
  EXPECT_EQ(StoreOutcomeName(StoreOutcome::kUnknown), "unknown");
  EXPECT_EQ(StoreOutcomeName(StoreOutcome::kFailed), "failed");
}

}  // namespace
}  // namespace zoetrope
