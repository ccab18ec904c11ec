// All that is known for and against each offering.
#include "server/route/examine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;

TEST(Evaluate, ShowsEveryOfferingWithItsReasons) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.providers.pop_back();  // no account of Runware
  const std::vector<Evaluation> evaluations = Evaluate(scene.Input());
  ASSERT_EQ(evaluations.size(), Sora().offerings.size());
  EXPECT_EQ(evaluations[0].provider, "fal");
  EXPECT_TRUE(evaluations[0].suitable());
  ASSERT_TRUE(evaluations[0].price);
  EXPECT_EQ(evaluations[0].price->row->as_of_date, "2026-11-20");
  EXPECT_TRUE(evaluations[1].suitable());
  for (std::size_t i = 2; i < evaluations.size(); ++i) {
    EXPECT_FALSE(evaluations[i].suitable());
    if (evaluations[i].offering->dialect != "runware") continue;
    EXPECT_EQ(evaluations[i].provider, "");
    EXPECT_EQ(evaluations[i].reasons[0],
              (Unsuitability{v1::ERROR_REASON_NO_PROVIDER, "", "no account of runware is configured here"}));
  }
}

TEST(Evaluate, KeepsAllReasonsOfOneOffering) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.today = "2026-10-01";
  scene.routing.provider = "fal";
  scene.generation.duration_ms = 5000;
  scene.generation.seed = 1;
  scene.max_cost = Dollars("0.01");
  for (const Evaluation& evaluation : Evaluate(scene.Input())) {
    if (evaluation.offering->id != "sora-2/image-to-video@runpod") continue;
    std::vector<v1::ErrorReason> reasons;
    for (const Unsuitability& reason : evaluation.reasons) reasons.push_back(reason.reason);
    EXPECT_THAT(reasons,
                ElementsAre(v1::ERROR_REASON_MODEL_RETIRED, v1::ERROR_REASON_NO_PROVIDER,
                            v1::ERROR_REASON_UNSUPPORTED_PARAMETER, v1::ERROR_REASON_UNSUPPORTED_PARAMETER,
                            v1::ERROR_REASON_MAX_COST_EXCEEDED));
  }
}

TEST(Evaluate, SaysWhichPricesAreOld) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  const auto stale = [&scene](const char* before) {
    RoutingInput input = scene.Input();
    input.stale_before = before;
    return Evaluate(input)[0].price->stale;
  };
  const std::string as_of = Evaluate(scene.Input())[0].price->row->as_of_date;
  EXPECT_FALSE(stale(""));
  EXPECT_FALSE(stale(as_of.c_str()));
  EXPECT_TRUE(stale("2036-01-01"));
}

TEST(Evaluate, APriceIsAsOldAsTheOldestPartOfIt) {
  Model model = Sora();
  for (Offering& offering : model.offerings) {
    offering.surcharges = {
        {.unit = SurchargeUnit::kInputImage, .amount = Dollars("0.04"), .as_of_date = "2020-01-01"}};
  }
  Scene scene(model, ImageGeneration(Sora()));
  RoutingInput input = scene.Input();
  input.stale_before = "2026-01-01";
  EXPECT_EQ(Evaluate(input)[0].price->as_of_date, "2020-01-01");
  EXPECT_TRUE(Evaluate(input)[0].price->stale);
  for (Offering& offering : model.offerings) offering.surcharges[0].free_count = 1;
  EXPECT_FALSE(Evaluate(input)[0].price->stale) << "it adds nothing to this one";
}

}  // namespace
}  // namespace zoetrope
