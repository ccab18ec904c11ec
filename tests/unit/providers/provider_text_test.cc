#include "server/providers/provider_text.h"

#include <gtest/gtest.h>

#include <string>

#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/providers/json_value.h"

namespace zoetrope {
namespace {

TEST(PrintableMessageTest, LeavesPlainTextAlone) {
  EXPECT_EQ(PrintableMessage("Invalid duration: must be 4, 8, or 12 seconds"),
            "Invalid duration: must be 4, 8, or 12 seconds");
  EXPECT_EQ(PrintableMessage("höher 上 😀"), "höher 上 😀");
  EXPECT_EQ(PrintableMessage(""), "");
}

TEST(PrintableMessageTest, FoldsBlanksAndControls) {
  EXPECT_EQ(PrintableMessage("  a\r\n\tb\x1b[31mc\x7f  "), "a b [31mc");
  EXPECT_EQ(PrintableMessage(std::string_view("a\0b", 3)), "a b");
  EXPECT_EQ(PrintableMessage("a\xC2\x85"
                             "b\xE2\x80\xA8"
                             "c\xE2\x80\xAE"
                             "d\xE2\x81\xA6"
                             "e"),
            "a b c d e");
}

TEST(PrintableMessageTest, ReplacesInvalidUtf8) {
  EXPECT_EQ(PrintableMessage("a\xff"
                             "b"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(PrintableMessageTest, IsBoundedInCodePoints) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "ä ";
  EXPECT_EQ(CountCodePoints(PrintableMessage(text)).value_or(0), limits::kProviderMessageChars);
  EXPECT_EQ(CountCodePoints(PrintableCode(text)).value_or(0), limits::kProviderCodeChars);
  EXPECT_LE(PrintableMessage(std::string(10'000'000, 'x')).size(), limits::kProviderMessageChars);
}

TEST(PrintableMessageTest, RemovesWhatLooksLikeAKey) {
  EXPECT_EQ(PrintableMessage("bad key rpa_0123456789ABCDEFGHIJKLMNOPQRSTUV, sorry"),
            "bad key [removed], sorry");
  EXPECT_EQ(PrintableMessage("Key 0f2c9a1e-11aa-4b2b-8f00-aaaaaaaaaaaa:0123456789abcdef0123456789abcdef"),
            "Key [removed]:[removed]");
  EXPECT_EQ(PrintableMessage("sk-proj-0123456789_abcdefghijklmnop"), "[removed]");
  // Words, however long, and numbers are none.
  EXPECT_EQ(PrintableMessage("downstream_service_unavailable_for_now"),
            "downstream_service_unavailable_for_now");
  EXPECT_EQ(PrintableMessage("123456789012345678901234567890"), "123456789012345678901234567890");
  EXPECT_EQ(PrintableMessage("model sora-2-2025-12-08 is gone"), "model sora-2-2025-12-08 is gone");
}

TEST(PrintableMessageTest, AKeyAtTheCapIsNotCutIntoView) {
  const std::string key = "zk0123456789abcdef0123456789abcdef0123456789";
  const std::string text = PrintableMessage(std::string(limits::kProviderMessageChars - 10, '.') + key);
  EXPECT_EQ(text.find("zk01"), std::string::npos);
  // Nor at the end of what is read at all.
  const std::string far = PrintableMessage(std::string(16 * limits::kProviderMessageChars - 20, ' ') + key);
  EXPECT_EQ(far.find("zk01"), std::string::npos);
}

TEST(ReasonFromWordsTest, ReadsWords) {
  EXPECT_EQ(ReasonFromWords("Invalid prompt: blocked by our MODERATION system"),
            FailureReason::kContentRejected);
  EXPECT_EQ(ReasonFromWords("job timed out"), FailureReason::kProviderTimeout);
  EXPECT_EQ(ReasonFromWords("Insufficient balance"), FailureReason::kProviderBalanceExhausted);
  EXPECT_EQ(ReasonFromWords("Too Many Requests"), FailureReason::kProviderRateLimited);
  EXPECT_EQ(ReasonFromWords("This model is no longer available"), FailureReason::kModelUnavailable);
  EXPECT_EQ(ReasonFromWords("field \"duration\" must be one of [5, 10, 15], got number 4"),
            FailureReason::kValidationRejected);
  EXPECT_EQ(ReasonFromWords("worker exited with code 137"), std::nullopt);
  EXPECT_EQ(ReasonFromWords(""), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
