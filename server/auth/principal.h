// Who calls, and what they may do.
#ifndef ZOETROPE_SERVER_AUTH_PRINCIPAL_H_
#define ZOETROPE_SERVER_AUTH_PRINCIPAL_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace zoetrope {

// How much one principal may do, whatever the others do. 0: as much as the server does for anyone.
struct PrincipalLimits {
  int jobs_in_flight_max = 0;
  int submits_per_minute = 0;  // as many may come at once after a pause
  int streams_max = 0;         // watches and downloads that are open at once

  bool operator==(const PrincipalLimits&) const = default;
};

// One that has proven who it is.
struct Principal {
  std::string name;    // a configured one's, or `issuer:subject` of a token
  std::string tenant;  // whose jobs these are; empty: nobody's, so that it has no business with jobs
  bool is_operator = false;
  PrincipalLimits limits;

  bool operator==(const Principal&) const = default;
};

// Every caller, where the operator has configured no authentication.
inline Principal Anyone() { return {.name = "", .tenant = "default", .is_operator = true, .limits = {}}; }

inline constexpr std::size_t kTenantChars = 64;

// 1 to 64 letters, digits, `.`, `_` and `-`.
inline bool IsTenantName(std::string_view name) {
  return !name.empty() && name.size() <= kTenantChars && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_AUTH_PRINCIPAL_H_
