// Between std's and absl's string views, which are different types where absl was built so (Debian 12), and
// what they lend each other.
#ifndef ZOETROPE_SERVER_BASE_STRINGS_H_
#define ZOETROPE_SERVER_BASE_STRINGS_H_

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace zoetrope {

inline absl::string_view ToAbsl(std::string_view view) { return {view.data(), view.size()}; }
inline std::string_view ToStd(absl::string_view view) { return {view.data(), view.size()}; }

inline std::string AsciiLower(std::string_view text) { return absl::AsciiStrToLower(ToAbsl(text)); }

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_STRINGS_H_
