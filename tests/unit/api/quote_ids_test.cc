#include "server/api/quote_ids.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/crypto.h"
#include "server/base/error.h"

namespace zoetrope {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

PriceQuote SomeQuote() {
  return {.shape = Sha256Hex("shape"),
          .time = kNow,
          .expire_time = kNow + absl::Minutes(15),
          .prices = {{"fal", "sora-2/image-to-video@fal", Money::FromNanos(800'000'000)},
                     {"runware", "sora-2@runware", Money::FromNanos(1)}}};
}

class QuoteIdsTest : public ::testing::Test {
 protected:
  v1::ErrorReason ReasonFor(std::string_view tenant, std::string_view id, absl::Time now = kNow) const {
    return ReasonOf(ids_.Read(tenant, id, now).status());
  }

  const QuoteIds ids_{Secret("a key of the operator")};
};

TEST_F(QuoteIdsTest, SayWhatWasPromised) {
  const absl::StatusOr<PriceQuote> read = ids_.Read("team", ids_.Make("team", SomeQuote()), kNow);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, SomeQuote());
  // Another process with the same key.
  EXPECT_TRUE(
      QuoteIds(Secret("a key of the operator")).Read("team", ids_.Make("team", SomeQuote()), kNow).ok());
}

TEST_F(QuoteIdsTest, AreGoodUntilTheirTimeIsOver) {
  const std::string id = ids_.Make("team", SomeQuote());
  EXPECT_TRUE(ids_.Read("team", id, SomeQuote().expire_time - absl::Milliseconds(1)).ok());
  const absl::Status over = ids_.Read("team", id, SomeQuote().expire_time).status();
  EXPECT_EQ(ReasonOf(over), v1::ERROR_REASON_QUOTE_EXPIRED);
  EXPECT_EQ(over.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(over.message().find("2027-01-15T08:15:00+00:00"), absl::string_view::npos) << over;
}

TEST_F(QuoteIdsTest, AreNobodyElses) {
  const std::string id = ids_.Make("team", SomeQuote());
  EXPECT_EQ(ReasonFor("other", id), v1::ERROR_REASON_QUOTE_INVALID);
  EXPECT_EQ(ReasonFor("team", "made up"), v1::ERROR_REASON_QUOTE_INVALID);
  EXPECT_EQ(ReasonFor("team", ""), v1::ERROR_REASON_QUOTE_INVALID);
  EXPECT_EQ(ReasonOf(QuoteIds(Secret("another key")).Read("team", id, kNow).status()),
            v1::ERROR_REASON_QUOTE_INVALID);
  for (std::size_t i = 0; i < id.size(); ++i) {
    std::string changed = id;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ids_.Read("team", changed, kNow).ok()) << i;
  }
}

TEST_F(QuoteIdsTest, TheFullestFitsAndWhatDoesNotIsNone) {
  PriceQuote quote = SomeQuote();
  quote.prices.clear();
  for (std::size_t i = 0; i < kQuotedPricesMax; ++i) {
    quote.prices.push_back({absl::StrCat("wavespeed-", i),
                            absl::StrCat("kling-2.6-pro/text-to-video@wavespeed-", i),
                            Money::FromNanos(1'000'000'000)});
  }
  const std::string id = ids_.Make("team", quote);
  EXPECT_FALSE(id.empty());
  EXPECT_LE(id.size(), limits::kQuoteIdChars);
  for (std::size_t i = 0; i < quote.prices.size(); ++i) {
    quote.prices[i].offering += std::string(100, 'x');
    quote.prices[i].price = Money::FromNanos(static_cast<std::int64_t>(1'000 - i));
  }
  const std::string part = ids_.Make("team", quote);
  EXPECT_LE(part.size(), limits::kQuoteIdChars);
  const absl::StatusOr<PriceQuote> read = ids_.Read("team", part, kNow);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_LT(read->prices.size(), quote.prices.size());
  ASSERT_FALSE(read->prices.empty());
  // The dearest, which stood first, have gone.
  EXPECT_EQ(read->prices.back(), quote.prices.back());
  EXPECT_EQ(read->prices.front(), quote.prices[quote.prices.size() - read->prices.size()]);
  quote.prices.resize(1);
  quote.prices[0].offering = std::string(2'000, 'x');
  EXPECT_EQ(ids_.Make("team", quote), "");
}

}  // namespace
}  // namespace zoetrope
