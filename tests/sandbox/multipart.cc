#include "tests/sandbox/multipart.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/http_message.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::size_t kMaxParts = 100;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046
constexpr std::string_view kLine = "\r\n";

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of `name=value` or `name="value"` among the parameters behind the first semicolon.
std::optional<std::string> Parameter(std::string_view header, std::string_view name) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    header.remove_prefix(at + 1);
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key = LowerCase(Trim(header.substr(0, equals)));
    header.remove_prefix(equals + 1);
    std::string value;
    std::size_t end = 0;
    if (!header.empty() && header.front() == '"') {
      for (end = 1; end < header.size() && header[end] != '"'; ++end) {
        if (header[end] == '\\' && end + 1 < header.size()) ++end;
        value += header[end];
      }
      end = std::min(end + 1, header.size());
    } else {
      end = std::min(header.find(';'), header.size());
      value = std::string(Trim(header.substr(0, end)));
    }
    if (key == name) return value;
    at = header.find(';', end);
  }
  return std::nullopt;
}

// Reads the header lines of a part. False if it does not say which field it is.
bool ReadPartHeader(std::string_view header, FormPart* part) {
  bool named = false;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(kLine), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + kLine.size(), header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string key = LowerCase(Trim(line.substr(0, colon)));
    const std::string_view value = Trim(line.substr(colon + 1));
    if (key == "content-type") part->content_type = std::string(value);
    if (key != "content-disposition" || !StartsWith(LowerCase(value), "form-data")) continue;
    const std::optional<std::string> name = Parameter(value, "name");
    const std::optional<std::string> filename = Parameter(value, "filename");
    named = name.has_value();
    part->name = name.value_or("");
    part->is_file = filename.has_value() || Parameter(value, "filename*").has_value();
    part->filename = filename.value_or("");
  }
  return named;
}

}  // namespace

bool IsForm(std::string_view content_type) {
  return StartsWith(LowerCase(content_type), "multipart/form-data");
}

std::optional<std::vector<FormPart>> ParseForm(std::string_view content_type, std::string_view body) {
  const std::optional<std::string> boundary = Parameter(content_type, "boundary");
  if (!IsForm(content_type) || !boundary || boundary->empty() || boundary->size() > kMaxBoundary) {
    return std::nullopt;
  }
  const std::string delimiter = "--" + *boundary;
  // What stands before the first boundary is for readers that know no forms.
  const std::size_t first = StartsWith(body, delimiter) ? 0 : body.find(std::string(kLine) + delimiter);
  if (first == std::string_view::npos) return std::nullopt;
  body.remove_prefix(first + (first == 0 ? 0 : kLine.size()) + delimiter.size());
  std::vector<FormPart> parts;
  while (!StartsWith(body, "--")) {
    const std::size_t open = body.find(kLine);
    if (open == std::string_view::npos || !Trim(body.substr(0, open)).empty()) return std::nullopt;
    body.remove_prefix(open + kLine.size());
    const std::size_t blank = body.find("\r\n\r\n");
    if (blank == std::string_view::npos || parts.size() == kMaxParts) return std::nullopt;
    // The empty line's end is the delimiter's beginning where a part is empty.
    const std::size_t end = body.find(std::string(kLine) + delimiter, blank + kLine.size());
    FormPart part;
    if (end == std::string_view::npos || !ReadPartHeader(body.substr(0, blank), &part)) return std::nullopt;
    const std::size_t begin = blank + 2 * kLine.size();
    if (end > begin) part.body = std::string(body.substr(begin, end - begin));
    parts.push_back(std::move(part));
    body.remove_prefix(end + kLine.size() + delimiter.size());
  }
  return parts;
}

}  // namespace zoetrope::sandbox
