#include "server/providers/provider_url.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "server/base/limits.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsGraphic(char c) { return c > 0x20 && c < 0x7F; }

// The parts of an absolute http(s) URL.
struct Parts {
  std::string origin;  // scheme://host:port, lower case, port always there
  std::string_view path;
  bool has_fragment = false;
};

// Host and port of `authority`, the port defaulted; nullopt where it is malformed or has user info.
std::optional<std::string> NormalizeAuthority(std::string_view authority, bool secure) {
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == std::string_view::npos) return std::nullopt;
  const std::string_view host = authority.substr(0, bracketed ? host_end + 1 : host_end);
  std::string_view port = authority.substr(host.size());
  if (host.empty() || host == "[]") return std::nullopt;
  if (!port.empty()) {
    if (!port.starts_with(':')) return std::nullopt;
    port.remove_prefix(1);
    const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || port.size() > 5 || port.starts_with('0')) return std::nullopt;
  }
  std::string out = AsciiLower(host);
  out += ':';
  out += !port.empty() ? port : secure ? "443" : "80";
  return out;
}

std::optional<Parts> Split(std::string_view url) {
  if (url.empty() || url.size() > limits::kUrlChars || !std::all_of(url.begin(), url.end(), IsGraphic))
    return std::nullopt;
  if (url.find('\\') != std::string_view::npos) return std::nullopt;
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = AsciiLower(url.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string_view rest = url.substr(colon + 3);
  const std::size_t authority_end = rest.find_first_of("/?#");
  const std::optional<std::string> authority =
      NormalizeAuthority(rest.substr(0, authority_end), scheme == "https");
  if (!authority) return std::nullopt;
  rest = authority_end == std::string_view::npos ? std::string_view() : rest.substr(authority_end);
  Parts parts;
  parts.origin = scheme + "://" + *authority;
  parts.path = rest.substr(0, rest.find_first_of("?#"));
  parts.has_fragment = rest.find('#') != std::string_view::npos;
  return parts;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return Lower(c) >= 'a' && Lower(c) <= 'f' ? Lower(c) - 'a' + 10 : -1;
}

// Nullopt where a percent sign is not followed by two digits.
std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || HexDigit(text[i + 1]) < 0 || HexDigit(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
    i += 2;
  }
  return out;
}

bool HasSlipperyPart(std::string_view path) {
  const std::string lower = AsciiLower(path);
  for (const std::string_view bad : {"%2e", "%2f", "%5c", "%00", "//"}) {
    if (lower.find(bad) != std::string::npos) return true;
  }
  // `..;x` is `..` to servers that take parameters off a path.
  for (const std::string_view bad : {"/./", "/../", "/.;", "/..;"}) {
    if (lower.find(bad) != std::string::npos) return true;
  }
  return lower.ends_with("/.") || lower.ends_with("/..");
}

// Paths that a client or a server may resolve to another place than it seems. They decode once or twice;
// three times is one more than any is known to.
bool IsSlippery(std::string_view path) {
  std::string current(path);
  for (int round = 0; round < 3; ++round) {
    if (HasSlipperyPart(current)) return true;
    std::optional<std::string> decoded = PercentDecoded(current);
    if (!decoded) return round == 0;  // what decoding brought is data
    if (*decoded == current) return false;
    current = *std::move(decoded);
  }
  return true;
}

}  // namespace

bool IsBeneath(std::string_view url, std::string_view base) {
  const std::optional<Parts> target = Split(url);
  const std::optional<Parts> account = Split(base);
  if (!target || !account || target->origin != account->origin || target->has_fragment ||
      IsSlippery(target->path)) {
    return false;
  }
  if (!target->path.starts_with(account->path)) return false;
  const std::string_view rest = target->path.substr(account->path.size());
  return rest.empty() || rest.starts_with('/');
}

bool IsMediaUrl(std::string_view url) { return Split(url).has_value(); }

std::string MediaTypeOf(std::string_view url) {
  const std::optional<Parts> parts = Split(url);
  if (!parts) return "";
  const std::string path = AsciiLower(parts->path);
  if (path.ends_with(".mp4")) return "video/mp4";
  if (path.ends_with(".webm")) return "video/webm";
  if (path.ends_with(".mov")) return "video/quicktime";
  return "";
}

bool IsUsableId(std::string_view id) {
  return !id.empty() && id.size() <= limits::kProviderIdChars && id != "." && id != ".." &&
         std::all_of(id.begin(), id.end(), IsGraphic);
}

std::string EscapeUrl(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (Lower(c) >= 'a' && Lower(c) <= 'z');
    if (alphanumeric || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

absl::StatusOr<std::string> JoinUrl(std::string_view base, std::string_view path) {
  std::string out(base);
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") {
      return absl::FailedPreconditionError("the offering's model id is no path");
    }
    out += '/';
    out += EscapeUrl(segment);
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace zoetrope
