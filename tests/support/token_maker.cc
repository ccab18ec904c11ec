#include "tests/support/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/strings.h"

namespace zoetrope::testing {
namespace {

constexpr int kCoordinateBytes = 32;

// A number of the key as bytes, from the left filled to `size`; 0: as many as it has.
std::string NumberOf(const EVP_PKEY* key, const char* name, int size) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) std::abort();
  std::string bytes(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number) : size), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

// DER → the two numbers side by side.
std::string PairOf(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::array<unsigned char, 2 * kCoordinateBytes> bytes = {};
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes.data(), kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes.data() + kCoordinateBytes, kCoordinateBytes);
  ECDSA_SIG_free(pair);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text;
  absl::WebSafeBase64Escape(ToAbsl(bytes), &text);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

SigningKey SigningKey::Rsa(std::string id, unsigned bits) {
  return {Kind::kRsa, std::move(id), EVP_RSA_gen(bits)};
}
SigningKey SigningKey::P256(std::string id) { return {Kind::kP256, std::move(id), EVP_EC_gen("P-256")}; }
SigningKey SigningKey::Ed25519(std::string id) {
  return {Kind::kEd25519, std::move(id), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

std::string SigningKey::Jwk(const std::string& more) const {
  std::string members;
  switch (kind_) {
    case Kind::kRsa:
      members = absl::StrCat(R"("kty":"RSA","n":")", EncodeBase64Url(NumberOf(key_.get(), "n", 0)),
                             R"(","e":")", EncodeBase64Url(NumberOf(key_.get(), "e", 0)), "\"");
      break;
    case Kind::kP256:
      members = absl::StrCat(R"("kty":"EC","crv":"P-256","x":")",
                             EncodeBase64Url(NumberOf(key_.get(), "qx", kCoordinateBytes)), R"(","y":")",
                             EncodeBase64Url(NumberOf(key_.get(), "qy", kCoordinateBytes)), "\"");
      break;
    case Kind::kEd25519: {
      std::string raw(kCoordinateBytes, '\0');
      std::size_t size = raw.size();
      EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
      members = absl::StrCat(R"("kty":"OKP","crv":"Ed25519","x":")", EncodeBase64Url(raw), "\"");
      break;
    }
  }
  if (!id_.empty()) absl::StrAppend(&members, R"(,"kid":")", id_, "\"");
  return absl::StrCat("{", members, more.empty() ? "" : ",", more, "}");
}

std::string SigningKey::SignatureOf(std::string_view text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = kind_ == Kind::kEd25519 ? nullptr : EVP_sha256();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context, nullptr, digest, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context, nullptr, &size, bytes, text.size()) != 1) {
    std::abort();
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                     text.size()) != 1)
    std::abort();
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return kind_ == Kind::kP256 ? PairOf(signature) : signature;
}

std::string SigningKey::Sign(const std::string& header, const std::string& claims) const {
  const std::string text = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  return absl::StrCat(text, ".", EncodeBase64Url(SignatureOf(text)));
}

std::string SigningKey::Sign(const std::string& claims) const {
  const char* const algorithm = kind_ == Kind::kRsa ? "RS256" : kind_ == Kind::kP256 ? "ES256" : "EdDSA";
  const std::string id = id_.empty() ? "" : absl::StrCat(R"(,"kid":")", id_, "\"");
  return Sign(absl::StrCat(R"({"typ":"JWT","alg":")", algorithm, "\"", id, "}"), claims);
}

std::string JwkSetOf(const std::vector<std::string>& keys) {
  return absl::StrCat(R"({"keys":[)", absl::StrJoin(keys, ","), "]}");
}

}  // namespace zoetrope::testing
