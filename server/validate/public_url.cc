#include "server/validate/public_url.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr char kPrivate[] =
    "must be on a host that a provider can reach, not a private, local or special one";
constexpr char kOddAddress[] = "must write an address in its usual form, or name a host";

struct Block {
  std::uint32_t base;
  int bits;
};

constexpr std::uint32_t Quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// What is not globally reachable: IANA IPv4 Special-Purpose Address Registry, multicast, and a cloud's host
// agent whose number alone is public.
constexpr Block kSpecialV4[] = {
    {Quad(0, 0, 0, 0), 8},        {Quad(10, 0, 0, 0), 8},     {Quad(100, 64, 0, 0), 10},
    {Quad(127, 0, 0, 0), 8},      {Quad(169, 254, 0, 0), 16}, {Quad(172, 16, 0, 0), 12},
    {Quad(192, 0, 0, 0), 24},     {Quad(192, 0, 2, 0), 24},   {Quad(192, 88, 99, 0), 24},
    {Quad(192, 168, 0, 0), 16},   {Quad(198, 18, 0, 0), 15},  {Quad(198, 51, 100, 0), 24},
    {Quad(203, 0, 113, 0), 24},   {Quad(224, 0, 0, 0), 4},    {Quad(240, 0, 0, 0), 4},
    {Quad(168, 63, 129, 16), 32},
};

bool IsSpecialV4(std::uint32_t address) {
  return std::any_of(std::begin(kSpecialV4), std::end(kSpecialV4),
                     [&](const Block& block) { return (address ^ block.base) >> (32 - block.bits) == 0; });
}

// Only global unicast is open, less its own special blocks; that leaves out loopback, link-local, unique
// local, multicast, and every form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo; and
// ISATAP, RFC 5214 §6.1, behind any prefix).
bool IsSpecialV6(const std::vector<std::uint32_t>& groups) {
  const std::uint32_t head = groups[0] << 16 | groups[1];
  if (head >> 29 != 1) return true;                // not in 2000::/3
  if (head >> 9 == 0x20010000u >> 9) return true;  // 2001::/23, protocol assignments with Teredo
  if (head == 0x20010db8u) return true;            // documentation
  if (head >> 16 == 0x2002u) return true;          // 6to4
  if ((groups[4] & 0xfdffu) == 0 && groups[5] == 0x5efeu) return true;  // ISATAP
  return head >> 12 == 0x3fff0u;                                        // 3fff::/20, documentation
}

bool AllOf(std::string_view text, bool (*is)(unsigned char)) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is(static_cast<unsigned char>(c)); });
}

// Whether a resolver could read the label as a number: 127, 0177, 0x7f.
bool IsNumeric(std::string_view label) {
  if (label.starts_with("0x")) return label.size() == 2 || AllOf(label.substr(2), absl::ascii_isxdigit);
  return AllOf(label, absl::ascii_isdigit);
}

// Takes what stands before `separator`, and the separator; the rest where there is none.
std::string_view TakeUntil(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

// The strict form only: four decimal numbers without leading zeros.
std::optional<std::uint32_t> ParseV4(std::string_view host) {
  if (std::count(host.begin(), host.end(), '.') != 3) return std::nullopt;
  std::uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    const std::string_view part = TakeUntil(host, '.');
    const bool leading_zero = part.size() > 1 && part.front() == '0';
    if (part.size() > 3 || leading_zero || !AllOf(part, absl::ascii_isdigit)) return std::nullopt;
    std::uint32_t number = 0;
    for (const char c : part) number = number * 10 + static_cast<std::uint32_t>(c - '0');
    if (number > 255) return std::nullopt;
    address = address << 8 | number;
  }
  return address;
}

// Groups of up to four hexadecimal digits, joined by colons; false for anything else.
bool ParseGroups(std::string_view text, std::vector<std::uint32_t>& groups) {
  if (text.empty()) return true;
  if (text.ends_with(':')) return false;
  while (!text.empty()) {
    const std::string_view group = TakeUntil(text, ':');
    if (group.size() > 4 || !AllOf(group, absl::ascii_isxdigit)) return false;
    std::uint32_t number = 0;
    for (const char c : group) {
      const int digit = absl::ascii_isdigit(static_cast<unsigned char>(c)) ? c - '0' : (c | 0x20) - 'a' + 10;
      number = number << 4 | static_cast<std::uint32_t>(digit);
    }
    groups.push_back(number);
  }
  return true;
}

// The eight groups; nullopt where it is no address. RFC 4291 §2.2, without its mixed form.
std::optional<std::vector<std::uint32_t>> ParseV6(std::string_view host) {
  std::vector<std::uint32_t> groups;
  std::vector<std::uint32_t> tail;
  const std::size_t gap = host.find("::");
  if (gap == std::string_view::npos) {
    if (!ParseGroups(host, groups) || groups.size() != 8) return std::nullopt;
  } else {
    if (!ParseGroups(host.substr(0, gap), groups) || !ParseGroups(host.substr(gap + 2), tail))
      return std::nullopt;
    if (groups.size() + tail.size() > 7) return std::nullopt;
    groups.resize(8 - tail.size());
    groups.insert(groups.end(), tail.begin(), tail.end());
  }
  return groups;
}

