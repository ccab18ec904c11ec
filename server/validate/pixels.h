// A picture in memory, and how it gets there and back.
#ifndef ZOETROPE_SERVER_VALIDATE_PIXELS_H_
#define ZOETROPE_SERVER_VALIDATE_PIXELS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/generation.h"

namespace zoetrope {

// Rows from the top, three bytes a pixel: red, green, blue, as sRGB.
struct Pixels {
  Pixels(std::int32_t w, std::int32_t h)
      : width(w), height(h), bytes(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * 3) {}

  std::int32_t width;
  std::int32_t height;
  std::vector<std::uint8_t> bytes;
};

// Decodes a picture that ProbeImage has found whole and small enough. A JPEG may come out at a half, a
// quarter or an eighth of its size, as long as both sides keep at least `side_min` pixels: that is cheaper
// than to shrink it after. INVALID_ARGUMENT with a sentence for the caller.
absl::StatusOr<Pixels> LoadPixels(const MediaBytes& picture, std::int32_t side_min);

// How the camera was held, as EXIF writes it: 1 (upright) to 8; 1 where the picture does not say.
int OrientationOf(const MediaBytes& picture);

// INTERNAL where the library fails.
absl::StatusOr<std::string> WriteJpeg(const Pixels& pixels);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_PIXELS_H_
