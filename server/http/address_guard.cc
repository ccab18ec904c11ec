// The part of the URL guard that judges addresses.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "server/http/url_guard.h"

namespace zoetrope {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t Ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA's special-purpose registry without the ranges that are globally reachable, and the metadata services
// outside of it.
constexpr std::array kDenied4 = {
    Range4{Ip4(0, 0, 0, 0), 8},         // this network; Linux takes 0.0.0.0 for loopback
    Range4{Ip4(10, 0, 0, 0), 8},        //
    Range4{Ip4(100, 64, 0, 0), 10},     // carrier NAT; 100.100.100.200 is Alibaba's metadata service
    Range4{Ip4(127, 0, 0, 0), 8},       //
    Range4{Ip4(168, 63, 129, 16), 32},  // Azure's host agent: public by number, reachable from inside only
    Range4{Ip4(169, 254, 0, 0), 16},    // link-local, metadata services
    Range4{Ip4(172, 16, 0, 0), 12},     //
    Range4{Ip4(192, 0, 0, 0), 24},      // protocol assignments; 192.0.0.192 is Oracle's metadata service
    Range4{Ip4(192, 0, 2, 0), 24},      // documentation
    Range4{Ip4(192, 88, 99, 0), 24},    // 6to4 relays
    Range4{Ip4(192, 168, 0, 0), 16},    //
    Range4{Ip4(198, 18, 0, 0), 15},     // benchmarking
    Range4{Ip4(198, 51, 100, 0), 24},   // documentation
    Range4{Ip4(203, 0, 113, 0), 24},    // documentation
    Range4{Ip4(224, 0, 0, 0), 4},       // multicast
    Range4{Ip4(240, 0, 0, 0), 4},       // reserved, broadcast
};

bool Allowed4(std::uint32_t address) {
  for (const Range4& range : kDenied4) {
    if (((address ^ range.first) >> (32 - range.bits)) == 0) return false;
  }
  return true;
}

using Bytes6 = std::array<std::uint8_t, 16>;

std::uint32_t Embedded4(const Bytes6& ip, std::size_t at) {
  return Ip4(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
}

template <std::size_t N>
bool StartsWith(const Bytes6& ip, const std::array<std::uint8_t, N>& prefix) {
  return std::memcmp(ip.data(), prefix.data(), N) == 0;
}

// Inside 2000::/3, the only space handed out for global unicast.
bool GlobalUnicastAllowed(const Bytes6& ip) {
  if (StartsWith(ip, std::array<std::uint8_t, 2>{0x20, 0x02})) return Allowed4(Embedded4(ip, 2));  // 6to4
  if (StartsWith(ip, std::array<std::uint8_t, 4>{0x20, 0x01, 0x00, 0x00})) {
    // Teredo: the server's address, and the client's with every bit flipped. Packets can be sent on to
    // either.
    return Allowed4(Embedded4(ip, 4)) && Allowed4(~Embedded4(ip, 12));
  }
  if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] < 0x02) return false;  // 2001::/23, protocols
  if (StartsWith(ip, std::array<std::uint8_t, 4>{0x20, 0x01, 0x0d, 0xb8})) return false;  // documentation
  if (ip[0] == 0x3f && ip[1] == 0xff && ip[2] < 0x10) return false;  // 3fff::/20, the same
  const bool isatap = (ip[8] & 0xfd) == 0 && ip[9] == 0 && ip[10] == 0x5e && ip[11] == 0xfe;
  return !isatap || Allowed4(Embedded4(ip, 12));
}

bool Allowed6(const Bytes6& ip) {
  if ((ip[0] & 0xe0) == 0x20) return GlobalUnicastAllowed(ip);
  // ::ffff:0:0/96, IPv4 as an IPv6 socket shows it.
  if (StartsWith(ip, std::array<std::uint8_t, 12>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}))
    return Allowed4(Embedded4(ip, 12));
  // 64:ff9b::/96, what DNS64 answers in networks without IPv4: public addresses must keep working there. Its
  // sibling 64:ff9b:1::/48 is for private use and hides the IPv4 part at a place that only its owner knows,
  // so it stays refused.
  if (StartsWith(ip, std::array<std::uint8_t, 12>{0, 0x64, 0xff, 0x9b})) return Allowed4(Embedded4(ip, 12));
  return false;  // ::, ::1, ::/96, fc00::/7, fe80::/10, ff00::/8 and all that is not assigned
}

}  // namespace

bool AddressAllowed(const sockaddr* address, UrlRule rule) {
  // Copied out: the caller's buffer need not be aligned for the wider type.
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof(in));
    return rule.allow_private_hosts || Allowed4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof(in));
    Bytes6 ip{};
    std::memcpy(ip.data(), &in.sin6_addr, ip.size());
    return rule.allow_private_hosts || Allowed6(ip);
  }
  return false;  // a path to a Unix socket, or worse
}

bool AddressTextAllowed(std::string_view text, UrlRule rule) {
  const std::string copy(text);
  sockaddr_in in4{};
  in4.sin_family = AF_INET;
  if (inet_pton(AF_INET, copy.c_str(), &in4.sin_addr) == 1) {
    return AddressAllowed(reinterpret_cast<const sockaddr*>(&in4), rule);
  }
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, copy.c_str(), &in6.sin6_addr) == 1) {
    return AddressAllowed(reinterpret_cast<const sockaddr*>(&in6), rule);
  }
  return false;
}

}  // namespace zoetrope