std::string AddressProblem(std::string_view host) {
  const std::optional<std::uint32_t> address = ParseV4(host);
  if (!address) return kOddAddress;
  return IsSpecialV4(*address) ? kPrivate : "";
}

std::string Ipv6Problem(std::string_view bracketed) {
  if (bracketed.size() < 2 || bracketed.back() != ']') return kOddAddress;
  const std::string_view inner = bracketed.substr(1, bracketed.size() - 2);
  // Whatever carries an IPv4 address in its usual spelling is none of the addresses that are open.
  if (inner.find('.') != std::string_view::npos) return kPrivate;
  const std::optional<std::vector<std::uint32_t>> groups = ParseV6(inner);
  if (!groups) return kOddAddress;
  return IsSpecialV6(*groups) ? kPrivate : "";
}

std::string NameProblem(std::string_view host) {
  for (const char c : host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.' && c != '_') {
      return "must name its host in letters, digits, dots and hyphens (an international name as xn--…)";
    }
  }
  if (host.size() > 253 || host.starts_with('.') || host.find("..") != std::string_view::npos)
    return "must name a host";
  const std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos) return kPrivate;  // a single label is a name of the local network
  for (const std::string_view suffix :
       {".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home", ".corp",
        ".private", ".home.arpa", ".in-addr.arpa", ".ip6.arpa", ".onion"}) {
    if (host.ends_with(suffix)) return kPrivate;
  }
  return "";
}

std::string HostProblem(const std::string& host) {
  if (host.starts_with('[')) return Ipv6Problem(host);
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);  // fully qualified
  if (name.empty() || name.ends_with('.')) return "must name a host";
  const std::size_t dot = name.rfind('.');
  // Whatever ends in a number is an address to some parser (WHATWG URL §4.4), if not to others.
  if (IsNumeric(name.substr(dot == std::string_view::npos ? 0 : dot + 1))) return AddressProblem(host);
  return NameProblem(name);
}

struct CurlUrlDelete {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::optional<std::string> Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return std::nullopt;
  std::string copy = text;
  curl_free(text);
  return copy;
}

// The host as it is spelled in `url`, without its port; empty where no `://` follows the scheme at once,
// which curl overlooks: what stands behind a later one is part of the path.
std::string_view SpelledHost(std::string_view url) {
  const std::size_t slashes = url.find("://");
  if (slashes == std::string_view::npos || url.find(':') < slashes) return "";
  url.remove_prefix(slashes + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const std::size_t colon = url.rfind(':');
  const std::size_t bracket = url.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket))
    url = url.substr(0, colon);
  return url;
}

std::string PartsProblem(std::string_view url, bool allow_private) {
  const std::unique_ptr<CURLU, CurlUrlDelete> parsed(curl_url());
  if (parsed == nullptr) return "cannot be read";
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), CURLU_DISALLOW_USER);
  if (code == CURLUE_USER_NOT_ALLOWED) return "must not carry credentials";
  if (code != CURLUE_OK) return "is not a URL";
  const std::optional<std::string> scheme = Part(parsed.get(), CURLUPART_SCHEME);
  const bool plain = allow_private && scheme == "http";
  if (scheme != "https" && !plain) return "must start with https://";
  std::optional<std::string> host = Part(parsed.get(), CURLUPART_HOST);
  if (!host || host->empty()) return "must name a host";
  if (Part(parsed.get(), CURLUPART_ZONEID)) return kOddAddress;
  if (Part(parsed.get(), CURLUPART_PORT) == "0") return "must not have port 0";
  absl::AsciiStrToLower(&*host);
  // curl reads `0x7f.1` as 127.0.0.1 and `%61` as `a`. Others may not: a spelling that needs reading is
  // refused.
  if (absl::AsciiStrToLower(ToAbsl(SpelledHost(url))) != *host) return kOddAddress;
  return allow_private ? "" : HostProblem(*host);
}

}  // namespace

std::string UrlProblem(std::string_view url, bool allow_private) {
  if (url.empty()) return "must not be empty";
  if (url.size() > limits::kUrlChars)
    return absl::StrCat("must have at most ", limits::kUrlChars, " characters");
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    // What parsers disagree on: spaces, controls, backslashes, and bytes that belong percent-encoded.
    if (byte <= 0x20 || byte >= 0x7f || c == '\\')
      return "must be written in ASCII, with other characters percent-encoded";
  }
  return PartsProblem(url, allow_private);
}

}  // namespace zoetrope
