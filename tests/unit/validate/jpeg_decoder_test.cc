#include "server/validate/image_decoders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/limits.h"
#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

TEST(DecodeJpeg, RefusesEndlessScans) {
  std::string jpeg = EncodeJpeg(64, 64, JpegKind::kProgressive);
  // Repeats the last scan again and again.
  const std::size_t scan = jpeg.rfind("\xff\xda");
  const std::string repeated = jpeg.substr(scan, jpeg.size() - scan - 2);
  std::string hostile = jpeg.substr(0, jpeg.size() - 2);
  for (int i = 0; i < 2000; ++i) hostile += repeated;
  hostile += "\xff\xd9";
  if (hostile.size() > limits::kImageBytes) hostile.resize(limits::kImageBytes);
  EXPECT_THAT(std::string(DecodeJpeg(hostile).status().message()), HasSubstr("damaged JPEG"));
}

TEST(DecodeJpeg, KnowsEveryColourSpace) {
  for (const JpegKind kind :
       {JpegKind::kBaseline, JpegKind::kProgressive, JpegKind::kGrey, JpegKind::kCmyk}) {
    const absl::StatusOr<PixelSize> size = DecodeJpeg(EncodeJpeg(9, 5, kind));
    ASSERT_TRUE(size.ok()) << size.status();
    EXPECT_EQ(size->width, 9);
    EXPECT_EQ(size->height, 5);
  }
}

// The library takes some warnings for granted that here mean a picture which is not whole.
TEST(DecodeJpeg, TakesWarningsForDamage) {
  std::string bytes = EncodeJpeg(64, 64);
  const std::size_t middle = bytes.size() / 2;
  bytes.replace(middle, 2, "\xff\xd9", 2);  // an end in the middle of the data
  EXPECT_FALSE(DecodeJpeg(bytes).ok());
}

}  // namespace
}  // namespace zoetrope
