// Digests and encodings.
#ifndef ZOETROPE_SERVER_BASE_CRYPTO_H_
#define ZOETROPE_SERVER_BASE_CRYPTO_H_

#include <string>
#include <string_view>

#include "server/base/secret.h"

namespace zoetrope {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// HMAC-SHA256 (RFC 2104) as 64 lower-case hexadecimal digits.
std::string HmacSha256Hex(const Secret& key, std::string_view text);

// Standard base64 with padding (RFC 4648 §4).
std::string Base64(std::string_view bytes);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_CRYPTO_H_
