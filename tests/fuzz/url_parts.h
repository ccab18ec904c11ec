// Where libcurl, which carries our calls, would go: the judge of readers of our own.
#ifndef ZOETROPE_TESTS_FUZZ_URL_PARTS_H_
#define ZOETROPE_TESTS_FUZZ_URL_PARTS_H_

#include <optional>
#include <string>
#include <string_view>

namespace zoetrope::fuzz {

// `https://host:443` in lower case, with the port always there; nullopt for what libcurl does not read or
// would send credentials to.
std::optional<std::string> OriginOf(std::string_view url);

// The host alone, in lower case, IPv6 without brackets.
std::optional<std::string> HostOf(std::string_view url);

}  // namespace zoetrope::fuzz

#endif  // ZOETROPE_TESTS_FUZZ_URL_PARTS_H_
