// Pictures: whether they are whole, how large they are, and how they are brought to another size. The input
// is a picture.
#include <string>

#include "server/base/limits.h"
#include "server/validate/image_decoders.h"
#include "server/validate/image_fit.h"
#include "server/validate/image_probe.h"
#include "server/validate/pixels.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

constexpr std::int64_t kFittedPixels =
    256 * 256;  // larger ones are only probed: they would be most of the time

// A picture that was found whole is fitted, or refused with a sentence for the caller.
void CheckFit(const MediaBytes& picture, ImageFit fit) {
  constexpr PixelSize kTo{40, 24};
  const int orientation = OrientationOf(picture);
  FUZZ_CHECK(orientation >= 1 && orientation <= 8);
  const absl::StatusOr<MediaBytes> fitted = FitImage(picture, kTo.width, kTo.height, fit);
  FUZZ_CHECK(fitted.ok() || absl::IsInvalidArgument(fitted.status()));
  if (!fitted.ok()) return;
  const absl::StatusOr<ImageInfo> info = ProbeImage(fitted->bytes);
  FUZZ_CHECK(info.ok());
  FUZZ_CHECK(info->content_type == "image/jpeg" && fitted->content_type == "image/jpeg");
  FUZZ_CHECK(info->width_px == kTo.width && info->height_px == kTo.height);
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  const std::string bytes(fuzz::TextOf(data, size));
  const absl::StatusOr<ImageInfo> info = ProbeImage(bytes);
  if (!info.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(info.status()));
    return 0;
  }
  const std::string& type = info->content_type;
  FUZZ_CHECK(type == "image/jpeg" || type == "image/png" || type == "image/webp");
  const std::int64_t pixels = std::int64_t{info->width_px} * info->height_px;
  FUZZ_CHECK(info->width_px > 0 && info->height_px > 0 && pixels <= limits::kImagePixels);
  FUZZ_CHECK(info->width_px <= static_cast<std::int64_t>(kSidePixels) &&
             info->height_px <= static_cast<std::int64_t>(kSidePixels));
  if (pixels > fuzz::kFittedPixels) return 0;
  fuzz::CheckFit({type, bytes}, size % 2 == 0 ? ImageFit::kCover : ImageFit::kContain);
  return 0;
}
