#include "server/validate/image_fit.h"

#include <algorithm>
#include <utility>

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>

#include "server/base/status_macros.h"
#include "server/validate/pixels.h"

namespace zoetrope {
namespace {

constexpr int kColours = 3;

// A part of a picture.
struct Rectangle {
  std::int32_t x;
  std::int32_t y;
  std::int32_t width;
  std::int32_t height;
};

// The largest rectangle of the proportions of `shape_width` × `shape_height` in the middle of a picture.
Rectangle Middle(std::int32_t width, std::int32_t height, std::int32_t shape_width,
                 std::int32_t shape_height) {
  const std::int64_t w = width;
  const std::int64_t h = height;
  Rectangle part{0, 0, width, height};
  if (w * shape_height > h * shape_width) {
    part.width = std::max<std::int32_t>(1, static_cast<std::int32_t>(h * shape_width / shape_height));
    part.x = (width - part.width) / 2;
  } else {
    part.height = std::max<std::int32_t>(1, static_cast<std::int32_t>(w * shape_height / shape_width));
    part.y = (height - part.height) / 2;
  }
  return part;
}

// Upright, from a picture that was taken with the camera held as `orientation` says (EXIF 2.3, tag 274).
Pixels Upright(Pixels from, int orientation) {
  if (orientation == 1) return from;
  const bool swapped = orientation >= 5;
  Pixels to(swapped ? from.height : from.width, swapped ? from.width : from.height);
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (std::int32_t y = 0; y < to.height; ++y) {
    for (std::int32_t x = 0; x < to.width; ++x) {
      const std::int32_t along = swapped ? y : x;
      const std::int32_t down = swapped ? x : y;
      const std::int32_t source_x = from_right ? from.width - 1 - along : along;
      const std::int32_t source_y = from_bottom ? from.height - 1 - down : down;
      std::copy_n(&from.bytes[(static_cast<std::size_t>(source_y) * from.width + source_x) * kColours],
                  kColours, &to.bytes[(static_cast<std::size_t>(y) * to.width + x) * kColours]);
    }
  }
  return to;
}

// Writes `part` of `from`, scaled, over `place` of `to`.
absl::Status Scale(const Pixels& from, const Rectangle& part, const Rectangle& place, Pixels& to) {
  const auto at = [](const Pixels& pixels, const Rectangle& rectangle) {
    return (static_cast<std::size_t>(rectangle.y) * pixels.width + rectangle.x) * kColours;
  };
  const int done = stbir_resize_uint8_srgb(
      &from.bytes[at(from, part)], part.width, part.height, from.width * kColours, &to.bytes[at(to, place)],
      place.width, place.height, to.width * kColours, kColours, STBIR_ALPHA_CHANNEL_NONE, /*flags=*/0);
  return done == 1 ? absl::OkStatus() : absl::InternalError("the picture could not be scaled");
}

}  // namespace

absl::StatusOr<MediaBytes> FitImage(const MediaBytes& picture, std::int32_t width, std::int32_t height,
                                    ImageFit fit) {
  if (fit == ImageFit::kExact || width < 1 || height < 1 || width > kFitSidePixels || height > kFitSidePixels)
    return absl::InternalError("no size that a picture can be brought to");
  ZOETROPE_ASSIGN_OR_RETURN(Pixels loaded, LoadPixels(picture, std::max(width, height)));
  const Pixels from = Upright(std::move(loaded), OrientationOf(picture));
  Pixels to(width, height);  // black
  const bool cover = fit == ImageFit::kCover;
  const Rectangle part =
      cover ? Middle(from.width, from.height, width, height) : Rectangle{0, 0, from.width, from.height};
  const Rectangle place =
      cover ? Rectangle{0, 0, width, height} : Middle(width, height, from.width, from.height);
  ZOETROPE_RETURN_IF_ERROR(Scale(from, part, place, to));
  ZOETROPE_ASSIGN_OR_RETURN(std::string bytes, WriteJpeg(to));
  return MediaBytes{"image/jpeg", std::move(bytes)};
}

}  // namespace zoetrope
