#include "server/providers/multipart.h"

#include <algorithm>

#include "absl/status/status.h"

namespace zoetrope {
namespace {

// RFC 2046 §5.1.1 has 70; the number behind it needs some.
constexpr std::size_t kTokenChars = 60;
// Whoever writes the content does not know the token; a second try is unlikely, a third a defect.
constexpr int kBoundariesTried = 16;

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Letters, digits and `marks`, at least one.
bool IsWord(std::string_view text, std::string_view marks) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [marks](char c) {
    return IsAlphanumeric(c) || marks.find(c) != std::string_view::npos;
  });
}

bool IsMediaType(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && IsWord(text.substr(0, slash), "-.+") &&
         IsWord(text.substr(slash + 1), "-.+");
}

}  // namespace

bool MultipartForm::Holds(std::string_view text) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [text](const Part& part) { return part.content.find(text) != std::string_view::npos; });
}

absl::StatusOr<MultipartForm::Encoded> MultipartForm::Encode(std::string_view token) const {
  if (token.size() > kTokenChars || !IsWord(token, "-"))
    return absl::FailedPreconditionError("a form's boundary is made of letters, digits and hyphens");
  std::size_t size = 0;
  for (const Part& part : parts_) {
    const bool is_file = !part.filename.empty() || !part.content_type.empty();
    if (!IsWord(part.name, "_.-[]") ||
        (is_file && (!IsWord(part.filename, "_.-[]") || !IsMediaType(part.content_type)))) {
      return absl::FailedPreconditionError("a form's part has a name or a type that is no plain word");
    }
    size += part.content.size() + part.name.size() + part.filename.size() + 256;
  }
  std::string boundary(token);
  for (int number = 2; Holds(boundary); ++number) {
    if (number > kBoundariesTried) return absl::FailedPreconditionError("no boundary fits a form's content");
    boundary = std::string(token) + "-" + std::to_string(number);
  }
  Encoded encoded{"multipart/form-data; boundary=" + boundary, ""};
  std::string& body = encoded.body;
  body.reserve(size);
  for (const Part& part : parts_) {
    body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
    body.append(part.name).append("\"");
    if (!part.filename.empty()) {
      body.append("; filename=\"").append(part.filename).append("\"");
      body.append("\r\nContent-Type: ").append(part.content_type);
    }
    body.append("\r\n\r\n").append(part.content).append("\r\n");
  }
  body.append("--").append(boundary).append("--\r\n");
  return encoded;
}

absl::StatusOr<std::string> PictureFileName(std::string_view stem, std::string_view content_type) {
  if (content_type == "image/jpeg") return std::string(stem) + ".jpg";
  if (content_type == "image/png") return std::string(stem) + ".png";
  if (content_type == "image/webp") return std::string(stem) + ".webp";
  return absl::FailedPreconditionError("a picture is of a type that is not taken");
}

}  // namespace zoetrope
