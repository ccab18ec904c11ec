// Which URLs and addresses a request may go to. Pure: resolves nothing, opens nothing.
#ifndef ZOETROPE_SERVER_HTTP_URL_GUARD_H_
#define ZOETROPE_SERVER_HTTP_URL_GUARD_H_

#include <sys/socket.h>

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "server/http/http_client.h"

namespace zoetrope {

// Of a URL that this server fetches. Longer than what a caller may send: presigned media URLs carry their
// signature.
inline constexpr std::size_t kFetchedUrlBytes = 8'192;

// All texts are read by libcurl's own URL parser, because two parsers that disagree about where the host ends
// are how such guards are passed. What it accepts and others read differently (backslashes, blanks, control
// and non-ASCII characters, percent signs before the path) is refused outright. Errors are InvalidArgument,
// say which rule was broken and repeat no part of the URL.

// Whether a request may be built for `url`: an absolute http(s) URL as `rule` allows, with a host, without
// credentials. Says nothing about where the host leads: that is AddressAllowed's question, asked of the
// address that is really connected to.
absl::Status CheckUrl(std::string_view url, UrlRule rule);

// Whether a connection may go to `address`. Without `rule.allow_private_hosts` only globally routable unicast
// addresses pass; IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo, ISATAP) is unpacked and judged as what it
// is.
bool AddressAllowed(const sockaddr* address, UrlRule rule);

// The same for an address as text, as libcurl reports it. False when it is none.
bool AddressTextAllowed(std::string_view text, UrlRule rule);

// For URLs that callers send and providers fetch: https on port 443, a fully qualified public name or a
// public address, in whatever notation (decimal, octal, hexadecimal, one to four parts). A first refusal
// only: a name can still resolve to anything.
absl::Status CheckPublicUrlText(std::string_view url);

// Whether `url` lies below `base_url`, so that a request to it may carry the credentials meant for
// `base_url`: scheme, host and port are equal, and the path of `base_url` is a prefix that ends at a `/`.
// False for anything doubtful: credentials, `..` in any encoding, backslashes, a `base_url` with a query.
// Used for follow-up URLs that a provider's answer names.
bool SameOrigin(std::string_view url, std::string_view base_url);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_URL_GUARD_H_
