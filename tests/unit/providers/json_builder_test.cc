#include "server/providers/json_builder.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace zoetrope {
namespace {

TEST(JsonBuilderTest, MembersStandInTheOrderOfTheirNaming) {
  JsonBuilder builder;
  ASSERT_TRUE(builder.Set("z", JsonValue::OfNumber(1)).ok());
  ASSERT_TRUE(builder.Set("b.d", JsonValue::OfString("x")).ok());
  ASSERT_TRUE(builder.Set("a", JsonValue::OfBool(false)).ok());
  ASSERT_TRUE(builder.Set("b.c.e", JsonValue()).ok());
  EXPECT_EQ(builder.value().Write(), R"({"z":1,"b":{"d":"x","c":{"e":null}},"a":false})");
}

TEST(JsonBuilderTest, NamesCanBeListed) {
  JsonBuilder builder;
  ASSERT_TRUE(builder.Set("z", JsonValue::OfNumber(1)).ok());
  ASSERT_TRUE(builder.Set("b.d", JsonValue::Array()).ok());
  const std::span<const std::string> names = builder.value().Keys();
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.end()), (std::vector<std::string>{"z", "b"}));
  EXPECT_EQ(builder.value().Keys("b").size(), 1u);
  for (const char* none : {"z", "b.d", "c"}) EXPECT_TRUE(builder.value().Keys(none).empty()) << none;
}

TEST(JsonBuilderTest, AppendsToArrays) {
  JsonBuilder builder;
  ASSERT_TRUE(builder.Append("in.list", JsonValue::OfString("a")).ok());
  ASSERT_TRUE(builder.Append("in.list", JsonValue::OfString("b")).ok());
  EXPECT_EQ(builder.Take().Write(), R"({"in":{"list":["a","b"]}})");
}

TEST(JsonBuilderTest, LiteralsKeepTheirText) {
  JsonBuilder builder;
  ASSERT_TRUE(builder.SetLiteral("a", "8.0").ok());
  ASSERT_TRUE(builder.SetLiteral("b", R"({"c":[true,"720p"]})").ok());
  EXPECT_EQ(builder.value().Write(), R"({"a":8.0,"b":{"c":[true,"720p"]}})");
  EXPECT_FALSE(builder.SetLiteral("d", "720p").ok());
}

TEST(JsonBuilderTest, NothingIsOverwritten) {
  JsonBuilder builder;
  ASSERT_TRUE(builder.Set("a.b", JsonValue::OfNumber(1)).ok());
  EXPECT_FALSE(builder.Set("a.b", JsonValue::OfNumber(2)).ok());
  EXPECT_FALSE(builder.Set("a", JsonValue::OfNumber(2)).ok());
  EXPECT_FALSE(builder.Set("a.b.c", JsonValue::OfNumber(2)).ok());
  EXPECT_FALSE(builder.Append("a.b", JsonValue::OfNumber(2)).ok());
  EXPECT_FALSE(builder.Append("a", JsonValue::OfNumber(2)).ok());
  EXPECT_EQ(builder.value().Write(), R"({"a":{"b":1}})");
}

TEST(JsonBuilderTest, NamesAreNotEmpty) {
  JsonBuilder builder;
  for (const std::string_view path : {"", ".", "a.", ".a", "a..b"}) {
    EXPECT_FALSE(builder.Set(path, JsonValue::OfNumber(1)).ok()) << path;
  }
}

}  // namespace
}  // namespace zoetrope
