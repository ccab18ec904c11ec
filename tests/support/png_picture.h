// Pictures to send by value.
#ifndef ZOETROPE_TESTS_SUPPORT_PNG_PICTURE_H_
#define ZOETROPE_TESTS_SUPPORT_PNG_PICTURE_H_

#include <gtest/gtest.h>
#include <png.h>

#include <string>
#include <vector>

#include "tests/support/seeded_random.h"

namespace zoetrope::testing {

// The size that a video has by default.
inline constexpr int kWidth = 1280;
inline constexpr int kHeight = 720;

// `pixels`: red, green and blue of each, by rows.
inline std::string PngOf(int width, int height, const std::vector<png_byte>& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGB;
  // Without a place to write to, it tells how much it needs.
  png_alloc_size_t size = 0;
  EXPECT_NE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr), 0);
  std::string bytes(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  return bytes;
}

// Of a few kilobytes.
inline std::string WhitePicture(int width = kWidth, int height = kHeight) {
  return PngOf(width, height, std::vector<png_byte>(std::size_t{3} * width * height, 255));
}

// Of 2.6 MiB, because noise cannot be compressed.
inline std::string NoisyPicture(SeededRandom& random) {
  std::vector<png_byte> pixels(std::size_t{3} * kWidth * kHeight);
  for (png_byte& pixel : pixels) pixel = static_cast<png_byte>(random.Below(256));
  return PngOf(kWidth, kHeight, pixels);
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_PNG_PICTURE_H_
