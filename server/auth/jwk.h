// The public keys that an issuer of tokens signs with (RFC 7517, 7518, 8037).
#ifndef ZOETROPE_SERVER_AUTH_JWK_H_
#define ZOETROPE_SERVER_AUTH_JWK_H_

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace zoetrope {

// What a signature is made with. A key is good for one of them: that a token names its own algorithm must
// never decide how a key is used (RFC 8725 §3.1).
enum class SignatureAlgorithm { kRs256, kEs256, kEdDsa };

// By its name in a token's header; nullopt: none of ours, `none` and everything symmetric among them.
std::optional<SignatureAlgorithm> AlgorithmOf(std::string_view name);

struct Jwk {
  std::string id;  // `kid`; empty: it has none
  SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
  std::shared_ptr<EVP_PKEY> key;  // public; used by many threads at once
};

inline constexpr std::size_t kJwkSetBytes = std::size_t{256} << 10;
inline constexpr std::size_t kJwkSetKeys = 100;

// The keys for signatures in a JWK set. Keys of other kinds and for other uses are passed over, as RFC 7517
// §5 asks. INVALID_ARGUMENT: it is no set, is larger than the two limits above, holds two keys with one id, a
// key that is broken or too weak (RSA below 2048 bits; above 8192 each call would cost too much), or none
// that could be used.
absl::StatusOr<std::vector<Jwk>> ParseJwkSet(std::string_view json);

// Whether `signature`, as RFC 7518 writes it, is `key`'s under `text`.
bool IsSignedBy(const Jwk& key, std::string_view text, std::string_view signature);

// The bytes of base64url without padding (RFC 7515 §2); nullopt: it is none.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_AUTH_JWK_H_
