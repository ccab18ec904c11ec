#include "server/api/page_token.h"

#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/support/seeded_random.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {
namespace {

const PageTokens& Tokens() {
  static const PageTokens* const tokens = new PageTokens("key");
  return *tokens;
}

TEST(PageTokenTest, ComesBackAndIsUrlSafe) {
  for (const std::string cursor : {"a", "01890a5d-ac96-774b-bcce-b302099a8057", "\xff\xfe\n"}) {
    const std::string token = Tokens().Make("call", cursor);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_EQ(*Tokens().Read("call", token), cursor);
  }
  EXPECT_EQ(*Tokens().Read("call", ""), "");
}

TEST(PageTokenTest, BelongsToItsCallAndItsKey) {
  const std::string token = Tokens().Make("call", "cursor");
  EXPECT_EQ(ReasonOf(Tokens().Read("other", token).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  EXPECT_EQ(ReasonOf(PageTokens("other").Read("call", token).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  EXPECT_NE(Tokens().Make("ab", "c"), Tokens().Make("a", "bc"));
}

TEST(PageTokenTest, NothingElseIsAToken) {
  testing::SeededRandom random(3);
  for (int i = 0; i < 2'000; ++i) {
    std::string text(random.Below(80) + 1, ' ');
    for (char& c : text) c = static_cast<char>(random.Below(256));
    EXPECT_EQ(ReasonOf(Tokens().Read("call", text).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  }
  EXPECT_FALSE(Tokens().Read("call", std::string(100'000, 'A')).ok());
}

TEST(PageTokenTest, AChangedTokenIsNone) {
  const std::string token = Tokens().Make("call", "01890a5d-ac96-774b-bcce-b302099a8057");
  for (std::size_t i = 0; i < token.size(); ++i) {
    // In the last character, some of the bits stand for nothing.
    for (const char c : {'A', 'B', 'g', 'h'}) {
      if (token[i] == c) continue;
      std::string changed = token;
      changed[i] = c;
      EXPECT_FALSE(Tokens().Read("call", changed).ok()) << i;
    }
  }
}

TEST(PageTokenTest, ATokenHasOneSpelling) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const std::string cursor : {"a", "ab", "abc"}) {
    const std::string token = Tokens().Make("call", cursor);
    for (const std::string& other : {token + "=", token + "==", token + "\n", " " + token, token + "A"}) {
      EXPECT_FALSE(Tokens().Read("call", other).ok()) << other;
    }
    int taken = 0;
    for (const char last : kDigits) {
      taken += Tokens().Read("call", token.substr(0, token.size() - 1) + last).ok() ? 1 : 0;
    }
    EXPECT_EQ(taken, 1);
  }
}

TEST(PageTokenTest, ABindingDoesNotDependOnTheOrderOfLabels) {
  v1::ListJobsRequest one;
  v1::ListJobsRequest two;
  for (int i = 0; i < 16; ++i) (*one.mutable_labels())["k" + std::to_string(i)] = "v";
  for (int i = 15; i >= 0; --i) (*two.mutable_labels())["k" + std::to_string(i)] = "v";
  EXPECT_EQ(BindingOf("t", one), BindingOf("t", two));
  EXPECT_NE(BindingOf("t", one), BindingOf("u", one));
  two.set_model("m");
  EXPECT_NE(BindingOf("t", one), BindingOf("t", two));
  EXPECT_NE(BindingOf("t", v1::ListJobsRequest()), BindingOf("t", v1::ListModelsRequest()));
}

}  // namespace
}  // namespace zoetrope
