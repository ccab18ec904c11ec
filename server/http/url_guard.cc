#include "server/http/url_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct Parts {
  std::string scheme;
  std::string host;  // lower case; IPv6 without brackets
  std::string port;  // never empty
  std::string path;  // begins with `/`; dot segments are already removed by the parser
  bool is_ipv6 = false;
  bool has_query = false;
};

absl::Status Bad(const char* why) { return absl::InvalidArgumentError(why); }

std::optional<std::string> Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

// Everything between `//` and the path; empty where no `://` follows the scheme at once, which the parser
// overlooks: what stands behind a later one is part of the path.
std::string_view Authority(std::string_view url) {
  const std::size_t slashes = url.find("://");
  if (slashes == std::string_view::npos || url.find(':') < slashes) return {};
  const std::string_view rest = url.substr(slashes + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

absl::Status CheckText(std::string_view url, std::size_t bytes_max) {
  if (url.empty()) return Bad("the URL is empty");
  if (url.size() > bytes_max) return Bad("the URL is too long");
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '\\')
      return Bad("the URL has a character that must be percent-encoded");
  }
  const std::string_view authority = Authority(url);
  if (authority.empty()) return Bad("the URL has no host");
  if (authority.find('@') != std::string_view::npos) return Bad("the URL has credentials");
  for (const char c : authority) {
    // No percent signs: what they stand for is decoded by some parsers and not by others.
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("-._~:[]").find(c) == std::string_view::npos) {
      return Bad("the URL's host has a character that no host has");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Parts> Parse(std::string_view text, std::size_t bytes_max) {
  ZOETROPE_RETURN_IF_ERROR(CheckText(text, bytes_max));
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  if (url == nullptr) return absl::ResourceExhaustedError("out of memory");
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return Bad("the URL cannot be read");
  }
  const auto scheme = Part(url.get(), CURLUPART_SCHEME);
  const auto host = Part(url.get(), CURLUPART_HOST);
  const auto port = Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto path = Part(url.get(), CURLUPART_PATH);
  if (!scheme || !host || host->empty() || !port || !path) return Bad("the URL has no scheme, host or port");
  if (*port == "0") return Bad("the URL has port 0");
  Parts parts{.scheme = absl::AsciiStrToLower(*scheme),
              .host = absl::AsciiStrToLower(*host),
              .port = *port,
              .path = *path};
  parts.has_query = text.find_first_of("?#") != std::string_view::npos;
  if (parts.host.front() == '[') {
    if (parts.host.back() != ']') return Bad("the URL cannot be read");
    parts.host = parts.host.substr(1, parts.host.size() - 2);
    parts.is_ipv6 = true;
  }
  return parts;
}

bool EndsWith(std::string_view text, std::string_view suffix) { return text.ends_with(suffix); }

bool IsSpecialName(std::string_view name) {
  // Names that lead inside by convention or by RFC 6761, 6762, 8375. `.internal` covers the metadata names of
  // clouds,
  // `.local` the services of a Kubernetes cluster.
  static constexpr std::array<std::string_view, 11> kInside = {
      ".localhost", ".local", ".localdomain", ".internal",  ".intranet",    ".lan",
      ".home",      ".corp",  ".private",     ".home.arpa", ".in-addr.arpa"};
  return std::any_of(kInside.begin(), kInside.end(),
                     [&](std::string_view suffix) { return EndsWith(name, suffix); });
}

// As URL parsers decide whether a host is an IPv4 address: the last label is a number, decimal or 0x…
bool EndsInNumber(std::string_view name) {
  std::string_view last = name.substr(name.rfind('.') + 1);
  const auto all = [&](auto pred) { return std::all_of(last.begin(), last.end(), pred); };
  if (all([](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); })) return true;
  if (!last.starts_with("0x")) return false;
  last.remove_prefix(2);
  return all([](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
}

absl::Status CheckPublicHost(const Parts& parts) {
  if (parts.is_ipv6) {
    return AddressTextAllowed(parts.host, UrlRule{}) ? absl::OkStatus()
                                                     : Bad("the URL's address is not public");
  }
  std::string host = parts.host;
  if (host.back() == '.')
    host.pop_back();  // the root's dot: the same name for a resolver, another one for a list
  if (host.empty() || host.front() == '.' || host.find("..") != std::string::npos || host.back() == '.') {
    return Bad("the URL's host is not a name");
  }
  // inet_aton reads what resolvers read: one to four parts, decimal, octal and hexadecimal.
  sockaddr_in in{};
  in.sin_family = AF_INET;
  if (inet_aton(host.c_str(), &in.sin_addr) != 0) {
    return AddressAllowed(reinterpret_cast<const sockaddr*>(&in), UrlRule{})
               ? absl::OkStatus()
               : Bad("the URL's address is not public");
  }
  if (EndsInNumber(host)) return Bad("the URL's host is not a name");
  if (host.find('.') == std::string::npos) return Bad("the URL's host is not a fully qualified name");
  if (IsSpecialName(host)) return Bad("the URL's host is not a public name");
  return absl::OkStatus();
}

// Decodes percent signs once; nullopt when one is malformed.
std::optional<std::string> PercentDecoded(std::string_view text) {
  const auto hex = [](char c) {
    return c <= '9' ? c - '0' : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      return std::nullopt;
    }
    out.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
    i += 2;
  }
  return out;
}

bool HasDotSegment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of("/\\"), path.size());
    const std::string_view segment = path.substr(0, end);
    // `..;x` is `..` to servers that strip path parameters.
    const std::string_view name = segment.substr(0, segment.find(';'));
    if (name == "." || name == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

// Whether some server or proxy on the way could read this path as leading out of where it seems to lie. They
// decode once or twice; three rounds are one more than any is known to.
bool PathIsPlain(std::string_view path) {
  std::string current(path);
  for (int round = 0; round < 3; ++round) {
    if (HasDotSegment(current) || current.find_first_of(std::string_view("\\\0", 2)) != std::string::npos)
      return false;
    const auto decoded = PercentDecoded(current);
    if (!decoded)
      return round >
             0;  // a stray percent sign in the text itself is doubtful, one that decoding brought is data
    if (*decoded == current) return true;
    current = *decoded;
  }
  return !HasDotSegment(current);
}

// The path as it stands in the text, before the parser removed dot segments.
std::string_view RawPath(std::string_view url) {
  const std::string_view authority = Authority(url);
  std::string_view rest =
      url.substr(static_cast<std::size_t>(authority.data() - url.data()) + authority.size());
  return rest.substr(0, rest.find_first_of("?#"));
}

}  // namespace

