#include "server/route/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Route, PutsTheCheapestFirstAndEqualOnesByTime) {
  const Scene scene(Sora(), ImageGeneration(Sora()));
  EXPECT_THAT(Names(scene),
              ElementsAre("fal sora-2/image-to-video@fal", "runpod sora-2/image-to-video@runpod",
                          "runware sora-2/image-to-video@runware"));
  const auto candidates = Route(scene.Input());
  for (const Candidate& candidate : *candidates) EXPECT_EQ(candidate.price, Dollars("0.40"));
}

TEST(Route, PutsTheCheaperBeforeTheFaster) {
  Scene scene(Seedance(), ImageGeneration(Seedance()));
  EXPECT_THAT(Names(scene), ElementsAre("runpod seedance-1.5-pro/image-to-video@runpod",
                                        "fal seedance-1.5-pro/image-to-video@fal"));
  scene.generation.audio = false;  // half the price at fal, the same at RunPod
  EXPECT_THAT(Names(scene), ElementsAre("fal seedance-1.5-pro/image-to-video@fal",
                                        "runpod seedance-1.5-pro/image-to-video@runpod"));
  scene.routing.strategy = RoutingStrategy::kFastest;
  EXPECT_THAT(Names(scene), ElementsAre("runpod seedance-1.5-pro/image-to-video@runpod",
                                        "fal seedance-1.5-pro/image-to-video@fal"));
}

TEST(Route, BreaksTiesByName) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.providers = {
      {"b", "fal", &scene.adapter}, {"c", "fal", &scene.adapter}, {"a", "fal", &scene.adapter}};
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("a "), HasSubstr("b "), HasSubstr("c ")));
}

TEST(Route, PutsAnUnknownPriceLast) {
  Model model = Sora();
  for (Offering& offering : model.offerings) {
    if (offering.dialect == "fal") offering.prices.clear();
  }
  Scene scene(model, ImageGeneration(Sora()));
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("runpod"), HasSubstr("runware")))
      << "not without what the operator sets aside";
  scene.unpriced_reservation = Dollars("2.00");
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("runpod"), HasSubstr("runware"), HasSubstr("fal")));
  const Candidate last = Route(scene.Input())->back();
  EXPECT_EQ(last.price, std::nullopt);
  EXPECT_EQ(last.reservation_cap, Dollars("2.00"));
  EXPECT_EQ(Route(scene.Input())->front().reservation_cap, Money());
}

TEST(Route, SetsAsideForEachVideoOfUnknownPrice) {
  Model model = Sora();
  for (Offering& offering : model.offerings) offering.prices.clear();
  Scene scene(model, ImageGeneration(Sora()));
  scene.generation.count = 3;
  scene.unpriced_reservation = Dollars("2.00");
  EXPECT_EQ(Route(scene.Input())->front().reservation_cap, Dollars("6.00"));
}

TEST(Route, LeavesOutWhoCannot) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.generation.count = 2;
  EXPECT_THAT(Names(scene), ElementsAre("runware sora-2/image-to-video@runware"));
  scene.generation.count = 1;
  scene.generation.extras = {{"delete_video", false}};
  EXPECT_THAT(Names(scene), ElementsAre("fal sora-2/image-to-video@fal"));
}

TEST(Route, KeepsToTheRouting) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.routing.provider = "runpod";
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("runpod")));
  scene.routing.provider = "";
  scene.routing.allowed_providers = {"runware", "runpod", "nobody"};
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("runpod"), HasSubstr("runware")));
}

}  // namespace
}  // namespace zoetrope
