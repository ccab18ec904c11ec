#include "server/validate/pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

TEST(PixelsTest, EveryFormatIsLoaded) {
  const MediaBytes pictures[] = {
      {"image/jpeg", EncodeJpeg(67, 45)},
      {"image/jpeg", EncodeJpeg(67, 45, JpegKind::kProgressive)},
      {"image/jpeg", EncodeJpeg(67, 45, JpegKind::kGrey)},
      {"image/png", EncodePng(67, 45)},
      {"image/png", EncodePng(67, 45, PngKind::kInterlaced)},
      {"image/png", EncodePng(67, 45, PngKind::kAlpha16)},
      {"image/png", EncodePng(67, 45, PngKind::kPalette)},
      {"image/webp", EncodeWebp(67, 45)},
      {"image/webp", EncodeWebp(67, 45, WebpKind::kLossless)},
      {"image/webp", EncodeWebp(67, 45, WebpKind::kAlpha)},
  };
  for (const MediaBytes& picture : pictures) {
    const absl::StatusOr<Pixels> pixels = LoadPixels(picture, 45);
    ASSERT_TRUE(pixels.ok()) << picture.content_type << " " << pixels.status();
    EXPECT_EQ(pixels->width, 67);
    EXPECT_EQ(pixels->height, 45);
    EXPECT_EQ(pixels->bytes.size(), 67u * 45u * 3u);
  }
}

TEST(PixelsTest, WhatLosesNothingComesBackAsItWas) {
  std::vector<std::uint8_t> noise = NoisyPixels(31, 17);
  noise.resize(31 * 17 * 3);
  EXPECT_EQ(LoadPixels({"image/png", EncodePng(31, 17)}, 1)->bytes, noise);
  EXPECT_EQ(LoadPixels({"image/webp", EncodeWebp(31, 17, WebpKind::kLossless)}, 1)->bytes, noise);
}

TEST(PixelsTest, ALargeJpegIsShrunkOnTheWay) {
  const MediaBytes picture{"image/jpeg", EncodeJpeg(800, 400)};
  EXPECT_EQ(LoadPixels(picture, 400)->width, 800);
  EXPECT_EQ(LoadPixels(picture, 200)->width, 400);
  EXPECT_EQ(LoadPixels(picture, 1)->width, 100);
}

TEST(PixelsTest, WhatCannotBeChangedIsRefused) {
  const auto refusal = [](const MediaBytes& picture) {
    return std::string(LoadPixels(picture, 1).status().message());
  };
  EXPECT_THAT(refusal({"image/jpeg", EncodeJpeg(67, 45, JpegKind::kCmyk)}), HasSubstr("CMYK"));
  EXPECT_THAT(refusal({"image/gif", "GIF89a"}), HasSubstr("JPEG, PNG or WebP"));
  for (const char* type : {"image/jpeg", "image/png", "image/webp"})
    EXPECT_THAT(refusal({type, "none"}), HasSubstr("cannot be read")) << type;
}

TEST(PixelsTest, WhatWasWrittenCanBeRead) {
  Pixels red(16, 8);
  for (std::size_t i = 0; i < red.bytes.size(); i += 3) red.bytes[i] = 255;
  const absl::StatusOr<std::string> bytes = WriteJpeg(red);
  ASSERT_TRUE(bytes.ok());
  const absl::StatusOr<Pixels> back = LoadPixels({"image/jpeg", *bytes}, 8);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->width, 16);
  EXPECT_GT(back->bytes[0], 245);
  EXPECT_LT(back->bytes[1], 10);
}

TEST(PixelsTest, TheCamerasNoteIsReadFromWhatHasOne) {
  EXPECT_EQ(OrientationOf({"image/jpeg", WithOrientation(EncodeJpeg(16, 8), 6)}), 6);
  EXPECT_EQ(OrientationOf({"image/jpeg", WithOrientation(EncodeJpeg(16, 8), 9)}), 1);
  EXPECT_EQ(OrientationOf({"image/jpeg", EncodeJpeg(16, 8)}), 1);
  EXPECT_EQ(OrientationOf({"image/png", EncodePng(16, 8)}), 1);
}

TEST(PixelsTest, ADamagedNoteIsNone) {
  const std::string whole = WithOrientation(EncodeJpeg(16, 8), 6);
  for (std::size_t at = 4; at < 40; ++at) {
    std::string damaged = whole;
    damaged[at] = '\xff';
    const int orientation = OrientationOf({"image/jpeg", damaged});
    EXPECT_GE(orientation, 1) << at;
    EXPECT_LE(orientation, 8) << at;
  }
}

}  // namespace
}  // namespace zoetrope
