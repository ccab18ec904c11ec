#include "server/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace zoetrope {
namespace {

TEST(CountCodePoints, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCodePoints(""), 0u);
  EXPECT_EQ(CountCodePoints("abc"), 3u);
  EXPECT_EQ(CountCodePoints("ünïcode"), 7u);
  EXPECT_EQ(CountCodePoints("漢字"), 2u);
  EXPECT_EQ(CountCodePoints("🎬🎬"), 2u);
  EXPECT_EQ(CountCodePoints(std::string_view("a\0b", 3)), 3u);
  EXPECT_EQ(CountCodePoints("\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80"), 4u);
}

TEST(CodePointOf, ReadsEachLength) {
  EXPECT_EQ(CodePointOf("a"), U'a');
  EXPECT_EQ(CodePointOf("\xc2\x9b"), char32_t{0x9b});
  EXPECT_EQ(CodePointOf("\xe2\x80\xae"), char32_t{0x202e});
  EXPECT_EQ(CodePointOf("\xf0\x9f\x8e\xac"), U'\U0001F3AC');
  EXPECT_EQ(CodePointOf("\xf4\x8f\xbf\xbf"), char32_t{0x10ffff});
}

TEST(CountCodePoints, RefusesWhatIsNoUtf8) {
  for (const char* const bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xfe", "ok\x80", "\xe6\xbc", "\xf0\x9f\x8e\x41"}) {
    EXPECT_EQ(CountCodePoints(bad), std::nullopt) << ::testing::PrintToString(std::string(bad));
  }
}

TEST(CountCodePoints, TakesEveryCodePointAndNothingElse) {
  std::size_t good = 0;
  for (unsigned code = 0; code <= 0x110000; ++code) {
    std::string text;
    if (code < 0x80) {
      text = {static_cast<char>(code)};
    } else if (code < 0x800) {
      text = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
    } else if (code < 0x10000) {
      text = {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
              static_cast<char>(0x80 | (code & 0x3f))};
    } else {
      text = {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3f)),
              static_cast<char>(0x80 | (code >> 6 & 0x3f)), static_cast<char>(0x80 | (code & 0x3f))};
    }
    const bool valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    ASSERT_EQ(CountCodePoints(text).has_value(), valid) << std::hex << code;
    good += valid ? 1 : 0;
  }
  EXPECT_EQ(good, 1'112'064u);
}

}  // namespace
}  // namespace zoetrope
