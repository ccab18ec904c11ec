// Digests and encodings.
#ifndef ZOETROPE_SERVER_BASE_CRYPTO_H_
#define ZOETROPE_SERVER_BASE_CRYPTO_H_

#include <string>
#include <string_view>

namespace zoetrope {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// Standard base64 with padding (RFC 4648 §4).
std::string Base64(std::string_view bytes);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_CRYPTO_H_
