#include "server/validate/image_probe.h"

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/validate/image_decoders.h"

namespace zoetrope {
namespace {

constexpr std::string_view kJpegStart = "\xff\xd8\xff";
constexpr std::string_view kPngStart = "\x89PNG\r\n\x1a\n";

bool IsWebp(std::string_view bytes) {
  return bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP";
}

absl::StatusOr<ImageInfo> Describe(const char* content_type, const absl::StatusOr<PixelSize>& size) {
  if (!size.ok()) return size.status();
  return ImageInfo{content_type, size->width, size->height};
}

}  // namespace

absl::Status CheckPixels(std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0) return absl::InvalidArgumentError("is a damaged picture");
  if (width > kSidePixels || height > kSidePixels) {
    return absl::InvalidArgumentError(absl::StrCat("must have at most ", kSidePixels, " pixels a side"));
  }
  if (width * height > static_cast<std::uint64_t>(limits::kImagePixels)) {
    return absl::InvalidArgumentError(
        absl::StrCat("must have at most ", limits::kImagePixels / 1'000'000, " megapixels"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ImageInfo> ProbeImage(std::string_view bytes) {
  if (bytes.empty()) return absl::InvalidArgumentError("must not be empty");
  if (bytes.size() > limits::kImageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("must have at most ", limits::kImageBytes >> 20, " MiB"));
  }
  if (bytes.starts_with(kJpegStart)) return Describe("image/jpeg", DecodeJpeg(bytes));
  if (bytes.starts_with(kPngStart)) return Describe("image/png", DecodePng(bytes));
  if (IsWebp(bytes)) return Describe("image/webp", DecodeWebp(bytes));
  return absl::InvalidArgumentError("must be a JPEG, PNG or WebP picture");
}

}  // namespace zoetrope
