// Brings a picture to the size that a provider demands of a first frame.
#ifndef ZOETROPE_SERVER_VALIDATE_IMAGE_FIT_H_
#define ZOETROPE_SERVER_VALIDATE_IMAGE_FIT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "server/domain/generation.h"

namespace zoetrope {

// `picture`, which ProbeImage has found whole, as a JPEG of `width` × `height` pixels.
// - kCover: as small as fills both sides; what sticks out is cut off evenly.
// - kContain: as large as fits; the rest is black.
// A turn that the camera noted (EXIF) is carried out; what shines through becomes black.
//
// Pure, and slow: a tenth of a second for a large picture. It holds the decoded picture, 3 bytes a pixel, so
// the caller bounds how many are at work at once. INVALID_ARGUMENT with a sentence for the caller, where the
// picture is of a kind that can be sent as it is but not changed (CMYK). `fit` is not kExact; sides are 1 to
// kFitSidePixels.
absl::StatusOr<MediaBytes> FitImage(const MediaBytes& picture, std::int32_t width, std::int32_t height,
                                    ImageFit fit);

inline constexpr std::int32_t kFitSidePixels = 8'192;

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_IMAGE_FIT_H_
