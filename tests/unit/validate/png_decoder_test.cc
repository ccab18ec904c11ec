#include "server/validate/image_decoders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/limits.h"
#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

TEST(DecodePng, RefusesDamageThatAChecksumShows) {
  const std::string good = EncodePng(67, 45);
  int refused = 0;
  for (std::size_t at = 8; at + 12 < good.size(); at += 7) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    refused += DecodePng(bytes).ok() ? 0 : 1;
  }
  EXPECT_EQ(refused, static_cast<int>((good.size() - 12 - 8 + 6) / 7));
}

TEST(DecodePng, DecodesEveryPassOfAnInterlacedPicture) {
  const std::string whole = EncodePng(67, 45, PngKind::kInterlaced);
  EXPECT_TRUE(DecodePng(whole).ok());
  // The data of the last pass is cut out of the one chunk that holds it all, so only decoding to the end can
  // tell.
  EXPECT_FALSE(DecodePng(whole.substr(0, whole.size() - 40)).ok());
}

TEST(DecodePng, BoundsSidesAndPixels) {
  EXPECT_FALSE(DecodePng(PngBomb(65'536, 1)).ok());
  EXPECT_EQ(DecodePng(PngBomb(7'072, 7'072)).status().message(), "must have at most 50 megapixels");
  EXPECT_EQ(DecodePng(PngBomb(7'071, 7'071)).status().message(), "is a damaged PNG picture");
}

}  // namespace
}  // namespace zoetrope
