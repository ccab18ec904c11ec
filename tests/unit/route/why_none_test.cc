// The errors of routing.
#include "server/route/why_none.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(Route, SaysWhenTheModelIsRetired) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.today = "2026-09-24";
  const absl::Status status = ErrorOf(scene, v1::ERROR_REASON_MODEL_RETIRED);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MetadataOf(status),
              UnorderedElementsAre(Pair("model", "sora-2"), Pair("sunset_date", "2026-09-24"),
                                   Pair("replacement", "seedance-2.0")));
  scene.generation.duration_ms = 5000;
  EXPECT_EQ(ReasonOf(Route(scene.Input()).status()), v1::ERROR_REASON_MODEL_RETIRED);
  scene.providers.clear();
  EXPECT_EQ(ReasonOf(Route(scene.Input()).status()), v1::ERROR_REASON_MODEL_RETIRED);
}

TEST(Route, RunsRetiredModelsWhereTheOperatorAllowsIt) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.today = "2026-12-01";
  scene.allow_retired = true;
  EXPECT_EQ(Names(scene).size(), 3u);
}

TEST(Route, SaysWhenEveryOfferingIsRetired) {
  Model model = Seedance();
  for (Offering& offering : model.offerings)
    offering.lifecycle = {LifecycleState::kActive, "2026-08-01", "sora-2", ""};
  const Scene scene(model, ImageGeneration(model));
  EXPECT_THAT(MetadataOf(ErrorOf(scene, v1::ERROR_REASON_MODEL_RETIRED)),
              UnorderedElementsAre(Pair("model", model.id), Pair("sunset_date", "2026-08-01"),
                                   Pair("replacement", "sora-2")));
}

TEST(Route, NeverOffersWhatIsDisabled) {
  Model model = Seedance();
  model.lifecycle.state = LifecycleState::kDisabled;
  Scene scene(model, ImageGeneration(model));
  scene.allow_retired = true;
  EXPECT_EQ(ReasonOf(Route(scene.Input()).status()), v1::ERROR_REASON_NO_PROVIDER);
}

TEST(Route, SaysWhenNoProviderIsLeft) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.routing.provider = "nobody";
  absl::Status status = ErrorOf(scene, v1::ERROR_REASON_NO_PROVIDER);
  EXPECT_THAT(MetadataOf(status), UnorderedElementsAre(Pair("model", "sora-2"), Pair("provider", "nobody"),
                                                       Pair("configured_providers", "fal,runpod,runware")));
  EXPECT_THAT(std::string(status.message()), HasSubstr("none that is configured"));
  scene.providers.push_back({"nobody", "elsewhere", &scene.adapter});
  EXPECT_THAT(std::string(ErrorOf(scene, v1::ERROR_REASON_NO_PROVIDER).message()),
              HasSubstr("does not have it"));
  scene.routing = {};
  scene.routing.allowed_providers = {"nobody"};
  EXPECT_THAT(std::string(ErrorOf(scene, v1::ERROR_REASON_NO_PROVIDER).message()),
              HasSubstr("allowed_providers leaves none"));
  scene.routing = {};
  scene.providers.clear();
  EXPECT_THAT(std::string(ErrorOf(scene, v1::ERROR_REASON_NO_PROVIDER).message()),
              HasSubstr("none that is configured has it"));
}

TEST(Route, SaysAllFieldsThatNoOfferingCanDoWithWhatWouldDo) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.generation.duration_ms = 5000;
  scene.generation.resolution = "1080p";
  scene.generation.aspect_ratio = "1:1";
  scene.generation.seed = 7;
  const absl::Status status = ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      ViolationsOf(status),
      UnorderedElementsAre(FieldViolation{"generation.seed", "is not taken here"},
                           FieldViolation{"generation.duration", "must be one of 4, 8, 12, 16, 20 seconds"},
                           FieldViolation{"generation.resolution", "must be one of 720p, auto"},
                           FieldViolation{"generation.aspect_ratio", "must be one of auto, 16:9, 9:16"}));
}

TEST(Route, NamesOnlyWhatIsInTheWayEverywhere) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.generation.duration_ms = 16000;  // Runware has it
  scene.generation.seed = 7;             // no one has it
  EXPECT_THAT(ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
              ElementsAre(FieldViolation{"generation.seed", "is not taken here"}));
}

TEST(Route, SaysWhenWishesCanBeHadButNotTogether) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.generation.duration_ms = 16000;                 // Runware only
  scene.generation.extras = {{"delete_video", false}};  // fal only
  const std::vector<FieldViolation> violations =
      ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER));
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0],
            (FieldViolation{"generation.duration",
                            "must be one of 4, 8, 12 seconds where the rest of the request can be served"}));
  EXPECT_EQ(violations[1].field, "generation.extras[\"delete_video\"]");
}

