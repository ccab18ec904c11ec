#include "server/api/sealed_text.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

const SealedTexts& Texts() {
  static const SealedTexts* const texts = new SealedTexts(Secret("key"), 64);
  return *texts;
}

TEST(SealedTextTest, OpensForWhatItWasSealedForAlone) {
  const std::string sealed = Texts().Seal("call", "cursor");
  EXPECT_EQ(Texts().Open("call", sealed), "cursor");
  EXPECT_EQ(Texts().Open("other", sealed), std::nullopt);
  EXPECT_EQ(SealedTexts(Secret("other"), 64).Open("call", sealed), std::nullopt);
  EXPECT_EQ(Texts().Open("call", ""), std::nullopt);
  // No end of the binding can pass for a beginning of the text.
  EXPECT_EQ(Texts().Open("cal", Texts().Seal("call", "cursor")), std::nullopt);
}

TEST(SealedTextTest, WhatIsTooLongIsNotOpened) {
  const std::string longest = Texts().Seal("call", std::string(32, 'x'));
  ASSERT_EQ(longest.size(), 64u);
  EXPECT_TRUE(Texts().Open("call", longest));
  EXPECT_EQ(Texts().Open("call", Texts().Seal("call", std::string(33, 'x'))), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
