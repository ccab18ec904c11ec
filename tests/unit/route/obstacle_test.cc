#include "server/route/obstacle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Case {
  const char* name;
  const char* offering;
  std::function<void(Generation&)> change;
  std::vector<std::string> fields;
  const char* description;  // of the first one
};

Image Picture(std::int32_t width, std::int32_t height, std::int64_t bytes = 1,
              const std::string& type = "image/png") {
  return Image{BlobRef{std::string(64, 'a'), type, bytes, width, height}};
}

std::vector<Case> ModeCases() {
  return {
      {"as it is", "sora-2/image-to-video@runpod", [](Generation&) {}, {}, ""},
      {"no picture",
       "sora-2/image-to-video@runpod",
       [](Generation& g) { g.first_frame.reset(); },
       {"generation.first_frame"},
       "a video from a prompt alone is not to be had here; it can be had from a first frame only"},
      {"a picture too many",
       "sora-2/text-to-video@runware",
       [](Generation& g) { g.aspect_ratio = "16:9"; },
       {"generation.first_frame"},
       "a video from a first frame is not to be had here; it can be had from a prompt alone only"},
      {"a last frame",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.last_frame = g.first_frame; },
       {"generation.last_frame"},
       "a video from a first and a last frame is not to be had here; it can be had from a first frame only"},
      {"references",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.reference_images = {*g.first_frame}; },
       {"generation.reference_images"},
       "a video from references is not to be had here; it can be had from a first frame only"},
      {"reference videos",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.reference_video_urls = {"https://v.example/"}; },
       {"generation.reference_video_urls"},
       nullptr},
      {"reference sounds",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.reference_audio_urls = {"https://v.example/"}; },
       {"generation.reference_audio_urls"},
       nullptr},
      {"a source",
       "sora-2/image-to-video@fal",
       [](Generation& g) {
         g.first_frame.reset(), g.source_video = SourceVideo{SourceVideoMode::kExtend, "", 0, "v"};
       },
       {"generation.source_video"},
       "a video as an extension of an earlier video is not to be had here; it can be had from a first frame "
       "only"},
  };
}

