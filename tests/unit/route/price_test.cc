#include "server/route/price.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

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

constexpr char kToday[] = "2026-11-20";

std::optional<Money> AmountOf(const Generation& generation, const Offering& offering) {
  const std::optional<Price> price = PriceOf({generation, offering, kToday});
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
  EXPECT_FALSE(PriceOf({Effective(), With({}), kToday}));
  PriceRow row = Row("0.10");
  row.resolution = "1080p";
  EXPECT_FALSE(PriceOf({Effective(), With({row}), kToday}));
  row = Row("0.10");
  row.audio = false;
  EXPECT_FALSE(PriceOf({Effective(), With({row}), kToday}));
  row = Row("0.10");
  row.duration_ms = 8000;
  EXPECT_FALSE(PriceOf({Effective(), With({row}), kToday}));
}

TEST(PriceOf, APriceByLengthNeedsOne) {
  Generation remix = Effective(4000);
  const Offering by_length = With({Row("0.10")});
  const Offering bounded = With({Row("2", PriceUnit::kVideo), Row("0.10")});
  EXPECT_EQ(AmountOf(remix, by_length), Dollars("0.40"));
  EXPECT_EQ(AmountOf(remix, bounded), Dollars("0.40"));
  remix.duration_ms.reset();
  EXPECT_FALSE(PriceOf({remix, by_length, kToday}));
  EXPECT_EQ(AmountOf(remix, bounded), Dollars("2"));
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
  const std::optional<Price> price = PriceOf({generation, offering, kToday});
  EXPECT_EQ(price->row, &offering.prices[3]);
}

TEST(PriceOf, SaysWhenItIsAnEstimate) {
  PriceRow row = Row("0.10");
  EXPECT_FALSE(PriceOf({Effective(), With({row}), kToday})->estimate);
  row.estimate = true;
  EXPECT_TRUE(PriceOf({Effective(), With({row}), kToday})->estimate);
}

