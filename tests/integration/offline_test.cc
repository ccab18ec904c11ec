// What the program does with its configuration without serving.
#include "server/offline.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "server/config/flags.h"
#include "server/config/inputs.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

std::optional<int> RunWith(const Flags& flags, const std::string& store) {
  Inputs inputs;
  inputs.config.mutable_store()->mutable_sqlite()->set_path(store);
  return RunOffline(flags, inputs, "test/1");
}

TEST(OfflineTest, WithoutAQuestionItIsToServe) { EXPECT_EQ(RunWith({}, "zoetrope.db"), std::nullopt); }

TEST(OfflineTest, ACheckFindsAStoreThatCannotBeMade) {
  const testing::TempDir folder;
  Flags check;
  check.check = true;
  EXPECT_EQ(RunWith(check, "zoetrope.db"), EXIT_SUCCESS);
  EXPECT_EQ(RunWith(check, folder.File("zoetrope.db")), EXIT_SUCCESS);
  EXPECT_EQ(RunWith(check, folder.File("no/such/zoetrope.db")), kUsageExit);
}

}  // namespace
}  // namespace zoetrope
