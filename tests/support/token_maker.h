// Keys as an issuer of tokens has them, and tokens that are signed with them.
#ifndef ZOETROPE_TESTS_SUPPORT_TOKEN_MAKER_H_
#define ZOETROPE_TESTS_SUPPORT_TOKEN_MAKER_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::testing {

// Base64url without padding.
std::string EncodeBase64Url(std::string_view bytes);

class SigningKey {
 public:
  static SigningKey Rsa(std::string id, unsigned bits = 2'048);
  static SigningKey P256(std::string id);
  static SigningKey Ed25519(std::string id);

  // The public half, as an entry of a JWK set; `more` goes into the object as it is.
  std::string Jwk(const std::string& more = "") const;
  // A token of these two JSON texts.
  std::string Sign(const std::string& header, const std::string& claims) const;
  // The same with the header that belongs to the key.
  std::string Sign(const std::string& claims) const;
  // The signature under `text`, as RFC 7518 writes it.
  std::string SignatureOf(std::string_view text) const;

 private:
  enum class Kind { kRsa, kP256, kEd25519 };
  SigningKey(Kind kind, std::string id, EVP_PKEY* key)
      : kind_(kind), id_(std::move(id)), key_(key, EVP_PKEY_free) {}

  Kind kind_;
  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
};

// A JWK set of these entries.
std::string JwkSetOf(const std::vector<std::string>& keys);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_TOKEN_MAKER_H_
