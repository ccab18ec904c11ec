#include "server/validate/image_fit.h"

#include <gtest/gtest.h>

#include <array>

#include "server/validate/image_probe.h"
#include "server/validate/pixels.h"
#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

constexpr char kBlack = 'k';

// The colour at a place, as the first letter of its name.
char ColourAt(const Pixels& pixels, std::int32_t x, std::int32_t y) {
  const std::uint8_t* at = &pixels.bytes[(static_cast<std::size_t>(y) * pixels.width + x) * 3];
  const std::array<bool, 3> on = {at[0] > 128, at[1] > 128, at[2] > 128};
  if (on == std::array{true, false, false}) return 'r';
  if (on == std::array{false, true, false}) return 'g';
  if (on == std::array{false, false, true}) return 'b';
  if (on == std::array{true, true, true}) return 'w';
  return kBlack;
}

void Paint(Pixels& pixels, std::int32_t x, std::int32_t y, char colour) {
  std::uint8_t* at = &pixels.bytes[(static_cast<std::size_t>(y) * pixels.width + x) * 3];
  at[0] = colour == 'r' || colour == 'w' ? 255 : 0;
  at[1] = colour == 'g' || colour == 'w' ? 255 : 0;
  at[2] = colour == 'b' || colour == 'w' ? 255 : 0;
}

// Stripes from left to right, or from top to bottom, one per letter.
MediaBytes Stripes(std::int32_t width, std::int32_t height, std::string_view colours, bool upright = true) {
  Pixels pixels(width, height);
  for (std::int32_t y = 0; y < height; ++y) {
    for (std::int32_t x = 0; x < width; ++x) {
      const auto count = static_cast<std::int32_t>(colours.size());
      Paint(pixels, x, y,
            colours[static_cast<std::size_t>(upright ? x * count / width : y * count / height)]);
    }
  }
  return {"image/jpeg", *WriteJpeg(pixels)};
}

Pixels Fitted(const MediaBytes& picture, std::int32_t width, std::int32_t height, ImageFit fit) {
  const absl::StatusOr<MediaBytes> fitted = FitImage(picture, width, height, fit);
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  if (!fitted.ok()) return Pixels(width, height);
  EXPECT_EQ(fitted->content_type, "image/jpeg");
  const absl::StatusOr<ImageInfo> info = ProbeImage(fitted->bytes);
  EXPECT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->width_px, width);
  EXPECT_EQ(info->height_px, height);
  return *LoadPixels(*fitted, std::min(width, height));
}

TEST(ImageFitTest, CoverCutsOffBothSides) {
  const Pixels fitted = Fitted(Stripes(300, 100, "rgb"), 64, 64, ImageFit::kCover);
  for (const std::int32_t x : {4, 32, 60}) EXPECT_EQ(ColourAt(fitted, x, 32), 'g') << x;
}

TEST(ImageFitTest, CoverCutsOffTopAndBottom) {
  const Pixels fitted = Fitted(Stripes(100, 300, "rgb", /*upright=*/false), 64, 64, ImageFit::kCover);
  for (const std::int32_t y : {4, 32, 60}) EXPECT_EQ(ColourAt(fitted, 32, y), 'g') << y;
}

TEST(ImageFitTest, ContainShowsAllBetweenBars) {
  const Pixels fitted = Fitted(Stripes(300, 100, "rgb"), 120, 120, ImageFit::kContain);
  EXPECT_EQ(ColourAt(fitted, 20, 60), 'r');
  EXPECT_EQ(ColourAt(fitted, 60, 60), 'g');
  EXPECT_EQ(ColourAt(fitted, 100, 60), 'b');
  for (const std::int32_t y : {5, 30, 90, 115}) EXPECT_EQ(ColourAt(fitted, 60, y), kBlack) << y;
}

TEST(ImageFitTest, SmallPicturesGrow) {
  const Pixels fitted = Fitted(Stripes(30, 10, "rgb"), 1280, 720, ImageFit::kContain);
  EXPECT_EQ(ColourAt(fitted, 200, 360), 'r');
  EXPECT_EQ(ColourAt(fitted, 1100, 360), 'b');
}

TEST(ImageFitTest, APictureOfOnePixelAndOneOfExtremeProportions) {
  EXPECT_EQ(ColourAt(Fitted(Stripes(1, 1, "r"), 32, 48, ImageFit::kCover), 16, 16), 'r');
  EXPECT_EQ(ColourAt(Fitted(Stripes(2000, 1, "g"), 32, 48, ImageFit::kCover), 16, 24), 'g');
  EXPECT_EQ(ColourAt(Fitted(Stripes(1, 2000, "b"), 32, 48, ImageFit::kContain), 15, 24), 'b');
}

// The corners of the picture as it is seen, clockwise from the top left, when its stored ones are r, g, b, w.
TEST(ImageFitTest, TheCamerasTurnIsCarriedOut) {
  Pixels quarters(64, 64);
  for (std::int32_t y = 0; y < 64; ++y) {
    for (std::int32_t x = 0; x < 64; ++x)
      Paint(quarters, x, y, y < 32 ? (x < 32 ? 'r' : 'g') : (x < 32 ? 'w' : 'b'));
  }
  const std::string jpeg = *WriteJpeg(quarters);
  constexpr std::string_view kSeen[] = {"rgbw", "grwb", "bwrg", "wbgr", "rwbg", "wrgb", "bgrw", "gbwr"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const MediaBytes picture{"image/jpeg", WithOrientation(jpeg, orientation)};
    const Pixels fitted = Fitted(picture, 64, 64, ImageFit::kCover);
    const std::string seen = {ColourAt(fitted, 16, 16), ColourAt(fitted, 48, 16), ColourAt(fitted, 48, 48),
                              ColourAt(fitted, 16, 48)};
    EXPECT_EQ(seen, kSeen[orientation - 1]) << orientation;
  }
}

TEST(ImageFitTest, ATurnSwapsTheSides) {
  const MediaBytes lying{"image/jpeg", WithOrientation(Stripes(300, 100, "rgb").bytes, 6)};
  const Pixels fitted = Fitted(lying, 100, 300, ImageFit::kContain);
  EXPECT_EQ(ColourAt(fitted, 50, 50), 'r');
  EXPECT_EQ(ColourAt(fitted, 50, 150), 'g');
  EXPECT_EQ(ColourAt(fitted, 50, 250), 'b');
}

TEST(ImageFitTest, TheSameBytesGiveTheSameBytes) {
  const MediaBytes picture{"image/webp", EncodeWebp(67, 45, WebpKind::kAlpha)};
  EXPECT_EQ(*FitImage(picture, 64, 64, ImageFit::kCover), *FitImage(picture, 64, 64, ImageFit::kCover));
}

TEST(ImageFitTest, NoSizeNoPicture) {
  const MediaBytes picture = Stripes(30, 10, "rgb");
  EXPECT_EQ(FitImage(picture, 0, 10, ImageFit::kCover).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(FitImage(picture, 10, kFitSidePixels + 1, ImageFit::kCover).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(FitImage(picture, 10, 10, ImageFit::kExact).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(FitImage({"image/jpeg", "none"}, 10, 10, ImageFit::kCover).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace zoetrope
