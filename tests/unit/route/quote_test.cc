// What a quote promises, and to which request.
#include "server/route/quote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "server/base/error.h"
#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

struct Change {
  const char* what;
  std::function<void(Generation&)> make;
};

TEST(QuoteShapeTest, WhatNoPriceDependsOnMayChange) {
  const Generation priced = ImageGeneration(Sora());
  for (const Change& change : {
           Change{"prompt", [](Generation& g) { g.prompt = "Another boat"; }},
           Change{"negative prompt", [](Generation& g) { g.negative_prompt = "rain"; }},
           Change{"seed", [](Generation& g) { g.seed = 7; }},
           Change{"picture", [](Generation& g) { g.first_frame = Image{"https://img.example/kite.png"}; }},
       }) {
    Generation other = priced;
    change.make(other);
    EXPECT_EQ(ShapeOf(other), ShapeOf(priced)) << change.what;
  }
}

TEST(QuoteShapeTest, WhatAPriceCanDependOnMayNot) {
  const Generation priced = ImageGeneration(Sora());
  const Image picture{"https://img.example/boat.png"};
  for (const Change& change : {
           Change{"model", [](Generation& g) { g.model = "sora-3"; }},
           Change{"no picture", [](Generation& g) { g.first_frame.reset(); }},
           Change{"last frame", [&](Generation& g) { g.last_frame = picture; }},
           Change{"reference", [&](Generation& g) { g.reference_images = {picture}; }},
           Change{"reference video", [](Generation& g) { g.reference_video_urls = {"https://a.example"}; }},
           Change{"reference audio", [](Generation& g) { g.reference_audio_urls = {"https://a.example"}; }},
           Change{"audio track", [](Generation& g) { g.audio_track_url = "https://a.example"; }},
           Change{"source", [](Generation& g) { g.source_video = SourceVideo{}; }},
           Change{"length", [](Generation& g) { g.duration_ms = 12'000; }},
           Change{"resolution", [](Generation& g) { g.resolution = "1080p"; }},
           Change{"shape", [](Generation& g) { g.aspect_ratio = "1:1"; }},
           Change{"audio", [](Generation& g) { g.audio = !g.audio.value_or(false); }},
           Change{"frame rate", [](Generation& g) { g.frame_rate_hertz = 60; }},
           Change{"count", [](Generation& g) { g.count = 2; }},
           Change{"an extra",
                  [](Generation& g) {
                    g.extras = {{"fast", true}};
                  }},
       }) {
    Generation other = priced;
    change.make(other);
    EXPECT_NE(ShapeOf(other), ShapeOf(priced)) << change.what;
  }
}

TEST(QuoteShapeTest, ValuesOfAnotherKindAreOthers) {
  std::set<std::string> shapes;
  for (const ParameterValue& value : {ParameterValue(std::string("1")), ParameterValue(std::int64_t{1}),
                                      ParameterValue(1.0), ParameterValue(true)}) {
    Generation generation = ImageGeneration(Sora());
    generation.extras = {{"x", value}};
    shapes.insert(ShapeOf(generation));
  }
  EXPECT_EQ(shapes.size(), 4u);
}

class QuoteTest : public ::testing::Test {
 protected:
  std::optional<PriceQuote> Quote() {
    return QuoteOf(scene_.generation, Evaluate(scene_.Input()), kNow, absl::Minutes(15));
  }
  RoutingInput Under(const PriceQuote& quote) {
    RoutingInput input = scene_.Input();
    input.quote = &quote;
    return input;
  }

  Scene scene_{Sora(), ImageGeneration(Sora())};
};

TEST_F(QuoteTest, PromisesWhatCanServeAndHasAPrice) {
  scene_.routing.allowed_providers = {"fal", "runpod"};
  scene_.today = "2026-09-01";
  const std::optional<PriceQuote> quote = Quote();
  ASSERT_TRUE(quote);
  EXPECT_EQ(quote->shape, ShapeOf(scene_.generation));
  EXPECT_EQ(quote->expire_time, kNow + absl::Minutes(15));
  const absl::StatusOr<std::vector<Candidate>> candidates = Route(scene_.Input());
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  ASSERT_EQ(quote->prices.size(), candidates->size());
  for (std::size_t i = 0; i < candidates->size(); ++i) {
    EXPECT_EQ(quote->prices[i],
              (QuotedPrice{(*candidates)[i].provider, (*candidates)[i].offering, *(*candidates)[i].price}));
  }
}

TEST_F(QuoteTest, WhatIsLeftOpenIsResolvedAsItWasPriced) {
  PriceQuote quote = *Quote();
  quote.defaults = OpenFieldsOf({}, scene_.generation);
  Generation open;
  ResolveAsQuoted(quote, open);
  EXPECT_EQ(open.duration_ms, scene_.generation.duration_ms);
  EXPECT_EQ(open.resolution, scene_.generation.resolution);
  EXPECT_EQ(open.aspect_ratio, scene_.generation.aspect_ratio);
  EXPECT_EQ(open.audio, scene_.generation.audio);
  Generation wish;
  wish.duration_ms = 1;
  wish.resolution = "a";
  wish.aspect_ratio = "b";
  wish.audio = !scene_.generation.audio.value_or(true);
  const Generation before = wish;
  ResolveAsQuoted(quote, wish);
  EXPECT_EQ(wish, before);
  EXPECT_EQ(OpenFieldsOf(wish, scene_.generation), QuotedDefaults()) << "what was named is not filled in";
}

TEST_F(QuoteTest, WhereNothingCanServeNothingIsPromised) {
  scene_.generation.duration_ms = 5'000;
  EXPECT_EQ(Quote(), std::nullopt);
}

TEST_F(QuoteTest, ItsPricesCountInsteadOfTodays) {
  PriceQuote quote = *Quote();
  ASSERT_GE(quote.prices.size(), 2u);
  // The dearest of then is the cheapest of it.
  quote.prices.back().price = Dollars("0.01");
  const absl::StatusOr<std::vector<Candidate>> candidates = Route(Under(quote));
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  EXPECT_EQ(candidates->size(), quote.prices.size());
  EXPECT_EQ(candidates->front().offering, quote.prices.back().offering);
  EXPECT_EQ(candidates->front().price, Dollars("0.01"));
  // What it costs today is kept, where that is something else.
  const QuotedPrice before = Quote()->prices.back();
  EXPECT_EQ(candidates->front().listed, before.price);
  EXPECT_EQ(candidates->back().listed, std::nullopt);
}

TEST_F(QuoteTest, WhatItHasNoPriceForIsPassedOver) {
  PriceQuote quote = *Quote();
  const QuotedPrice only = quote.prices.back();
  quote.prices = {only};
  EXPECT_THAT(*Route(Under(quote)), ElementsAre(Field(&Candidate::offering, only.offering)));
  for (const Evaluation& evaluation : Evaluate(Under(quote))) {
    if (evaluation.offering->id == only.offering) continue;
    EXPECT_FALSE(evaluation.suitable());
    EXPECT_FALSE(evaluation.price);
    EXPECT_EQ(evaluation.reasons.back().reason, v1::ERROR_REASON_QUOTE_INVALID);
  }
}

TEST_F(QuoteTest, WhereItHasNoneForAnyTheErrorSaysSo) {
  PriceQuote quote = *Quote();
  quote.prices = {{"fal", "gone", Dollars("1")}};
  const absl::Status none = Route(Under(quote)).status();
  EXPECT_EQ(ReasonOf(none), v1::ERROR_REASON_QUOTE_INVALID);
  ASSERT_EQ(ViolationsOf(none).size(), 1u);
  EXPECT_EQ(ViolationsOf(none)[0].field, "quote_id");
}

TEST_F(QuoteTest, AnOfferingWithoutAPriceOfItsOwnServesAtThePromisedOne) {
  const PriceQuote quote = *Quote();
  EXPECT_EQ(PromisedPrice(quote, quote.prices[0].provider, quote.prices[0].offering), quote.prices[0].price);
  EXPECT_EQ(PromisedPrice(quote, "nobody", quote.prices[0].offering), std::nullopt);
  EXPECT_EQ(PromisedPrice(quote, quote.prices[0].provider, "nothing"), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