std::vector<Case> FieldCases() {
  return {
      {"short prompt",
       "sora-2/image-to-video@runware",
       [](Generation& g) { g.prompt = "x"; },
       {"generation.prompt"},
       "must have at least 2 and at most 6000 characters"},
      {"long prompt",
       "sora-2/image-to-video@runware",
       [](Generation& g) { g.prompt = std::string(6001, 'x'); },
       {"generation.prompt"},
       "must have at least 2 and at most 6000 characters"},
      {"counted in characters",
       "sora-2/image-to-video@runware",
       [](Generation& g) {
         g.prompt.clear();
         for (int i = 0; i < 6000; ++i) g.prompt += "漢";
       },
       {},
       ""},
      {"negative prompt",
       "sora-2/image-to-video@runpod",
       [](Generation& g) { g.negative_prompt = "rain"; },
       {"generation.negative_prompt"},
       "is not taken here"},
      {"seed",
       "sora-2/image-to-video@runpod",
       [](Generation& g) { g.seed = 1; },
       {"generation.seed"},
       "is not taken here"},
      {"frame rate",
       "sora-2/image-to-video@runpod",
       [](Generation& g) { g.frame_rate_hertz = 24; },
       {"generation.frame_rate_hertz"},
       "is not taken here"},
      {"sound track",
       "sora-2/image-to-video@runpod",
       [](Generation& g) { g.audio_track_url = "https://a.example/"; },
       {"generation.audio_track_url"},
       "is not taken here"},
      {"small picture",
       "wan-2.6/image-to-video@fal",
       [](Generation& g) { g.first_frame = Picture(240, 239), g.duration_ms = 5000; },
       {"generation.first_frame.data"},
       "must be at least 240 pixels wide and high, at most 7680 pixels wide and high"},
      {"large picture",
       "wan-2.6/image-to-video@fal",
       [](Generation& g) { g.first_frame = Picture(7681, 240), g.duration_ms = 5000; },
       {"generation.first_frame.data"},
       nullptr},
      {"picture at the limits",
       "wan-2.6/image-to-video@fal",
       [](Generation& g) { g.first_frame = Picture(7680, 240), g.duration_ms = 5000; },
       {},
       ""},
      {"long picture",
       "kling-3.0/image-to-video-720p@wavespeed",
       [](Generation& g) { g.first_frame = Picture(751, 300), g.duration_ms = 5000; },
       {"generation.first_frame.data"},
       "must be of type image/jpeg or image/png, of at most 10000000 bytes, at least 300 pixels wide and "
       "high, at most 2.50 times as "
       "long as it is short"},
      {"picture as long as may be",
       "kling-3.0/image-to-video-720p@wavespeed",
       [](Generation& g) { g.first_frame = Picture(750, 300), g.duration_ms = 5000; },
       {},
       ""},
      {"heavy picture",
       "kling-3.0/image-to-video-720p@wavespeed",
       [](Generation& g) { g.first_frame = Picture(300, 300, 10'000'001), g.duration_ms = 5000; },
       {"generation.first_frame.data"},
       nullptr},
      {"picture of another type",
       "kling-3.0/image-to-video-720p@wavespeed",
       [](Generation& g) { g.first_frame = Picture(300, 300, 1, "image/webp"), g.duration_ms = 5000; },
       {"generation.first_frame.data"},
       nullptr},
      {"duration",
       "sora-2/image-to-video@runpod",
       [](Generation& g) { g.duration_ms = 5000; },
       {"generation.duration"},
       "must be one of 4, 8, 12 seconds"},
      {"resolution",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.resolution = "1080p"; },
       {"generation.resolution"},
       "must be one of 720p, auto"},
      {"aspect ratio",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.aspect_ratio = "1:1"; },
       {"generation.aspect_ratio"},
       "must be one of auto, 16:9, 9:16"},
      {"silence",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.audio = false; },
       {"generation.audio"},
       "must be true: the video always has sound"},
      {"too many",
       "sora-2/image-to-video@fal",
       [](Generation& g) { g.count = 2; },
       {"generation.count"},
       "must be at most 1"},
      {"many", "sora-2/image-to-video@runware", [](Generation& g) { g.count = 4; }, {}, ""},
  };
}

std::vector<Case> ExtraCases() {
  return {
      {"no extras here",
       "sora-2/image-to-video@runpod",
       [](Generation& g) {
         g.extras = {{"x", true}};
       },
       {"generation.extras[\"x\"]"},
       "is not known, and there are no extras here"},
      {"unknown extra",
       "sora-2/image-to-video@fal",
       [](Generation& g) {
         g.extras = {{"x", true}};
       },
       {"generation.extras[\"x\"]"},
       "is not known; the extras here are delete_video, detect_and_block_ip, model_snapshot"},
      {"owned by the server",
       "sora-2/image-to-video@runware",
       [](Generation& g) {
         g.extras = {{"uploadEndpoint", std::string("https://x")}};
       },
       {"generation.extras[\"uploadEndpoint\"]"},
       "is not taken: a presigned URL is a secret, and this server keeps no secrets of callers yet"},
      {"ill-typed extra",
       "sora-2/image-to-video@fal",
       [](Generation& g) {
         g.extras = {{"delete_video", std::string("true")}};
       },
       {"generation.extras[\"delete_video\"]"},
       "must be a switch (bool_value)"},
      {"value not allowed",
       "sora-2/image-to-video@runware",
       [](Generation& g) {
         g.extras = {{"outputFormat", std::string("GIF")}};
       },
       {"generation.extras[\"outputFormat\"]"},
       "must be a text (string_value), one of MP4, WEBM, MOV"},
      {"below the range",
       "sora-2/image-to-video@runware",
       [](Generation& g) {
         g.extras = {{"outputQuality", std::int64_t{19}}};
       },
       {"generation.extras[\"outputQuality\"]"},
       "must be a whole number (integer_value), at least 20 and at most 99"},
      {"at the range's ends",
       "sora-2/image-to-video@runware",
       [](Generation& g) {
         g.extras = {{"outputQuality", std::int64_t{99}}, {"ttl", std::int64_t{60}}};
       },
       {},
       ""},
      {"half a range",
       "sora-2/image-to-video@runware",
       [](Generation& g) {
         g.extras = {{"ttl", std::int64_t{59}}};
       },
       {"generation.extras[\"ttl\"]"},
       "must be a whole number (integer_value), at least 60"},
      {"several at once",
       "sora-2/image-to-video@runpod",
       [](Generation& g) {
         g.seed = 1, g.duration_ms = 5500, g.resolution = "4k", g.count = 3, g.extras = {{"x", true}};
       },
       {"generation.seed", "generation.duration", "generation.resolution", "generation.count",
        "generation.extras[\"x\"]"},
       nullptr},
  };
}