absl::Status CheckUrl(std::string_view url, UrlRule rule) {
  ZOETROPE_ASSIGN_OR_RETURN(const Parts parts, Parse(url, kFetchedUrlBytes));
  if (parts.scheme == "https" || (parts.scheme == "http" && rule.allow_plain_http)) return absl::OkStatus();
  return Bad(parts.scheme == "http" ? "plain http is not allowed" : "the URL's scheme is not http or https");
}

absl::Status CheckPublicUrlText(std::string_view url) {
  ZOETROPE_ASSIGN_OR_RETURN(const Parts parts, Parse(url, limits::kUrlChars));
  if (parts.scheme != "https") return Bad("the URL's scheme is not https");
  if (parts.port != "443") return Bad("the URL's port is not 443");
  return CheckPublicHost(parts);
}

bool SameOrigin(std::string_view url, std::string_view base_url) {
  const absl::StatusOr<Parts> one = Parse(url, kFetchedUrlBytes);
  const absl::StatusOr<Parts> base = Parse(base_url, kFetchedUrlBytes);
  if (!one.ok() || !base.ok() || base->has_query) return false;
  if (one->scheme != base->scheme || one->host != base->host || one->port != base->port) return false;
  if (!PathIsPlain(RawPath(url)) || !PathIsPlain(RawPath(base_url))) return false;
  std::string_view prefix = base->path;
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  const std::string_view path = one->path;
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace zoetrope
