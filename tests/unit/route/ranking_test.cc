// The order of candidates by what was observed. By price: router_test.cc.
#include "server/route/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// At fal, RunPod and Runware for the same price.
class RankingTest : public ::testing::Test {
 protected:
  RankingTest() : scene_(Sora(), ImageGeneration(Sora())) {}

  static std::string OfferingAt(const std::string& provider) { return "sora-2/image-to-video@" + provider; }
  void Took(const std::string& provider, int seconds, int times = 100) {
    for (int i = 0; i < times; ++i)
      scene_.experience.NoteSuccess(provider, OfferingAt(provider), absl::Seconds(seconds),
                                    absl::UnixEpoch());
  }
  void Failed(const std::string& provider, int times) {
    for (int i = 0; i < times; ++i)
      scene_.experience.NoteFailure(provider, OfferingAt(provider), absl::UnixEpoch());
  }
  std::vector<std::string> Providers() {
    std::vector<std::string> providers;
    const auto candidates = Route(scene_.Input());
    EXPECT_TRUE(candidates.ok()) << candidates.status();
    if (!candidates.ok()) return {};
    for (const Candidate& candidate : *candidates) providers.push_back(candidate.provider);
    return providers;
  }
  void Weigh(RoutingWeights weights) {
    scene_.routing.strategy = RoutingStrategy::kWeighted;
    scene_.routing.weights = weights;
  }
  // Twice as dear as it is.
  void MakeDear(const std::string& provider) {
    for (Provider& one : scene_.providers) {
      if (one.name == provider) one.terms.agreed[OfferingAt(provider)] = {.amount = Dollars("0.20")};
    }
  }

  Scene scene_;
};

TEST_F(RankingTest, TheFastestIsTheOneThatWasLately) {
  scene_.routing.strategy = RoutingStrategy::kFastest;
  Took("fal", 90);
  Took("runpod", 40);
  Took("runware", 60);
  EXPECT_THAT(Providers(), ElementsAre("runpod", "runware", "fal"));
  Took("runpod", 300);
  EXPECT_THAT(Providers(), ElementsAre("runware", "fal", "runpod"));
}

TEST_F(RankingTest, WithinASecondThePriceDecides) {
  scene_.routing.strategy = RoutingStrategy::kFastest;
  for (const char* provider : {"fal", "runpod", "runware"}) Took(provider, 40, 10'000);
  MakeDear("fal");
  EXPECT_THAT(Providers(), ElementsAre("runpod", "runware", "fal"));
}

TEST_F(RankingTest, TheMostReliableFailedLeast) {
  scene_.routing.strategy = RoutingStrategy::kMostReliable;
  Failed("fal", 2);
  Failed("runpod", 1);
  EXPECT_THAT(Providers(), ElementsAre("runware", "runpod", "fal"));
  Took("fal", 60, 999);
  Failed("runware", 5);
  EXPECT_THAT(Providers(), ElementsAre("fal", "runpod", "runware"));
}

TEST_F(RankingTest, WithinAPercentThePriceDecides) {
  scene_.routing.strategy = RoutingStrategy::kMostReliable;
  Took("fal", 60, 1000);
  Took("runware", 60, 1000);
  Failed("runware", 3);
  Failed("runpod", 1);
  MakeDear("fal");
  EXPECT_THAT(Providers(), ElementsAre("runware", "fal", "runpod"));
}

TEST_F(RankingTest, OneWeightAloneIsItsStrategy) {
  MakeDear("fal");
  Took("fal", 10);
  Took("runware", 500);
  Failed("runpod", 3);
  Weigh({.cost = 7});
  EXPECT_EQ(Providers().back(), "fal");
  Weigh({.speed = 1});
  EXPECT_EQ(Providers().front(), "fal");
  EXPECT_EQ(Providers().back(), "runware");
  Weigh({.reliability = 100});
  EXPECT_EQ(Providers().back(), "runpod");
}

TEST_F(RankingTest, AScoreIsTheWeightedMeanOfHowManyTimesWorse) {
  // fal: price 2 times, time 1, success 1. RunPod: price 1, time 3, success 1. Runware: 1, 3 and 4.
  scene_.experience = ExperienceBook(absl::Hours(1));
  MakeDear("fal");
  Took("fal", 20, 1'000'000);
  Took("runpod", 60, 1'000'000);
  Took("runware", 60, 1'000'000);
  Failed("runware", 3'000'000);
  Weigh({.cost = 2, .speed = 1, .reliability = 1});
  std::map<std::string, double> scores;
  for (const Evaluation& evaluation : Evaluate(scene_.Input())) {
    if (evaluation.suitable()) scores[evaluation.provider] = evaluation.score;
  }
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_NEAR(scores["fal"], (2 * 2 + 1 + 1) / 4.0, 0.001);
  EXPECT_NEAR(scores["runpod"], (2 * 1 + 3 + 1) / 4.0, 0.001);
  EXPECT_NEAR(scores["runware"], (2 * 1 + 3 + 4) / 4.0, 0.001);
  Weigh({.cost = 3, .speed = 1, .reliability = 1});
  EXPECT_EQ(Providers().front(), "runpod");
  Weigh({.cost = 1, .speed = 1, .reliability = 1});
  EXPECT_EQ(Providers().front(), "fal");
}

TEST_F(RankingTest, AnUnknownPriceIsTheWorstWhereThePriceCounts) {
  Model model = Sora();
  for (Offering& offering : model.offerings) {
    if (offering.dialect == "fal") offering.prices.clear();
  }
  Scene scene(model, ImageGeneration(Sora()));
  scene.unpriced_reservation = Dollars("2.00");
  for (int i = 0; i < 100; ++i)
    scene.experience.NoteSuccess("fal", OfferingAt("fal"), absl::Seconds(1), absl::UnixEpoch());
  scene.routing.strategy = RoutingStrategy::kWeighted;
  scene.routing.weights = {.cost = 1, .speed = 100};
  EXPECT_EQ(Route(scene.Input())->back().provider, "fal");
  scene.routing.weights = {.speed = 100};
  EXPECT_EQ(Route(scene.Input())->front().provider, "fal");
}

TEST_F(RankingTest, NotesSayWhatCounted) {
  Took("runpod", 40, 10'000);
  Failed("fal", 3);
  const auto first = [this] { return RouteWithNotes(scene_.Input())->notes.front().why; };
  scene_.routing.strategy = RoutingStrategy::kFastest;
  EXPECT_EQ(first(), "the fastest, at USD 0.40, in about 40 s");
  scene_.routing.strategy = RoutingStrategy::kMostReliable;
  EXPECT_EQ(first(), "the most reliable, at USD 0.40, 100 % come to a video");
  EXPECT_THAT(RouteWithNotes(scene_.Input())->notes[2].why, HasSubstr("25 % come to a video"));
  Weigh({1, 1, 1});
  EXPECT_EQ(first(),
            "the best by its weights, at USD 0.40, in about 40 s, 100 % come to a video: 1.00 where the best "
            "in everything is 1");
}

}  // namespace
}  // namespace zoetrope
