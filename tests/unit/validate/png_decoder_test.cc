#include "server/validate/image_decoders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <cstdint>
#include <string>

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

// A PNG with `count` packed texts between its header and its pixels, each of `bytes`.
std::string PngWithTexts(int count, std::size_t bytes) {
  const auto big_endian = [](std::uint32_t value) {
    return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                       static_cast<char>(value >> 8), static_cast<char>(value)};
  };
  const std::string text(bytes, 'x');
  uLongf size = compressBound(text.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           text.size());
  const std::string data = std::string("zTXt") + std::string("k\0\0", 3) + packed.substr(0, size);
  const auto sum = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
  const std::string chunk = big_endian(static_cast<std::uint32_t>(data.size() - 4)) + data + big_endian(sum);
  const std::string good = EncodePng(67, 45);
  constexpr std::size_t kHeader = 8 + 25;  // signature and IHDR
  std::string png = good.substr(0, kHeader);
  for (int i = 0; i < count; ++i) png += chunk;
  return png + good.substr(kHeader);
}

TEST(DecodePng, SpendsNothingOnWhatStandsBesideThePixels) {
  const std::string png = PngWithTexts(40, std::size_t{7} << 20);
  ASSERT_LT(png.size(), limits::kImageBytes / 16);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_TRUE(DecodePng(png).ok());
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 << 10) << "kilobytes";
  // Damage shows even there.
  std::string damaged = png;
  damaged[60] = static_cast<char>(damaged[60] ^ 1);
  EXPECT_FALSE(DecodePng(damaged).ok());
}

TEST(DecodePng, BoundsSidesAndPixels) {
  EXPECT_FALSE(DecodePng(PngBomb(65'536, 1)).ok());
  EXPECT_EQ(DecodePng(PngBomb(7'072, 7'072)).status().message(), "must have at most 50 megapixels");
  EXPECT_EQ(DecodePng(PngBomb(7'071, 7'071)).status().message(), "is a damaged PNG picture");
}

}  // namespace
}  // namespace zoetrope
