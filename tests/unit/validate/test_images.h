// Real pictures, encoded by the libraries that decode them.
#ifndef ZOETROPE_TESTS_UNIT_VALIDATE_TEST_IMAGES_H_
#define ZOETROPE_TESTS_UNIT_VALIDATE_TEST_IMAGES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace zoetrope {

// Noisy RGB pixels, so that compressed data has a byte for each part of the picture.
std::vector<std::uint8_t> NoisyPixels(int width, int height);

enum class JpegKind { kBaseline, kProgressive, kGrey, kCmyk };
std::string EncodeJpeg(int width, int height, JpegKind kind = JpegKind::kBaseline);

// `jpeg` with a note of how the camera was held (EXIF tag 274).
std::string WithOrientation(const std::string& jpeg, int orientation);

enum class PngKind { kRgb, kInterlaced, kAlpha16, kPalette };
std::string EncodePng(int width, int height, PngKind kind = PngKind::kRgb);

enum class WebpKind { kLossy, kLossless, kAlpha };
std::string EncodeWebp(int width, int height, WebpKind kind = WebpKind::kLossy);

// A PNG whose header says width × height, with the right checksum and next to no data.
std::string PngBomb(std::uint32_t width, std::uint32_t height);

}  // namespace zoetrope

#endif  // ZOETROPE_TESTS_UNIT_VALIDATE_TEST_IMAGES_H_
