// Counting text as the contract does: in code points.
#ifndef ZOETROPE_SERVER_VALIDATE_TEXT_H_
#define ZOETROPE_SERVER_VALIDATE_TEXT_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace zoetrope {

// Code points of `text`; nullopt where it is not UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<std::size_t> CountCodePoints(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_TEXT_H_
