// Whether bytes are a picture that we take.
#ifndef ZOETROPE_SERVER_VALIDATE_IMAGE_PROBE_H_
#define ZOETROPE_SERVER_VALIDATE_IMAGE_PROBE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace zoetrope {

struct ImageInfo {
  std::string content_type;  // image/jpeg, image/png or image/webp
  std::int32_t width_px = 0;
  std::int32_t height_px = 0;
};

// Decodes `bytes` wholly, with caps on bytes (limits::kImageBytes) and pixels (limits::kImagePixels) before
// anything is allocated. INVALID_ARGUMENT with a sentence for the caller when they are no JPEG, PNG or WebP,
// or are damaged, or are too large. Takes milliseconds to tens of them: not for an engine's thread.
absl::StatusOr<ImageInfo> ProbeImage(std::string_view bytes);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_IMAGE_PROBE_H_