TEST(Route, NamesDeclaredExtrasForAnUnknownOne) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.generation.extras = {{"colour", std::string("red")}};
  EXPECT_THAT(ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
              ElementsAre(FieldViolation{
                  "generation.extras[\"colour\"]",
                  "is not known; the extras here are delete_video, detect_and_block_ip, model_snapshot, "
                  "outputFormat, outputQuality, safety.checkContent, safety.mode, ttl"}));
  scene.generation.extras = {{"ttl", true}};
  EXPECT_THAT(ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
              ElementsAre(FieldViolation{"generation.extras[\"ttl\"]",
                                         "must be a whole number (integer_value), at least 60"}));
}

TEST(Route, SaysWhichModesThereAre) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.routing.provider = "runpod";
  scene.generation = TextGeneration(Sora());
  EXPECT_THAT(
      ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
      Contains(FieldViolation{
          "generation.first_frame",
          "a video from a prompt alone is not to be had here; it can be had from a first frame only"}));
}

TEST(Route, BlamesTheRequestBeforeTheConfiguration) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  scene.providers.clear();
  scene.generation.duration_ms = 5000;
  EXPECT_EQ(ReasonOf(Route(scene.Input()).status()), v1::ERROR_REASON_UNSUPPORTED_PARAMETER);
}

TEST(Route, AsksTheDialect) {
  Scene scene(Sora(), ImageGeneration(Sora()));
  const FakeAdapter refusing(
      MakeFieldError(v1::ERROR_REASON_UNSUPPORTED_PARAMETER, {{"generation.prompt", "not today"}}));
  scene.providers[0].adapter = &refusing;
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("runpod"), HasSubstr("runware")));
  scene.routing.provider = "fal";
  EXPECT_THAT(ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
              ElementsAre(FieldViolation{"generation.prompt", "not today"}));
  const FakeAdapter plain(absl::InvalidArgumentError("no"));
  scene.providers[0].adapter = &plain;
  EXPECT_THAT(ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
              ElementsAre(FieldViolation{"generation", "no"}));
}

TEST(Route, KeepsToTheCeiling) {
  Scene scene(Seedance(), ImageGeneration(Seedance()));
  scene.generation.audio = false;  // 0.13 at fal, 0.26 at RunPod
  scene.max_cost = Dollars("0.26");
  EXPECT_EQ(Names(scene).size(), 2u);
  scene.max_cost = Dollars("0.259999999");
  EXPECT_THAT(Names(scene), ElementsAre(HasSubstr("fal")));
  scene.max_cost = Dollars("0.129999999");
  EXPECT_THAT(MetadataOf(ErrorOf(scene, v1::ERROR_REASON_MAX_COST_EXCEEDED)),
              UnorderedElementsAre(Pair("model", "seedance-1.5-pro"), Pair("price", "0.13"),
                                   Pair("max_cost", "0.129999999"), Pair("currency", "USD")));
}

TEST(Route, TakesNoUnknownPriceUnderACeiling) {
  Model model = Seedance();
  for (Offering& offering : model.offerings) offering.prices.clear();
  Scene scene(model, ImageGeneration(model));
  EXPECT_THAT(std::string(ErrorOf(scene, v1::ERROR_REASON_PRICE_UNKNOWN).message()),
              HasSubstr("set nothing aside"));
  scene.unpriced_reservation = Dollars("1");
  EXPECT_EQ(Names(scene).size(), 2u);
  scene.max_cost = Dollars("100");
  EXPECT_EQ(ReasonOf(Route(scene.Input()).status()), v1::ERROR_REASON_PRICE_UNKNOWN);
  model.offerings[0].prices = Seedance().offerings[0].prices;
  EXPECT_EQ(Names(scene).size(), 1u);
  scene.max_cost = Dollars("0.01");
  EXPECT_EQ(ReasonOf(Route(scene.Input()).status()), v1::ERROR_REASON_MAX_COST_EXCEEDED);
}

TEST(Route, SendsAnEarlierVideoOnlyWhereItWasMade) {
  Scene scene(Sora(), TextGeneration(Sora()));
  scene.generation.aspect_ratio = "auto";
  scene.generation.source_video = SourceVideo{SourceVideoMode::kRemix, "", 0, "video_1"};
  EXPECT_THAT(std::string(ErrorOf(scene, v1::ERROR_REASON_NO_PROVIDER).message()), HasSubstr("must name"));
  scene.routing.provider = "fal";
  EXPECT_THAT(Names(scene), ElementsAre("fal sora-2/remix@fal"));
  scene.routing.provider = "runpod";
  EXPECT_THAT(ViolationsOf(ErrorOf(scene, v1::ERROR_REASON_UNSUPPORTED_PARAMETER)),
              Contains(::testing::Field(&FieldViolation::field, "generation.source_video")));
}

}  // namespace
}  // namespace zoetrope
