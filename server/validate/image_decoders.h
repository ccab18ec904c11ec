// One decoder per format; each decodes the whole picture, row by row where the library can, and keeps nothing
// of it.
#ifndef ZOETROPE_SERVER_VALIDATE_IMAGE_DECODERS_H_
#define ZOETROPE_SERVER_VALIDATE_IMAGE_DECODERS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/generation.h"

namespace zoetrope {

// A row is what decoders hold at least; a picture of one endless row would make them hold all of it.
inline constexpr std::uint64_t kSidePixels = 65'535;

// OK where both sides are 1 to kSidePixels, and width × height ≤ limits::kImagePixels. Every decoder asks
// before it allocates.
absl::Status CheckPixels(std::uint64_t width, std::uint64_t height);

// Bytes that carry the format's signature. INVALID_ARGUMENT with a sentence for the caller.
absl::StatusOr<PixelSize> DecodeJpeg(std::string_view bytes);
absl::StatusOr<PixelSize> DecodePng(std::string_view bytes);
absl::StatusOr<PixelSize> DecodeWebp(std::string_view bytes);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_IMAGE_DECODERS_H_
