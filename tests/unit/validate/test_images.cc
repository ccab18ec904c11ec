#include "tests/unit/validate/test_images.h"

// jpeglib.h needs FILE and size_t to be there.
#include <cstddef>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include <cstdlib>

#include "tests/support/seeded_random.h"

namespace zoetrope {

std::vector<std::uint8_t> NoisyPixels(int width, int height) {
  testing::SeededRandom random(7);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
  for (std::uint8_t& value : pixels) value = static_cast<std::uint8_t>(random.Next());
  return pixels;
}

std::string EncodeJpeg(int width, int height, JpegKind kind) {
  const int components = kind == JpegKind::kGrey ? 1 : kind == JpegKind::kCmyk ? 4 : 3;
  std::vector<std::uint8_t> pixels = NoisyPixels(width, height);
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = components;
  info.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&info);
  if (kind == JpegKind::kProgressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = pixels.data() + static_cast<std::size_t>(info.next_scanline) *
                                       static_cast<std::size_t>(width * components);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string bytes(reinterpret_cast<char*>(buffer), size);
  jpeg_destroy_compress(&info);
  std::free(buffer);
  return bytes;
}

namespace {

void Append(png_structp png, png_bytep data, png_size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(data), size);
}

}  // namespace

std::string WithOrientation(const std::string& jpeg, int orientation) {
  using namespace std::string_literals;
  // Marker and length, then a TIFF header (little-endian) and a directory of one entry: a short.
  const std::string note = "\xff\xe1\x00\x22"s + "Exif\0\0II*\0\x08\0\0\0"s +
                           "\x01\0\x12\x01\x03\0\x01\0\0\0"s + static_cast<char>(orientation) +
                           "\0\0\0\0\0\0\0"s;
  return jpeg.substr(0, 2) + note + jpeg.substr(2);
}

std::string EncodePng(int width, int height, PngKind kind) {
  std::vector<std::uint8_t> pixels = NoisyPixels(width * 2, height);
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, Append, nullptr);
  const int depth = kind == PngKind::kAlpha16 ? 16 : 8;
  const int color = kind == PngKind::kAlpha16   ? PNG_COLOR_TYPE_RGB_ALPHA
                    : kind == PngKind::kPalette ? PNG_COLOR_TYPE_PALETTE
                                                : PNG_COLOR_TYPE_RGB;
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), depth, color,
               kind == PngKind::kInterlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette(256);
  if (kind == PngKind::kPalette) png_set_PLTE(png, info, palette.data(), 256);
  png_write_info(png, info);
  const int passes = png_set_interlace_handling(png);
  const std::size_t stride = png_get_rowbytes(png, info);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < height; ++y) png_write_row(png, pixels.data() + stride * static_cast<std::size_t>(y));
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::string EncodeWebp(int width, int height, WebpKind kind) {
  const std::vector<std::uint8_t> pixels = NoisyPixels(width, height);
  std::uint8_t* buffer = nullptr;
  std::size_t size = 0;
  switch (kind) {
    case WebpKind::kLossy:
      size = WebPEncodeRGB(pixels.data(), width, height, width * 3, 80, &buffer);
      break;
    case WebpKind::kLossless:
      size = WebPEncodeLosslessRGB(pixels.data(), width, height, width * 3, &buffer);
      break;
    case WebpKind::kAlpha:
      size = WebPEncodeRGBA(pixels.data(), width, height, width * 4, 80, &buffer);
      break;
  }
  std::string bytes(reinterpret_cast<char*>(buffer), size);
  WebPFree(buffer);
  return bytes;
}

std::string PngBomb(std::uint32_t width, std::uint32_t height) {
  const auto big_endian = [](std::uint32_t value) {
    return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                       static_cast<char>(value >> 8), static_cast<char>(value)};
  };
  const auto crc = [](const std::string& bytes) {
    std::uint32_t sum = 0xffffffff;
    for (const char c : bytes) {
      sum ^= static_cast<unsigned char>(c);
      for (int bit = 0; bit < 8; ++bit) sum = sum & 1 ? sum >> 1 ^ 0xedb88320u : sum >> 1;
    }
    return ~sum;
  };
  const auto chunk = [&](const std::string& type, const std::string& data) {
    return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(crc(type + data));
  };
  const std::string header = big_endian(width) + big_endian(height) + std::string("\x08\x06\x00\x00\x00", 5);
  return std::string("\x89PNG\r\n\x1a\n") + chunk("IHDR", header) +
         chunk("IDAT", std::string("\x78\x9c\x63\x00\x00\x00\x01\x00\x01", 9)) + chunk("IEND", "");
}

}  // namespace zoetrope
