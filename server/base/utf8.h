// Text in UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), counted as the contract
// does: in code points.
#ifndef ZOETROPE_SERVER_BASE_UTF8_H_
#define ZOETROPE_SERVER_BASE_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace zoetrope {

// Length of the well-formed sequence that `text` starts with (1 to 4); 0 where it does not start with one.
std::size_t Utf8SequenceLength(std::string_view text);

// The code point of one well-formed sequence.
char32_t CodePointOf(std::string_view sequence);

// Code points of `text`; nullopt where it is not UTF-8.
std::optional<std::size_t> CountCodePoints(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_UTF8_H_
