#include "server/providers/registry.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace zoetrope {
namespace {

TEST(RegistryTest, NamesEachDialectOnce) {
  std::set<std::string_view> names;
  for (const DialectEntry& entry : Dialects()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(FindDialect(entry.name), &entry);
  }
  EXPECT_EQ(FindDialect("no-such-dialect"), nullptr);
  EXPECT_EQ(FindDialect(""), nullptr);
}

TEST(RegistryTest, AProgramMayHaveDialectsOfItsOwn) {
  const DialectEntry own[] = {{"mine", Dialects().front().make}};
  EXPECT_EQ(FindDialect("mine", own), &own[0]);
  EXPECT_EQ(FindDialect("mine"), nullptr);
  EXPECT_EQ(FindDialect(Dialects().front().name, own), nullptr);
}

}  // namespace
}  // namespace zoetrope
