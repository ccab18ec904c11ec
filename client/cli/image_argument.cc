#include "client/cli/image_argument.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace zoetrope::cli {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 20;

bool StartsWith(std::string_view bytes, std::string_view magic) {
  return bytes.substr(0, magic.size()) == magic;
}

// At most one byte more than is allowed, so that a huge file costs nothing.
absl::StatusOr<std::string> ReadBounded(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a directory, not a picture"));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot read the picture ", path));
  std::string bytes(kMaxBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

}  // namespace

std::string_view ImageType(std::string_view bytes) {
  if (StartsWith(bytes, "\xff\xd8\xff")) return "image/jpeg";
  if (StartsWith(bytes, "\x89PNG\r\n\x1a\n")) return "image/png";
  if (StartsWith(bytes, "RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  return "";
}

absl::StatusOr<v1::Image> ReadImageArgument(const std::string& argument) {
  v1::Image image;
  if (absl::StartsWithIgnoreCase(argument, "https://")) {
    image.set_url(argument);
    return image;
  }
  if (absl::StrContains(argument, "://")) {
    return absl::InvalidArgumentError(
        absl::StrCat(argument, ": only https:// addresses and files are taken"));
  }
  auto bytes = ReadBounded(argument);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(argument, " is larger than 8 MiB; make it smaller, or give an https:// address"));
  }
  if (ImageType(*bytes).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(argument, " is not a JPEG, PNG or WebP file"));
  }
  image.set_data(*std::move(bytes));
  return image;
}

}  // namespace zoetrope::cli
