#include "server/validate/image_decoders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/limits.h"
#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

TEST(DecodeWebp, RefusesMovingPictures) {
  // A VP8X header with the animation flag, then nothing that moves.
  const std::string frame = EncodeWebp(16, 16).substr(12);
  std::string webp = std::string("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0", 30) +
                     std::string("ANIM\x06\0\0\0\0\0\0\0\0\0", 14) + frame;
  webp[4] = static_cast<char>((webp.size() - 8) & 0xff);
  webp[5] = static_cast<char>((webp.size() - 8) >> 8);
  EXPECT_THAT(std::string(DecodeWebp(webp).status().message()),
              ::testing::AnyOf(HasSubstr("still picture"), HasSubstr("damaged WebP")));
}

TEST(DecodeWebp, DecodesEveryKind) {
  for (const WebpKind kind : {WebpKind::kLossy, WebpKind::kLossless, WebpKind::kAlpha}) {
    const absl::StatusOr<PixelSize> size = DecodeWebp(EncodeWebp(9, 5, kind));
    ASSERT_TRUE(size.ok()) << size.status();
    EXPECT_EQ(size->width, 9);
    EXPECT_EQ(size->height, 5);
  }
}

}  // namespace
}  // namespace zoetrope
