#include "server/providers/binding.h"

#include <gtest/gtest.h>

#include <string>

#include "server/providers/upload_step.h"

namespace zoetrope {
namespace {

class BindingTest : public testing::Test {
 protected:
  BindingTest() { generation_.count = 1; }

  // The input object, or the error's text.
  std::string Build() {
    const SubmitInput input{generation_, offering_, "attempt", blobs_, preparations_, ""};
    JsonBuilder builder;
    const absl::Status status = AddInput(input, builder);
    return status.ok() ? builder.value().Write() : std::string(status.message());
  }

  void Bind(Field field, std::string path, Encoding encoding = Encoding::kNatural,
            std::map<std::string, std::string> spelling = {}) {
    offering_.bindings.push_back({field, std::move(path), encoding, "", std::move(spelling)});
  }

  static Image Url(std::string url) { return {std::move(url), ImageFit::kExact}; }

  Image Blob(std::string bytes, std::int32_t width = 0, std::int32_t height = 0) {
    blobs_[bytes] = {"image/png", bytes};
    return {BlobRef{bytes, "image/png", static_cast<std::int64_t>(bytes.size()), width, height},
            ImageFit::kExact};
  }

  Generation generation_;
  Offering offering_;
  std::map<std::string, MediaBytes> blobs_;
  std::map<std::string, std::string> preparations_;
};

TEST_F(BindingTest, ItemsOfAContentList) {
  offering_.bindings = {
      {Field::kPrompt, "content", Encoding::kContentItem, "text", {}},
      {Field::kFirstFrame, "content", Encoding::kContentItem, "image_url", {}, "first_frame"},
      {Field::kReferenceVideos, "content", Encoding::kContentItem, "video_url", {}}};
  generation_.prompt = "a";
  generation_.first_frame = Url("https://i.example/1");
  generation_.reference_video_urls = {"https://v.example/1"};
  EXPECT_EQ(Build(), R"({"content":[{"type":"text","text":"a"},)"
                     R"({"type":"image_url","image_url":{"url":"https://i.example/1"},"role":"first_frame"},)"
                     R"({"type":"video_url","video_url":{"url":"https://v.example/1"}}]})");
}

TEST_F(BindingTest, AFrameRateThatNoOneNames) {
  Bind(Field::kFrameRate, "fps");
  EXPECT_EQ(Build(), "{}");
  offering_.default_frame_rate_hertz = 25;
  EXPECT_EQ(Build(), R"({"fps":25})");
  generation_.frame_rate_hertz = 50;
  EXPECT_EQ(Build(), R"({"fps":50})");
}

TEST_F(BindingTest, ASwitchWithWordsOfItsOwn) {
  Bind(Field::kAudio, "sound", Encoding::kNatural, {{"true", "on"}, {"false", ""}});
  generation_.audio = true;
  EXPECT_EQ(Build(), R"({"sound":"on"})");
  generation_.audio = false;
  EXPECT_EQ(Build(), "{}");
}

TEST_F(BindingTest, NothingBoundIsNothingSent) {
  generation_.duration_ms = 4000;
  generation_.resolution = "720p";
  generation_.aspect_ratio = "16:9";
  generation_.audio = true;
  EXPECT_EQ(Build(), "{}");
}

TEST_F(BindingTest, NaturalEncodings) {
  Bind(Field::kPrompt, "prompt");
  Bind(Field::kNegativePrompt, "negative_prompt");
  Bind(Field::kDuration, "duration");
  Bind(Field::kAudio, "settings.audio");
  Bind(Field::kSeed, "seed");
  Bind(Field::kFrameRate, "fps");
  Bind(Field::kCount, "n");
  generation_.prompt = "a \"b\"";
  generation_.duration_ms = 8000;
  generation_.audio = false;
  generation_.seed = -1;
  EXPECT_EQ(Build(), R"({"prompt":"a \"b\"","duration":8,"settings":{"audio":false},"seed":-1,"n":1})");
}

TEST_F(BindingTest, DurationsInEachSpelling) {
  generation_.duration_ms = 8000;
  Bind(Field::kDuration, "a", Encoding::kDecimalString);
  EXPECT_EQ(Build(), R"({"a":"8"})");
  offering_.bindings[0].encoding = Encoding::kSecondsString;
  EXPECT_EQ(Build(), R"({"a":"8s"})");
  generation_.duration_ms = 4500;
  EXPECT_EQ(Build(), R"({"a":"4.5s"})");
  offering_.bindings[0].encoding = Encoding::kNatural;
  EXPECT_EQ(Build(), R"({"a":4.5})");
  generation_.duration_ms = 4050;
  EXPECT_EQ(Build(), R"({"a":4.05})");
  offering_.bindings[0].spelling = {{"4.05", "short"}};
  EXPECT_EQ(Build(), R"({"a":"short"})");
}

TEST_F(BindingTest, SpellingsReplaceAndOmit) {
  Bind(Field::kResolution, "size", Encoding::kNatural, {{"720p", "HD"}});
  Bind(Field::kAspectRatio, "ratio", Encoding::kNatural, {{"auto", ""}});
  Bind(Field::kAudio, "sound", Encoding::kNatural, {{"true", "on"}, {"false", "off"}});
  generation_.resolution = "720p";
  generation_.aspect_ratio = "auto";
  generation_.audio = true;
  EXPECT_EQ(Build(), R"({"size":"HD","sound":"on"})");
  generation_.resolution = "1080p";
  generation_.aspect_ratio = "9:16";
  EXPECT_EQ(Build(), R"({"size":"1080p","ratio":"9:16","sound":"on"})");
}

TEST_F(BindingTest, PicturesByUrlAndByValue) {
  Bind(Field::kFirstFrame, "image");
  generation_.first_frame = Url("https://img.example/a.png");
  EXPECT_EQ(Build(), R"({"image":"https://img.example/a.png"})");
  generation_.first_frame = Blob("hello");
  EXPECT_EQ(Build(), "the offering has no place for a picture given by value");
  offering_.inline_images = true;
  EXPECT_EQ(Build(), R"({"image":"data:image/png;base64,aGVsbG8="})");
  blobs_.clear();
  EXPECT_EQ(Build(), "a picture's bytes are not there");
  preparations_[UploadStep(generation_.first_frame->blob()->sha256)] = "https://media.example/up.png";
  EXPECT_EQ(Build(), R"({"image":"https://media.example/up.png"})");
}

TEST_F(BindingTest, FramesWithTagsShareAnArray) {
  Bind(Field::kFirstFrame, "inputs.frameImages", Encoding::kTaggedFrame);
  Bind(Field::kLastFrame, "inputs.frameImages", Encoding::kTaggedFrame);
  offering_.bindings[0].tag = "first";
  offering_.bindings[1].tag = "last";
  generation_.first_frame = Url("https://a");
  generation_.last_frame = Url("https://b");
  EXPECT_EQ(
      Build(),
      R"({"inputs":{"frameImages":[{"image":"https://a","frame":"first"},{"image":"https://b","frame":"last"}]}})");
}

TEST_F(BindingTest, ListsAsArrays) {
  Bind(Field::kReferenceImages, "images", Encoding::kArray);
  Bind(Field::kReferenceVideos, "videos", Encoding::kArray);
  Bind(Field::kReferenceAudios, "audios", Encoding::kArray);
  Bind(Field::kAudioTrack, "track");
  generation_.reference_images = {Url("https://a"), Url("https://b")};
  generation_.reference_video_urls = {"https://v"};
  generation_.audio_track_url = "https://t";
  EXPECT_EQ(Build(), R"({"images":["https://a","https://b"],"videos":["https://v"],"track":"https://t"})");
  offering_.bindings[0].encoding = Encoding::kNatural;
  EXPECT_EQ(Build(), "the offering has no place for more than one value at `images`");
}

TEST_F(BindingTest, ASourceVideoByItsId) {
  Bind(Field::kSourceVideo, "inputs.videoId");
  generation_.source_video = SourceVideo{SourceVideoMode::kRemix, "", 0, "video_1"};
  EXPECT_EQ(Build(), R"({"inputs":{"videoId":"video_1"}})");
}

TEST_F(BindingTest, WhatHasNoPlaceIsNotDropped) {
  const auto expect = [this](std::string_view what) {
    EXPECT_EQ(Build(), "the offering has no place for " + std::string(what));
    generation_ = Generation();
  };
  generation_.prompt = "x", expect("a prompt");
  generation_.negative_prompt = "x", expect("a negative prompt");
  generation_.first_frame = Url("https://a"), expect("a first frame");
  generation_.last_frame = Url("https://a"), expect("a last frame");
  generation_.reference_images = {Url("https://a")}, expect("reference images");
  generation_.reference_video_urls = {"https://a"}, expect("reference videos");
  generation_.reference_audio_urls = {"https://a"}, expect("reference audio");
  generation_.audio_track_url = "https://a", expect("an audio track");
  generation_.source_video = SourceVideo(), expect("a source video");
  generation_.seed = 1, expect("a seed");
  generation_.frame_rate_hertz = 24, expect("a frame rate");
  generation_.count = 2, expect("more than one video");
  generation_.extras = {{"sparkle", true}}, expect("the parameter `sparkle`");
}

TEST_F(BindingTest, ConstantsAndExtras) {
  offering_.constants = {{"safety.mode", "\"fast\""}, {"steps", "8.0"}};
  offering_.extras = {{"quality", "q", ParameterType::kInteger, "", false, std::nullopt, {}, {}, {}},
                      {"format",
                       "out.format",
                       ParameterType::kString,
                       "",
                       false,
                       ParameterValue(std::string("MP4")),
                       {},
                       {},
                       {}},
                      {"scale", "scale", ParameterType::kNumber, "", false, ParameterValue(0.1), {}, {}, {}},
                      {"fast", "fast", ParameterType::kBool, "", false, ParameterValue(true), {}, {}, {}}};
  EXPECT_EQ(Build(),
            R"({"safety":{"mode":"fast"},"steps":8.0,"out":{"format":"MP4"},"scale":0.1,"fast":true})");
  generation_.extras = {{"fast", false}, {"quality", std::int64_t{95}}, {"scale", 2.5}};
  EXPECT_EQ(
      Build(),
      R"({"safety":{"mode":"fast"},"steps":8.0,"q":95,"out":{"format":"MP4"},"scale":2.5,"fast":false})");
}

TEST_F(BindingTest, ARequiredExtraMustBeThere) {
  offering_.extras = {{"voice", "voice", ParameterType::kString, "", true, std::nullopt, {}, {}, {}}};
  EXPECT_EQ(Build(), "the parameter `voice` is required");
  generation_.extras = {{"voice", std::string("low")}};
  EXPECT_EQ(Build(), R"({"voice":"low"})");
}

TEST_F(BindingTest, DataThatCollidesIsAnError) {
  Bind(Field::kResolution, "size");
  offering_.constants = {{"size", "1"}};
  generation_.resolution = "720p";
  EXPECT_EQ(Build(), "path `size` is set twice");
}

class SizesTest : public BindingTest {
 protected:
  SizesTest() {
    offering_.inline_images = true;
    offering_.sizes = {{"720p", "16:9", {{"s", "\"1280x720\""}}},
                       {"720p", "9:16", {{"s", "\"720x1280\""}}},
                       {"720p", "1:1", {{"s", "\"960x960\""}}},
                       {"1080p", "16:9", {{"s", "\"1920x1080\""}}}};
    Bind(Field::kFirstFrame, "f");
  }

  // The aspect ratio of the row that is chosen; `-` for none.
  std::string Choose(std::string resolution, std::string aspect_ratio) {
    generation_.resolution = std::move(resolution);
    generation_.aspect_ratio = std::move(aspect_ratio);
    const absl::StatusOr<const SizeRow*> row = ChooseSize(generation_, offering_);
    if (!row.ok()) return "error";
    return *row == nullptr ? "-" : (*row)->resolution + " " + (*row)->aspect_ratio;
  }
};

TEST_F(SizesTest, ExplicitRowsCount) {
  EXPECT_EQ(Choose("720p", "9:16"), "720p 9:16");
  EXPECT_EQ(Choose("1080p", "16:9"), "1080p 16:9");
  EXPECT_EQ(Choose("1080p", "9:16"), "error");
  EXPECT_EQ(Choose("480p", "16:9"), "error");
  EXPECT_EQ(Build(), "the offering has no place for the resolution and aspect ratio");
}

TEST_F(SizesTest, AutoGoesByTheMeasuredPicture) {
  const struct {
    std::int32_t width, height;
    std::string want;
  } kCases[] = {{1600, 900, "720p 16:9"},   {900, 1600, "720p 9:16"},  {1000, 1000, "720p 1:1"},
                {4000, 3000, "720p 1:1"},   {1500, 1000, "720p 16:9"}, {1, 1'000'000, "720p 9:16"},
                {1'000'000, 1, "720p 16:9"}};
  for (const auto& c : kCases) {
    generation_.first_frame = Blob("x", c.width, c.height);
    EXPECT_EQ(Choose("720p", "auto"), c.want) << c.width << "x" << c.height;
  }
  generation_.first_frame = Blob("x", 900, 1600);
  EXPECT_EQ(Choose("1080p", "auto"), "1080p 16:9") << "the only row of that resolution";
}

TEST_F(SizesTest, AutoWithoutMeasuresSendsNoSize) {
  EXPECT_EQ(Choose("720p", "auto"), "-");
  generation_.first_frame = Url("https://img.example/a.png");
  EXPECT_EQ(Choose("720p", "auto"), "-");
  EXPECT_EQ(Build(), R"({"f":"https://img.example/a.png"})");
  generation_.first_frame = Blob("x");
  EXPECT_EQ(Choose("720p", "auto"), "-");
}

TEST_F(SizesTest, AutoMayHaveARowOfItsOwn) {
  offering_.sizes.push_back({"720p", "auto", {{"s", "\"auto\""}}});
  generation_.first_frame = Blob("x", 900, 1600);
  EXPECT_EQ(Choose("720p", "auto"), "720p auto");
  EXPECT_EQ(Build(), R"({"f":"data:image/png;base64,eA==","s":"auto"})");
}

}  // namespace
}  // namespace zoetrope
