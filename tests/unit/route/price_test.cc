#include "server/route/price.h"

#include <gtest/gtest.h>

#include <limits>

namespace zoetrope {
namespace {

Money Dollars(const char* text) { return *ParseMoney(text); }

PriceRow Row(const char* amount, PriceUnit unit = PriceUnit::kSecond) {
  PriceRow row;
  row.unit = unit;
  row.amount = Dollars(amount);
  return row;
}

Generation Effective(std::int64_t duration_ms = 4000, int count = 1) {
  Generation generation;
  generation.duration_ms = duration_ms;
  generation.resolution = "720p";
  generation.aspect_ratio = "16:9";
  generation.audio = true;
  generation.count = count;
  return generation;
}

Offering With(std::vector<PriceRow> rows) {
  Offering offering;
  offering.prices = std::move(rows);
  return offering;
}

std::optional<Money> AmountOf(const Generation& generation, const Offering& offering) {
  const std::optional<Price> price = PriceOf(generation, offering);
  return price ? std::optional<Money>(price->amount) : std::nullopt;
}

TEST(PriceOf, MultipliesSecondsAndVideos) {
  struct Case {
    const char* amount;
    PriceUnit unit;
    std::int64_t duration_ms;
    int count;
    const char* expected;
  };
  const Case cases[] = {
      {"0.10", PriceUnit::kSecond, 4000, 1, "0.40"},
      {"0.10", PriceUnit::kSecond, 8000, 1, "0.80"},
      {"0.10", PriceUnit::kSecond, 12000, 1, "1.20"},
      {"0.10", PriceUnit::kSecond, 20000, 4, "8.00"},
      {"0.052", PriceUnit::kSecond, 5000, 1, "0.26"},
      {"0.0121", PriceUnit::kSecond, 5000, 1, "0.0605"},
      {"0.40", PriceUnit::kVideo, 12000, 1, "0.40"},
      {"0.40", PriceUnit::kVideo, 12000, 3, "1.20"},
      {"0.10", PriceUnit::kSecond, 1500, 2, "0.30"},
      {"0.000000001", PriceUnit::kSecond, 1001, 1, "0.000000002"},
      {"0.000000001", PriceUnit::kSecond, 1001, 3, "0.000000006"},
  };
  for (const Case& c : cases) {
    const Offering offering = With({Row(c.amount, c.unit)});
    EXPECT_EQ(AmountOf(Effective(c.duration_ms, c.count), offering), Dollars(c.expected))
        << c.amount << " " << c.duration_ms;
  }
}

TEST(PriceOf, IsUnknownWithoutARowThatHolds) {
  EXPECT_FALSE(PriceOf(Effective(), With({})));
  PriceRow row = Row("0.10");
  row.resolution = "1080p";
  EXPECT_FALSE(PriceOf(Effective(), With({row})));
  row = Row("0.10");
  row.audio = false;
  EXPECT_FALSE(PriceOf(Effective(), With({row})));
  row = Row("0.10");
  row.duration_ms = 8000;
  EXPECT_FALSE(PriceOf(Effective(), With({row})));
}

TEST(PriceOf, TakesTheMostSpecificRow) {
  std::vector<PriceRow> rows = {Row("1"), Row("2"), Row("3"), Row("4")};
  rows[1].resolution = "720p";
  rows[2].resolution = "720p";
  rows[2].audio = true;
  rows[3].resolution = "720p";
  rows[3].audio = true;
  rows[3].duration_ms = 8000;
  const Offering offering = With(rows);
  Generation generation = Effective(1000);
  EXPECT_EQ(AmountOf(generation, offering), Dollars("3"));
  generation.audio = false;
  EXPECT_EQ(AmountOf(generation, offering), Dollars("2"));
  generation.resolution = "480p";
  EXPECT_EQ(AmountOf(generation, offering), Dollars("1"));
  generation = Effective(8000);
  EXPECT_EQ(AmountOf(generation, offering), Dollars("32"));
  const std::optional<Price> price = PriceOf(generation, offering);
  EXPECT_EQ(price->row, &offering.prices[3]);
}

TEST(PriceOf, SaysWhenItIsAnEstimate) {
  PriceRow row = Row("0.10");
  EXPECT_FALSE(PriceOf(Effective(), With({row}))->estimate);
  row.estimate = true;
  EXPECT_TRUE(PriceOf(Effective(), With({row}))->estimate);
}

TEST(PriceOf, IsUnknownWhereItDoesNotFit) {
  PriceRow row = Row("1");
  row.amount = Money::FromNanos(std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(PriceOf(Effective(2000), With({row})));
  EXPECT_FALSE(PriceOf(Effective(1000, 2), With({row})));
  EXPECT_TRUE(PriceOf(Effective(1000), With({row})));
}

TEST(PriceOf, NeedsALengthForAPricePerSecond) {
  Generation generation = Effective();
  generation.duration_ms.reset();
  EXPECT_FALSE(PriceOf(generation, With({Row("0.10")})));
  EXPECT_TRUE(PriceOf(generation, With({Row("0.10", PriceUnit::kVideo)})));
}

TEST(PriceOfVideos, CountsWhatWasMade) {
  const Offering offering = With({Row("0.10")});
  const Generation generation = Effective(4000, 4);
  EXPECT_EQ(PriceOfVideos(generation, offering, 0), Money());
  EXPECT_EQ(PriceOfVideos(generation, offering, 1), Dollars("0.40"));
  EXPECT_EQ(PriceOfVideos(generation, offering, 4), AmountOf(generation, offering));
  EXPECT_EQ(PriceOfVideos(generation, With({}), 1), std::nullopt);
  EXPECT_EQ(PriceOfVideos(generation, offering, -1), std::nullopt);
}

TEST(ReportedAmount, ReadsAmountsAndUnits) {
  Offering offering;
  EXPECT_EQ(ReportedAmount({}, offering), std::nullopt);
  EXPECT_EQ(ReportedAmount({Dollars("0.8"), ""}, offering), Dollars("0.8"));
  EXPECT_EQ(ReportedAmount({Money(), ""}, offering), Money());
  EXPECT_EQ(ReportedAmount({Money::FromNanos(-1), ""}, offering), std::nullopt);
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering), std::nullopt) << "no price for its units";
  offering.unit_price_of_report = Dollars("0.10");
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering), Dollars("0.80"));
  EXPECT_EQ(ReportedAmount({std::nullopt, "8.0"}, offering), Dollars("0.80"));
  EXPECT_EQ(ReportedAmount({std::nullopt, "0"}, offering), Money());
  EXPECT_EQ(ReportedAmount({Dollars("0.9"), "8"}, offering), Dollars("0.9")) << "the amount itself counts";
  for (const char* const bad : {"", "-1", "8 s", "eight", "NaN", "1e99"}) {
    EXPECT_EQ(ReportedAmount({std::nullopt, bad}, offering), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace zoetrope