TEST(PriceOf, IsUnknownWhereItDoesNotFit) {
  PriceRow row = Row("1");
  row.amount = Money::FromNanos(std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(PriceOf({Effective(2000), With({row}), kToday}));
  EXPECT_FALSE(PriceOf({Effective(1000, 2), With({row}), kToday}));
  EXPECT_TRUE(PriceOf({Effective(1000), With({row}), kToday}));
}

TEST(PriceOf, NeedsALengthForAPricePerSecond) {
  Generation generation = Effective();
  generation.duration_ms.reset();
  EXPECT_FALSE(PriceOf({generation, With({Row("0.10")}), kToday}));
  EXPECT_TRUE(PriceOf({generation, With({Row("0.10", PriceUnit::kVideo)}), kToday}));
}

TEST(PriceOfVideos, CountsWhatWasMade) {
  const Offering offering = With({Row("0.10")});
  const Generation generation = Effective(4000, 4);
  EXPECT_EQ(PriceOfVideos({generation, offering, kToday}, 0), Money());
  EXPECT_EQ(PriceOfVideos({generation, offering, kToday}, 1), Dollars("0.40"));
  EXPECT_EQ(PriceOfVideos({generation, offering, kToday}, 4), AmountOf(generation, offering));
  EXPECT_EQ(PriceOfVideos({generation, With({}), kToday}, 1), std::nullopt);
  EXPECT_EQ(PriceOfVideos({generation, offering, kToday}, -1), std::nullopt);
}

// 1280 × 720 × 24 / 1024 = 21600 tokens a second; at 14 dollars a million 0.3024 a second.
TEST(PriceOf, CountsTokens) {
  PriceRow row = Row("14", PriceUnit::kMillionTokens);
  row.tokens = {1280, 720, 24};
  EXPECT_EQ(AmountOf(Effective(5000), With({row})), Dollars("1.512"));
  EXPECT_EQ(AmountOf(Effective(8000, 2), With({row})), Dollars("4.8384"));
  // 864 × 496 × 24 / 1024 = 10044 tokens a second.
  row.tokens = {864, 496, 24};
  EXPECT_EQ(AmountOf(Effective(1000), With({row})), Dollars("0.140616"));
  // One token of a thousandth of a second: rounded up to a billionth.
  row.tokens = {1, 1, 1};
  EXPECT_EQ(AmountOf(Effective(1), With({row})), Money::FromNanos(1));
  // The largest that a file can say, for the longest video.
  row = Row("1000", PriceUnit::kMillionTokens);
  row.tokens = {16384, 16384, 240};
  EXPECT_EQ(AmountOf(Effective(60'000), With({row})), Dollars("3774873.6"));
  EXPECT_EQ(AmountOf(Effective(60'001), With({row})), std::nullopt);
}

TEST(PriceOf, Multiplies) {
  PriceRow row = Row("0.07");
  row.multiplier_millionths = 2'200'000;
  EXPECT_EQ(AmountOf(Effective(5000), With({row})), Dollars("0.77"));
  row.multiplier_millionths = 250'000;
  EXPECT_EQ(AmountOf(Effective(1000), With({row})), Dollars("0.0175"));
  row.multiplier_millionths = 333'333;
  EXPECT_EQ(AmountOf(Effective(1000), With({row})), Dollars("0.02333331"));
}

TEST(PriceOf, KeepsTheMinimumOfEachVideo) {
  PriceRow row = Row("0.10");
  row.minimum = Dollars("0.50");
  EXPECT_EQ(AmountOf(Effective(4000), With({row})), Dollars("0.50"));
  EXPECT_EQ(AmountOf(Effective(4000, 3), With({row})), Dollars("1.50"));
  EXPECT_EQ(AmountOf(Effective(6000), With({row})), Dollars("0.60"));
}

TEST(PriceOf, AddsWhatInputsCost) {
  Offering offering = With({Row("0.10")});
  offering.surcharges = {{SurchargeUnit::kInputImage, Dollars("0.04"), 2, 0, "", "", ""}};
  Generation generation = Effective(5000);
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.50"));
  generation.first_frame = Image{"https://img.example/a.png"};
  generation.last_frame = generation.first_frame;
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.50")) << "two come without";
  generation.reference_images = {*generation.first_frame, *generation.first_frame};
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.58"));
  generation.count = 2;
  EXPECT_EQ(AmountOf(generation, offering), Dollars("1.16"));
  offering.surcharges[0].resolution = "1080p";
  EXPECT_EQ(AmountOf(generation, offering), Dollars("1.00")) << "of another resolution";
}

TEST(PriceOf, BoundsVideosThatItCannotMeasure) {
  Offering offering = With({Row("0.10")});
  offering.surcharges = {{SurchargeUnit::kInputVideoSecond, Dollars("0.13"), 0, 15, "", "", ""}};
  Generation generation = Effective(5000);
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.50"));
  EXPECT_FALSE(PriceOf({generation, offering, kToday})->estimate);
  generation.reference_video_urls = {"https://v.example/a.mp4", "https://v.example/b.mp4"};
  EXPECT_EQ(AmountOf(generation, offering), Dollars("2.45"));
  EXPECT_TRUE(PriceOf({generation, offering, kToday})->estimate);
}

TEST(PriceOf, TakesAPromotionOnItsDays) {
  PriceRow promotion = Row("0.05");
  promotion.valid_from_date = "2026-11-20";
  promotion.valid_until_date = "2026-11-30";
  const Offering offering = With({Row("0.10"), promotion});
  const Generation generation = Effective(1000);
  const std::pair<const char*, const char*> days[] = {
      {"2026-11-19", "0.10"}, {"2026-11-20", "0.05"}, {"2026-11-30", "0.05"}, {"2026-12-01", "0.10"}};
  for (const auto& [day, expected] : days) {
    EXPECT_EQ(PriceOf({generation, offering, day})->amount, Dollars(expected)) << day;
  }
  PriceRow ended = Row("0.05");
  ended.valid_until_date = "2026-11-19";
  EXPECT_FALSE(PriceOf({generation, With({ended}), kToday}));
}

TEST(PriceOf, KnowsSwitchesAndVideos) {
  PriceRow draft = Row("0.025");
  draft.extra_on = "draft";
  PriceRow with_video = Row("0.20");
  with_video.video_input = true;
  Offering offering = With({Row("0.10"), draft, with_video});
  offering.extras = {{"draft", "draft", ParameterType::kBool, "", false, ParameterValue(false), {}, {}, {}}};
  Generation generation = Effective(1000);
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.10"));
  generation.extras = {{"draft", true}};
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.025"));
  generation.extras = {{"draft", false}};
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.10"));
  generation.reference_video_urls = {"https://v.example/a.mp4"};
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.20"));
  generation.reference_video_urls.clear();
  generation.extras.clear();
  offering.extras[0].default_value = ParameterValue(true);
  EXPECT_EQ(AmountOf(generation, offering), Dollars("0.025")) << "what is sent counts";
}

// --- What a price is made of ---

Money SumOf(const std::vector<PriceLine>& lines) {
  Money sum;
  for (const PriceLine& line : lines) sum = *Add(sum, line.amount);
  return sum;
}

TEST(BreakdownOf, NamesEveryPartAndAddsUp) {
  Offering offering = With({Row("0.10")});
  offering.prices[0].multiplier_millionths = 800'000;
  offering.prices[0].valid_until_date = "2026-12-01";
  Surcharge picture;
  picture.amount = Dollars("0.05");
  offering.surcharges = {picture};
  Generation wish = Effective(8'000, 2);
  wish.first_frame = Image{std::string("https://a.example/p.png"), ImageFit::kExact};
  wish.last_frame = wish.first_frame;
  const PriceTerms terms{.factor_millionths = 900'000, .agreed = {}};
  const PriceQuestion question{wish, offering, kToday, &terms};
  EXPECT_THAT(
      BreakdownOf(question),
      ::testing::ElementsAre(PriceLine{"2 videos: 8 s at 0.10 USD a second", Dollars("1.60")},
                             PriceLine{"times 0.80 until 2026-12-01", Money::FromNanos(-320'000'000)},
                             PriceLine{"2 videos: 2 input pictures at 0.05 USD each", Dollars("0.20")},
                             PriceLine{"times 0.90, this account's terms", Money::FromNanos(-148'000'000)}));
  EXPECT_EQ(SumOf(BreakdownOf(question)), PriceOf(question)->amount);
}

TEST(BreakdownOf, SaysWhatWasAgreedAndWhatIsTheLeast) {
  Offering offering = With({Row("0.10")});
  offering.id = "m@p";
  offering.prices[0].minimum = Dollars("1");
  EXPECT_THAT(BreakdownOf({Effective(), offering, kToday}),
              ::testing::ElementsAre(PriceLine{"4 s at 0.10 USD a second", Dollars("0.40")},
                                     PriceLine{"at least 1.00 USD a video", Dollars("0.60")}));
  PriceTerms terms;
  terms.agreed["m@p"] = Row("0.30", PriceUnit::kVideo);
  EXPECT_THAT(
      BreakdownOf({Effective(), offering, kToday, &terms}),
      ::testing::ElementsAre(PriceLine{"a video at 0.30 USD, as agreed for this account", Dollars("0.30")}));
  EXPECT_THAT(BreakdownOf({Effective(), With({}), kToday}), ::testing::IsEmpty());
}

TEST(UnpricedPart, NamesWhatNoRowIsFor) {
  PriceRow row = Row("0.10");
  row.resolution = "1080p";
  EXPECT_EQ(UnpricedPart({Effective(), With({row}), kToday}), "a resolution of 720p");
  row = Row("0.40", PriceUnit::kVideo);
  row.duration_ms = 8'000;
  EXPECT_EQ(UnpricedPart({Effective(), With({row}), kToday}), "a length of 4 s");
  row = Row("0.10");
  row.audio = false;
  EXPECT_EQ(UnpricedPart({Effective(), With({row}), kToday}), "a video with sound");
  row = Row("0.10");
  row.video_input = true;
  EXPECT_EQ(UnpricedPart({Effective(), With({row}), kToday}), "a video without reference videos");
  EXPECT_EQ(UnpricedPart({Effective(), With({}), kToday}), "");
}

TEST(ReportedAmount, ReadsAmountsAndUnits) {
  Offering offering;
  EXPECT_EQ(ReportedAmount({}, offering, {}), std::nullopt);
  EXPECT_EQ(ReportedAmount({Dollars("0.8"), ""}, offering, {}), Dollars("0.8"));
  EXPECT_EQ(ReportedAmount({Money(), ""}, offering, {}), Money());
  EXPECT_EQ(ReportedAmount({Money::FromNanos(-1), ""}, offering, {}), std::nullopt);
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering, {}), std::nullopt) << "no price for its units";
  offering.unit_price_of_report = Dollars("0.10");
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering, {}), Dollars("0.80"));
  EXPECT_EQ(ReportedAmount({std::nullopt, "8.0"}, offering, {}), Dollars("0.80"));
  EXPECT_EQ(ReportedAmount({std::nullopt, "0"}, offering, {}), Money());
  EXPECT_EQ(ReportedAmount({Dollars("0.9"), "8"}, offering, {}), Dollars("0.9"))
      << "the amount itself counts";
  for (const char* const bad : {"", "-1", "8 s", "eight", "NaN", "1e99"}) {
    EXPECT_EQ(ReportedAmount({std::nullopt, bad}, offering, {}), std::nullopt) << bad;
  }
}

std::optional<Money> AmountUnder(const PriceTerms& terms, const Generation& generation,
                                 const Offering& offering) {
  const std::optional<Price> price = PriceOf({generation, offering, kToday, &terms});
  return price ? std::optional<Money>(price->amount) : std::nullopt;
}

TEST(PriceTermsTest, AFactorIsOfEachVideoRoundedUp) {
  const Offering offering = With({Row("0.10")});
  EXPECT_EQ(AmountUnder({}, Effective(), offering), Dollars("0.40"));
  EXPECT_EQ(AmountUnder({.factor_millionths = 850'000}, Effective(4000, 3), offering), Dollars("1.02"));
  EXPECT_EQ(AmountUnder({.factor_millionths = 0}, Effective(), offering), Money());
  EXPECT_EQ(AmountUnder({.factor_millionths = 333'333}, Effective(1000), With({Row("0.000000001")})),
            Money::FromNanos(1));
  EXPECT_EQ(AmountUnder({.factor_millionths = 850'000}, Effective(), With({})), std::nullopt);
}

TEST(PriceTermsTest, AnAgreedPriceStandsForAllOfTheCatalogues) {
  Offering offering = With({Row("0.10")});
  offering.id = "mine@fal";
  offering.surcharges = {{.amount = Dollars("5")}};
  Generation generation = Effective(4000, 2);
  generation.first_frame = Image{"https://img.example/boat.png"};
  PriceTerms terms{.factor_millionths = 500'000};
  terms.agreed["mine@fal"] = Row("0.03");
  EXPECT_EQ(AmountUnder(terms, generation, offering), Dollars("0.24"));
  terms.agreed["mine@fal"] = Row("0.50", PriceUnit::kVideo);
  EXPECT_EQ(AmountUnder(terms, generation, offering), Dollars("1.00"));
  // Also where the provider publishes none; and another offering is none of its business.
  offering.prices.clear();
  EXPECT_EQ(AmountUnder(terms, generation, offering), Dollars("1.00"));
  offering.id = "other@fal";
  EXPECT_EQ(AmountUnder(terms, generation, offering), std::nullopt);
}

TEST(PriceTermsTest, UnitsAreBilledAtTheAccountsPart) {
  Offering offering;
  offering.id = "mine@fal";
  offering.unit_price_of_report = Dollars("0.10");
  PriceTerms terms{.factor_millionths = 850'000};
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering, {}), Dollars("0.80"));
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering, terms), Dollars("0.68"));
  EXPECT_EQ(ReportedAmount({Dollars("0.80"), ""}, offering, terms), Dollars("0.80")) << "an amount is one";
  terms.agreed["mine@fal"] = Row("0.50", PriceUnit::kVideo);
  EXPECT_EQ(ReportedAmount({std::nullopt, "8"}, offering, terms), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
