#include "server/providers/json_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "server/base/limits.h"
#include "server/providers/json_value.h"

namespace zoetrope {
namespace {

JsonValue Parse(std::string_view text) {
  absl::StatusOr<JsonValue> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *std::move(value) : JsonValue();
}

absl::StatusCode CodeOf(std::string_view text) { return ParseJson(text).status().code(); }

TEST(JsonReaderTest, ReadsEveryKind) {
  const JsonValue value = Parse(R"({"a":null,"b":true,"c":1,"d":"x","e":[1,"2"],"f":{"g":2}})");
  ASSERT_TRUE(value.is_object());
  EXPECT_EQ(value.Find("a")->kind(), JsonValue::Kind::kNull);
  EXPECT_EQ(value.Bool("b"), true);
  EXPECT_EQ(value.Integer("c"), 1);
  EXPECT_EQ(value.Text("d"), "x");
  EXPECT_EQ(value.Items("e").size(), 2u);
  EXPECT_EQ(value.Integer("f.g"), 2);
}

TEST(JsonReaderTest, ScalarsAtTheTop) {
  EXPECT_EQ(Parse(" 8 ").Integer(), 8);
  EXPECT_EQ(Parse("\"x\"").Text(), "x");
  EXPECT_EQ(Parse("null").kind(), JsonValue::Kind::kNull);
}

TEST(JsonReaderTest, NumbersKeepTheirText) {
  const JsonValue value = Parse(
      R"({"a":0.1234567890123456789,"b":1e-7,"c":18446744073709551615,"d":99999999999999999999,"e":0.40})");
  EXPECT_EQ(value.Decimal("a"), "0.1234567890123456789");
  EXPECT_EQ(value.Decimal("b"), "1e-7");
  EXPECT_EQ(value.Decimal("c"), "18446744073709551615");
  EXPECT_EQ(value.Decimal("d"), "99999999999999999999");
  EXPECT_EQ(value.Decimal("e"), "0.40");
}

TEST(JsonReaderTest, IntegersAreTolerantAndExact) {
  const struct {
    std::string_view json;
    std::optional<std::int64_t> want;
  } kCases[] = {
      {"8", 8},
      {"\"8\"", 8},
      {"8.0", 8},
      {"\"8.00\"", 8},
      {"-3", -3},
      {"8.5", {}},
      {"\"8s\"", {}},
      {"\"\"", {}},
      {"\" 8\"", {}},
      {"1e3", {}},
      {"true", {}},
      {"null", {}},
      {"[8]", {}},
      {"{}", {}},
      {"\"08\"", {}},
      {"\"+8\"", {}},
      {"9223372036854775807", 9223372036854775807},
      {"9223372036854775808", {}},
  };
  for (const auto& c : kCases) EXPECT_EQ(Parse(c.json).Integer(), c.want) << c.json;
}

TEST(JsonReaderTest, TextsAndSwitchesAreTolerant) {
  EXPECT_EQ(Parse("12").Text(), "12");
  EXPECT_EQ(Parse("\"true\"").Bool(), true);
  EXPECT_EQ(Parse("\"false\"").Bool(), false);
  EXPECT_EQ(Parse("\"yes\"").Bool(), std::nullopt);
  EXPECT_EQ(Parse("1").Bool(), std::nullopt);
  EXPECT_EQ(Parse("true").Text(), std::nullopt);
  EXPECT_EQ(Parse("\"0.8\"").Decimal(), "0.8");
  EXPECT_EQ(Parse("\"$0.8\"").Decimal(), std::nullopt);
  EXPECT_EQ(Parse("\"NaN\"").Decimal(), std::nullopt);
}

TEST(JsonReaderTest, PathsThatLeadNowhere) {
  const JsonValue value = Parse(R"({"a":{"b":1},"c":"text"})");
  EXPECT_EQ(value.Find("a.x"), nullptr);
  EXPECT_EQ(value.Find("a.b.c"), nullptr);
  EXPECT_EQ(value.Find("c.d"), nullptr);
  EXPECT_EQ(value.Find("x"), nullptr);
  EXPECT_EQ(value.Find(""), &value);
  EXPECT_TRUE(value.Items("a").empty());
  EXPECT_EQ(JsonValue().Find("a"), nullptr);
}

TEST(JsonReaderTest, TheLastOfTheSameNameCounts) {
  EXPECT_EQ(Parse(R"({"status":"FAILED","status":"COMPLETED"})").Text("status"), "COMPLETED");
}

TEST(JsonReaderTest, WhatIsNoJson) {
  for (const std::string_view text :
       {"",   " ",   "{",     "[1,",  "{\"a\":1", "{\"a\"}",  "{a:1}",   "'a'",         "01",  "1.",   "+1",
        ".5", "tru", "{} {}", "[1,]", "<html>",   "\"\x01\"", "\"\\x\"", "\"\\ud800\"", "NaN", "1e999"}) {
    EXPECT_EQ(CodeOf(text), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(JsonReaderTest, InvalidUtf8IsAnError) {
  for (const std::string text :
       {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xe4\xb8\""}) {
    EXPECT_EQ(CodeOf(text), absl::StatusCode::kInvalidArgument);
  }
}

TEST(JsonReaderTest, EveryCutOfADocumentIsAnError) {
  const std::string text = R"({"id":"x","list":[1,2.5,{"a":"\u00e4"}],"t":true})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(ParseJson(text.substr(0, length)).ok()) << length;
  }
}

TEST(JsonReaderTest, DepthIsBounded) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ParseJson(nested(limits::kJsonDepth)).ok());
  EXPECT_EQ(CodeOf(nested(limits::kJsonDepth + 1)), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(std::string(1'000'000, '[')), absl::StatusCode::kResourceExhausted);
}

TEST(JsonReaderTest, NodesAreBounded) {
  const auto list = [](int items) {
    std::string text = "[0";
    for (int i = 1; i < items; ++i) text += ",0";
    return text + "]";
  };
  EXPECT_TRUE(ParseJson(list(limits::kJsonNodes - 1)).ok());
  EXPECT_EQ(CodeOf(list(limits::kJsonNodes)), absl::StatusCode::kResourceExhausted);
}

TEST(JsonReaderTest, BytesAreBounded) {
  const auto text = [](std::size_t size) { return "\"" + std::string(size - 2, 'x') + "\""; };
  EXPECT_TRUE(ParseJson(text(limits::kProviderBodyBytes)).ok());
  EXPECT_EQ(CodeOf(text(limits::kProviderBodyBytes + 1)), absl::StatusCode::kResourceExhausted);
}

TEST(JsonReaderTest, ErrorsDoNotQuoteTheText) {
  EXPECT_EQ(ParseJson("{\"key\":\"very-secret\" oops").status().ToString().find("secret"), std::string::npos);
}

TEST(JsonValueTest, WritingIsTheInverseOfReading) {
  for (const std::string_view text : {"null", "true", "-0.50", R"("a\"\\\b\f\n\r\tb\u0001ä上😀")", "[]", "{}",
                                      R"({"a":[1,{"b":null}],"c":"d"})"}) {
    EXPECT_EQ(Parse(text).Write(), text);
  }
}

TEST(JsonValueTest, InvalidUtf8IsReplacedInWriting) {
  EXPECT_EQ(JsonValue::OfString("a\xff"
                                "b\xe4\xb8")
                .Write(),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonValueTest, KnowsTheGrammarOfNumbers) {
  for (const std::string_view good : {"0", "-0", "10", "0.5", "1e5", "1E-5", "-1.25e+10"})
    EXPECT_TRUE(IsJsonNumber(good)) << good;
  for (const std::string_view bad : {"", "-", "01", "1.", ".1", "1e", "+1", "1 ", "0x1", "1e+", "--1"}) {
    EXPECT_FALSE(IsJsonNumber(bad)) << bad;
  }
}

}  // namespace
}  // namespace zoetrope
