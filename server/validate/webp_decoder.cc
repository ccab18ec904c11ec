#include <webp/decode.h>

#include <memory>

#include "server/base/limits.h"
#include "server/validate/image_decoders.h"

namespace zoetrope {
namespace {

struct Free {
  void operator()(std::uint8_t* pixels) const { WebPFree(pixels); }
};

}  // namespace

absl::StatusOr<PixelSize> DecodeWebp(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
    return absl::InvalidArgumentError("is a damaged WebP picture");
  }
  if (features.has_animation != 0) return absl::InvalidArgumentError("must be a still picture");
  if (absl::Status pixels = CheckPixels(static_cast<std::uint64_t>(features.width),
                                        static_cast<std::uint64_t>(features.height));
      !pixels.ok()) {
    return pixels;
  }
  // The library has no way to decode and forget; 50 megapixels in luma and chroma are 75 MB for the time of
  // the call. With an alpha channel or without loss it decodes to four bytes a pixel inside, whatever is
  // asked for.
  int width = 0;
  int height = 0;
  std::uint8_t* u = nullptr;
  std::uint8_t* v = nullptr;
  int stride = 0;
  int uv_stride = 0;
  const std::unique_ptr<std::uint8_t, Free> pixels(
      WebPDecodeYUV(data, bytes.size(), &width, &height, &u, &v, &stride, &uv_stride));
  if (pixels == nullptr || width != features.width || height != features.height) {
    return absl::InvalidArgumentError("is a damaged WebP picture");
  }
  return PixelSize{width, height};
}

}  // namespace zoetrope
