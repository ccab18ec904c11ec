#include "server/validate/pixels.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <libexif/exif-data.h>
#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>

namespace zoetrope {
namespace {

constexpr int kJpegQuality = 95;  // the provider will compress the result again

using TurboHandle = std::unique_ptr<void, int (*)(tjhandle)>;

const unsigned char* Data(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

absl::Status Damaged() { return absl::InvalidArgumentError("cannot be read"); }

// The size at which a picture of `width` × `height` is decoded.
std::pair<int, int> ScaledSize(int width, int height, std::int32_t side_min) {
  std::pair<int, int> best(width, height);
  int count = 0;
  const tjscalingfactor* const factors = tjGetScalingFactors(&count);
  for (int i = 0; factors != nullptr && i < count; ++i) {
    const std::pair<int, int> scaled(TJSCALED(width, factors[i]), TJSCALED(height, factors[i]));
    if (std::min(scaled.first, scaled.second) >= side_min && scaled.first < best.first) best = scaled;
  }
  return best;
}

absl::StatusOr<Pixels> LoadJpeg(const std::string& bytes, std::int32_t side_min) {
  const TurboHandle decoder(tjInitDecompress(), &tjDestroy);
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), Data(bytes), bytes.size(), &width, &height, &sampling, &colours) !=
      0)
    return Damaged();
  if (colours == TJCS_CMYK || colours == TJCS_YCCK)
    return absl::InvalidArgumentError(
        "has the colours of print (CMYK): give it as RGB, or in the size that is needed");
  const auto [scaled_width, scaled_height] = ScaledSize(width, height, side_min);
  Pixels pixels(scaled_width, scaled_height);
  if (tjDecompress2(decoder.get(), Data(bytes), bytes.size(), pixels.bytes.data(), scaled_width, /*pitch=*/0,
                    scaled_height, TJPF_RGB, /*flags=*/0) != 0)
    return Damaged();
  return pixels;
}

absl::StatusOr<Pixels> LoadPng(const std::string& bytes) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_imagep)> freed(&image, &png_image_free);
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) return Damaged();
  image.format = PNG_FORMAT_RGB;
  Pixels pixels(static_cast<std::int32_t>(image.width), static_cast<std::int32_t>(image.height));
  const png_color black = {0, 0, 0};
  if (png_image_finish_read(&image, &black, pixels.bytes.data(), /*row_stride=*/0, /*colormap=*/nullptr) == 0)
    return Damaged();
  return pixels;
}

// Of a pixel that is half to be seen, half of its colour stays: as if it lay on black.
void PutOnBlack(const std::vector<std::uint8_t>& rgba, Pixels& pixels) {
  for (std::size_t from = 0, to = 0; from < rgba.size(); from += 4, to += 3) {
    for (std::size_t i = 0; i < 3; ++i)
      pixels.bytes[to + i] = static_cast<std::uint8_t>(rgba[from + i] * rgba[from + 3] / 255);
  }
}

absl::StatusOr<Pixels> LoadWebp(const std::string& bytes) {
  int width = 0;
  int height = 0;
  if (WebPGetInfo(Data(bytes), bytes.size(), &width, &height) == 0) return Damaged();
  Pixels pixels(width, height);
  std::vector<std::uint8_t> rgba(pixels.bytes.size() / 3 * 4);
  if (WebPDecodeRGBAInto(Data(bytes), bytes.size(), rgba.data(), rgba.size(), width * 4) == nullptr)
    return Damaged();
  PutOnBlack(rgba, pixels);
  return pixels;
}

}  // namespace

absl::StatusOr<Pixels> LoadPixels(const MediaBytes& picture, std::int32_t side_min) {
  if (picture.content_type == "image/jpeg") return LoadJpeg(picture.bytes, side_min);
  if (picture.content_type == "image/png") return LoadPng(picture.bytes);
  if (picture.content_type == "image/webp") return LoadWebp(picture.bytes);
  return absl::InvalidArgumentError("must be a JPEG, PNG or WebP picture");
}

int OrientationOf(const MediaBytes& picture) {
  if (picture.content_type != "image/jpeg") return 1;
  const std::unique_ptr<ExifData, void (*)(ExifData*)> data(
      exif_data_new_from_data(Data(picture.bytes), static_cast<unsigned int>(picture.bytes.size())),
      &exif_data_unref);
  if (data == nullptr) return 1;
  const ExifEntry* const entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

absl::StatusOr<std::string> WriteJpeg(const Pixels& pixels) {
  const TurboHandle encoder(tjInitCompress(), &tjDestroy);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(encoder.get(), pixels.bytes.data(), pixels.width, /*pitch=*/0, pixels.height,
                                 TJPF_RGB, &out, &size, TJSAMP_444, kJpegQuality, /*flags=*/0);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> freed(out, &tjFree);
  if (failed != 0) return absl::InternalError("the fitted picture could not be written");
  return std::string(reinterpret_cast<const char*>(out), size);
}

}  // namespace zoetrope