void CheckCases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Generation generation = ImageGeneration(Sora());
    c.change(generation);
    const std::vector<Unsuitability> mismatches = Mismatches(generation, Find(c.offering));
    std::vector<std::string> fields;
    for (const Unsuitability& mismatch : mismatches) {
      EXPECT_EQ(mismatch.reason, v1::ERROR_REASON_UNSUPPORTED_PARAMETER);
      fields.push_back(mismatch.field);
    }
    EXPECT_EQ(fields, c.fields);
    if (!mismatches.empty() && c.description != nullptr) {
      EXPECT_EQ(mismatches[0].description, c.description);
    }
  }
}

TEST(Mismatches, KnowModes) { CheckCases(ModeCases()); }
TEST(Mismatches, KnowFields) { CheckCases(FieldCases()); }
TEST(Mismatches, KnowExtras) { CheckCases(ExtraCases()); }

TEST(Mismatches, KnowPicturesByValue) {
  Offering offering = Find("sora-2/image-to-video@runpod");
  Generation generation = ImageGeneration(Sora());
  generation.first_frame->source = BlobRef{};
  EXPECT_THAT(Mismatches(generation, offering), IsEmpty());
  offering.inline_images = false;
  EXPECT_THAT(Mismatches(generation, offering),
              ElementsAre(Unsuitability{v1::ERROR_REASON_UNSUPPORTED_PARAMETER, "generation.first_frame.data",
                                        "must be a URL: pictures by value are not taken here"}));
}

TEST(Mismatches, WantRequiredExtras) {
  Offering offering = Find("sora-2/image-to-video@runpod");
  ExtraSpec extra;
  extra.name = "style";
  extra.type = ParameterType::kNumber;
  extra.required = true;
  extra.maximum = 2.5;
  offering.extras = {extra};
  Generation generation = ImageGeneration(Sora());
  EXPECT_THAT(
      Mismatches(generation, offering),
      ElementsAre(Unsuitability{v1::ERROR_REASON_UNSUPPORTED_PARAMETER, "generation.extras[\"style\"]",
                                "is required: a number (number_value), at most 2.5"}));
  generation.extras = {{"style", 2.5}};
  EXPECT_THAT(Mismatches(generation, offering), IsEmpty());
  for (const ParameterValue& bad : {ParameterValue(2.6), ParameterValue(std::int64_t{2}),
                                    ParameterValue(std::numeric_limits<double>::quiet_NaN())}) {
    generation.extras = {{"style", bad}};
    EXPECT_EQ(Mismatches(generation, offering).size(), 1u);
  }
}

TEST(Mismatches, CountBytesWhereTheProviderDoes) {
  Offering offering = Find("sora-2/image-to-video@runpod");
  offering.prompt.max_bytes = 6;
  Generation generation = ImageGeneration(Sora());
  generation.prompt = "漢漢";
  EXPECT_THAT(Mismatches(generation, offering), IsEmpty());
  generation.prompt = "漢漢x";
  ASSERT_EQ(Mismatches(generation, offering).size(), 1u);
  EXPECT_EQ(Mismatches(generation, offering)[0].description,
            "must have at least 1 characters and at most 6 bytes of UTF-8");
}

TEST(Mismatches, LetTheProviderChooseALengthThatItDoesNotTake) {
  Generation generation = TextGeneration(Sora());
  generation.source_video = SourceVideo{SourceVideoMode::kRemix, "", 0, "video_1"};
  generation.aspect_ratio = "auto";
  generation.duration_ms = 7777;
  EXPECT_THAT(Mismatches(generation, Find("sora-2/remix@fal")), IsEmpty());
}

}  // namespace
}  // namespace zoetrope
