#include "server/route/rule_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Offering With(Rule rule) {
  Offering offering;
  offering.rules = {std::move(rule)};
  return offering;
}

Generation Wish() {
  Generation generation;
  generation.duration_ms = 8000;
  generation.resolution = "720p";
  generation.aspect_ratio = "16:9";
  generation.audio = true;
  generation.first_frame = Image{"https://img.example/boat.png"};
  return generation;
}

TEST(FindBrokenRules, Requires) {
  Rule rule;
  rule.present = {Field::kFirstFrame};
  rule.needed = {Field::kLastFrame, std::string("mask")};
  EXPECT_THAT(FindBrokenRules(Wish(), With(rule)),
              ElementsAre(BrokenRule{"generation.last_frame", "is required with first_frame"},
                          BrokenRule{"generation.extras[\"mask\"]", "is required with first_frame"}));
  Generation generation = Wish();
  generation.last_frame = generation.first_frame;
  generation.extras = {{"mask", true}};
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), IsEmpty());
  generation = Wish();
  generation.first_frame.reset();
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), IsEmpty()) << "its condition does not hold";
}

TEST(FindBrokenRules, Excludes) {
  Rule rule;
  rule.excluded = {Field::kSeed, Field::kNegativePrompt};
  EXPECT_THAT(FindBrokenRules(Wish(), With(rule)), IsEmpty());
  Generation generation = Wish();
  generation.seed = 0;
  EXPECT_THAT(FindBrokenRules(generation, With(rule)),
              ElementsAre(BrokenRule{"generation.seed", "cannot be had"}));
}

TEST(FindBrokenRules, ExactlyOneOf) {
  Rule rule;
  rule.exactly_one_of = {Field::kReferenceImages, Field::kReferenceVideos};
  const BrokenRule broken = {"generation.reference_images",
                             "exactly one of reference_images, reference_video_urls is required"};
  Generation generation = Wish();
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), ElementsAre(broken));
  generation.reference_images = {*generation.first_frame};
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), IsEmpty());
  generation.reference_video_urls = {"https://v.example/a.mp4"};
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), ElementsAre(broken));
}

TEST(FindBrokenRules, Restricts) {
  Rule rule;
  rule.present = {Field::kFirstFrame};
  rule.when.resolutions = {"720p", "1080p"};
  rule.only.durations_ms = {4000, 6500};
  rule.only.aspect_ratios = {"auto"};
  rule.only.audio = false;
  const std::string condition = " with first_frame and resolution among 720p, 1080p";
  EXPECT_THAT(FindBrokenRules(Wish(), With(rule)),
              ElementsAre(BrokenRule{"generation.duration", "must be one of 4, 6.5 seconds" + condition},
                          BrokenRule{"generation.aspect_ratio", "must be one of auto" + condition},
                          BrokenRule{"generation.audio", "must be one of false" + condition}));
  Generation generation = Wish();
  generation.resolution = "480p";
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), IsEmpty());
}

// LTX's fast model: longer than 10 s only at 25 frames and 1080p, and 25 is what is sent unless told
// otherwise.
TEST(FindBrokenRules, KnowsTheFrameRateThatIsSent) {
  Rule rule;
  rule.when.durations_ms = {8000};
  rule.only.frame_rates = {25};
  Offering offering = With(rule);
  Generation generation = Wish();
  EXPECT_THAT(FindBrokenRules(generation, offering), IsEmpty()) << "the provider's own: not known";
  offering.default_frame_rate_hertz = 25;
  EXPECT_THAT(FindBrokenRules(generation, offering), IsEmpty());
  offering.default_frame_rate_hertz = 24;
  EXPECT_THAT(FindBrokenRules(generation, offering),
              ElementsAre(BrokenRule{"generation.frame_rate_hertz",
                                     "must be one of 25 with duration among 8 seconds"}));
  generation.frame_rate_hertz = 25;
  EXPECT_THAT(FindBrokenRules(generation, offering), IsEmpty());
}

TEST(FindBrokenRules, LeavesAnUnknownLengthAlone) {
  Rule rule;
  rule.only.durations_ms = {4000};
  Generation generation = Wish();
  generation.duration_ms.reset();
  EXPECT_THAT(FindBrokenRules(generation, With(rule)), IsEmpty());
}

TEST(FindObstacles, TellsBrokenRulesOfTheShippedCatalogue) {
  const Offering& offering = Find("ltx-2.3-fast/text-to-video@fal");
  Generation generation = TextGeneration(*Shipped().FindModel("ltx-2.3-fast"));
  EXPECT_THAT(Mismatches(generation, offering), IsEmpty());
  generation.duration_ms = 12'000;
  EXPECT_THAT(Mismatches(generation, offering), IsEmpty());
  generation.resolution = "2160p";
  generation.frame_rate_hertz = 50;
  const std::string condition = " with duration among 12, 14, 16, 18, 20 seconds";
  EXPECT_THAT(Mismatches(generation, offering),
              ElementsAre(Unsuitability{v1::ERROR_REASON_UNSUPPORTED_PARAMETER, "generation.resolution",
                                        "must be one of 1080p" + condition},
                          Unsuitability{v1::ERROR_REASON_UNSUPPORTED_PARAMETER, "generation.frame_rate_hertz",
                                        "must be one of 25" + condition}));
  generation.frame_rate_hertz = 30;
  EXPECT_THAT(Mismatches(generation, offering),
              ElementsAre(Unsuitability{v1::ERROR_REASON_UNSUPPORTED_PARAMETER, "generation.frame_rate_hertz",
                                        "must be one of 24, 25, 48, 50 frames per second"}));
}

}  // namespace
}  // namespace zoetrope
