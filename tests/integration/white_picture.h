// A picture to send by value.
#ifndef ZOETROPE_TESTS_INTEGRATION_WHITE_PICTURE_H_
#define ZOETROPE_TESTS_INTEGRATION_WHITE_PICTURE_H_

#include <gtest/gtest.h>
#include <png.h>

#include <string>
#include <vector>

namespace zoetrope::testing {

// The size that a video has by default.
inline constexpr int kWidth = 1280;
inline constexpr int kHeight = 720;

// PNG.
inline std::string WhitePicture(int width = kWidth, int height = kHeight) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGB;
  const std::vector<png_byte> pixels(std::size_t{3} * width * height, 255);
  // Without a place to write to, it tells how much it needs.
  png_alloc_size_t size = 0;
  EXPECT_NE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr), 0);
  std::string bytes(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  return bytes;
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_INTEGRATION_WHITE_PICTURE_H_
