#include <gtest/gtest.h>

#include "server/validate/request_validator.h"

namespace zoetrope {
namespace {

Model Small() {
  Model model;
  model.id = "sora-2";
  model.default_duration_ms = 4000;
  model.default_resolution = "720p";
  model.default_aspect_ratio = "16:9";
  model.default_aspect_ratio_with_image = "auto";
  model.default_audio = true;
  return model;
}

TEST(Resolve, FillsInWhatIsUnset) {
  Generation generation;
  generation.model = "openai/sora-2";
  generation.prompt = "x";
  const Generation resolved = Resolve(generation, Small());
  EXPECT_EQ(resolved.model, "sora-2");
  EXPECT_EQ(resolved.prompt, "x");
  EXPECT_EQ(resolved.duration_ms, 4000);
  EXPECT_EQ(resolved.resolution, "720p");
  EXPECT_EQ(resolved.aspect_ratio, "16:9");
  EXPECT_EQ(resolved.audio, true);
  EXPECT_EQ(resolved.count, 1);
  EXPECT_EQ(resolved.seed, std::nullopt) << "random stays random";
  EXPECT_EQ(resolved.frame_rate_hertz, 0);
}

TEST(Resolve, KeepsWhatIsSet) {
  Generation generation;
  generation.duration_ms = 8000;
  generation.resolution = "480p";
  generation.aspect_ratio = "1:1";
  generation.audio = false;
  generation.seed = 0;
  generation.count = 3;
  generation.frame_rate_hertz = 24;
  Generation expected = generation;
  expected.model = "sora-2";
  EXPECT_EQ(Resolve(generation, Small()), expected);
}

TEST(Resolve, FollowsThePictureOrTheEarlierVideo) {
  Generation generation;
  generation.first_frame = Image{"https://img.example/"};
  EXPECT_EQ(Resolve(generation, Small()).aspect_ratio, "auto");
  generation.first_frame.reset();
  generation.source_video = SourceVideo{};
  EXPECT_EQ(Resolve(generation, Small()).aspect_ratio, "auto");
  generation.source_video.reset();
  generation.reference_images = {Image{"https://img.example/"}};
  EXPECT_EQ(Resolve(generation, Small()).aspect_ratio, "16:9") << "a reference is no frame";
}

TEST(Resolve, ARemixHasTheLengthOfTheEarlierVideoAndNoDefault) {
  Generation generation;
  generation.source_video = SourceVideo{SourceVideoMode::kRemix, "", 0, "video_1"};
  EXPECT_EQ(Resolve(generation, Small()).duration_ms, std::nullopt);
  generation.duration_ms = 8000;
  EXPECT_EQ(Resolve(generation, Small()).duration_ms, 8000);
  generation.duration_ms.reset();
  generation.source_video->mode = SourceVideoMode::kExtend;
  EXPECT_EQ(Resolve(generation, Small()).duration_ms, Small().default_duration_ms);
}

TEST(Resolve, SortsExtrasAndAddsNone) {
  Generation generation;
  generation.extras = {{"b", true}, {"a", std::int64_t{1}}};
  const Generation resolved = Resolve(generation, Small());
  ASSERT_EQ(resolved.extras.size(), 2u);
  EXPECT_EQ(resolved.extras[0].name, "a");
  EXPECT_EQ(resolved.extras[1].name, "b");
}

TEST(Resolve, IsIdempotent) {
  const Generation once = Resolve({}, Small());
  EXPECT_EQ(Resolve(once, Small()), once);
}

}  // namespace
}  // namespace zoetrope
