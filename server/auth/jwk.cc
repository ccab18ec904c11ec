#include "server/auth/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

using Json = nlohmann::json;

constexpr int kRsaBitsMin = 2'048;
constexpr int kRsaBitsMax = 8'192;
constexpr std::size_t kCoordinateBytes = 32;  // of P-256 and of Ed25519

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* it) const {
    Free(it);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber NumberOf(std::string_view bytes) {
  return BigNumber(BN_bin2bn(BytesOf(bytes), static_cast<int>(bytes.size()), nullptr));
}

// The member as text; empty where it is none.
std::string TextOf(const Json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A member that holds bytes.
std::string BytesOf(const Json& from, const char* name) {
  return DecodeBase64Url(TextOf(from, name)).value_or("");
}

std::shared_ptr<EVP_PKEY> MakeKey(const char* type, OSSL_PARAM_BLD* build) {
  const Params params(OSSL_PARAM_BLD_to_param(build));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  std::shared_ptr<EVP_PKEY> key(made, EVP_PKEY_free);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return check != nullptr && EVP_PKEY_public_check(check.get()) == 1 ? key : nullptr;
}

std::shared_ptr<EVP_PKEY> RsaKey(const Json& jwk) {
  const BigNumber n = NumberOf(BytesOf(jwk, "n"));
  const BigNumber e = NumberOf(BytesOf(jwk, "e"));
  const int bits = n == nullptr ? 0 : BN_num_bits(n.get());
  // An exponent is a few bytes; a long one is a way to make each check slow.
  if (bits < kRsaBitsMin || bits > kRsaBitsMax || e == nullptr || BN_num_bits(e.get()) > 33) return nullptr;
  const ParamBuild build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return MakeKey("RSA", build.get());
}

std::shared_ptr<EVP_PKEY> P256Key(const Json& jwk) {
  const std::string x = BytesOf(jwk, "x");
  const std::string y = BytesOf(jwk, "y");
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) return nullptr;
  const std::string point = absl::StrCat("\x04", x, y);  // uncompressed (SEC 1 §2.3.3)
  const ParamBuild build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return MakeKey("EC", build.get());
}

std::shared_ptr<EVP_PKEY> Ed25519Key(const Json& jwk) {
  const std::string x = BytesOf(jwk, "x");
  if (x.size() != kCoordinateBytes) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesOf(x), x.size()), EVP_PKEY_free};
}

// What the key is for, by its type and curve; nullopt: not for us.
std::optional<SignatureAlgorithm> UseOf(const Json& jwk) {
  const std::string use = TextOf(jwk, "use");
  if (!use.empty() && use != "sig") return std::nullopt;
  if (const auto operations = jwk.find("key_ops");
      operations != jwk.end() && operations->is_array() &&
      std::find(operations->begin(), operations->end(), Json("verify")) == operations->end()) {
    return std::nullopt;
  }
  const std::string type = TextOf(jwk, "kty");
  const std::string curve = TextOf(jwk, "crv");
  std::optional<SignatureAlgorithm> algorithm;
  if (type == "RSA") algorithm = SignatureAlgorithm::kRs256;
  if (type == "EC" && curve == "P-256") algorithm = SignatureAlgorithm::kEs256;
  if (type == "OKP" && curve == "Ed25519") algorithm = SignatureAlgorithm::kEdDsa;
  const std::string named = TextOf(jwk, "alg");
  return named.empty() || AlgorithmOf(named) == algorithm ? algorithm : std::nullopt;
}

std::shared_ptr<EVP_PKEY> KeyOf(const Json& jwk, SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kRs256:
      return RsaKey(jwk);
    case SignatureAlgorithm::kEs256:
      return P256Key(jwk);
    case SignatureAlgorithm::kEdDsa:
      return Ed25519Key(jwk);
  }
  return nullptr;
}

// A token has the two numbers side by side (RFC 7518 §3.4), OpenSSL wants them in DER. Empty: it has not.
std::string DerOf(std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return "";
  const EcdsaSignature pair(ECDSA_SIG_new());
  BigNumber r = NumberOf(signature.substr(0, kCoordinateBytes));
  BigNumber s = NumberOf(signature.substr(kCoordinateBytes));
  if (ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return "";
  static_cast<void>(r.release());  // the pair's now
  static_cast<void>(s.release());
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  return der;
}

absl::Status Bad(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the key set ", ToAbsl(what)));
}

}  // namespace

std::optional<SignatureAlgorithm> AlgorithmOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, SignatureAlgorithm>, 4> kNames = {{
      {"RS256", SignatureAlgorithm::kRs256},
      {"ES256", SignatureAlgorithm::kEs256},
      {"EdDSA", SignatureAlgorithm::kEdDsa},
      {"Ed25519", SignatureAlgorithm::kEdDsa},  // RFC 9864's name for it
  }};
  for (const auto& [known, algorithm] : kNames) {
    if (name == known) return algorithm;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<Jwk>> ParseJwkSet(std::string_view json) {
  if (json.size() > kJwkSetBytes) return Bad("is larger than 256 KiB");
  const Json set = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  const auto keys = set.is_object() ? set.find("keys") : set.end();
  if (!set.is_object() || keys == set.end() || !keys->is_array()) return Bad("is no JWK set (RFC 7517 §5)");
  if (keys->size() > kJwkSetKeys) return Bad("has more than 100 keys");
  std::vector<Jwk> found;
  std::set<std::string> ids;
  for (const Json& jwk : *keys) {
    const std::optional<SignatureAlgorithm> algorithm =
        jwk.is_object() ? UseOf(jwk) : std::optional<SignatureAlgorithm>();
    if (!algorithm) continue;
    Jwk one{TextOf(jwk, "kid"), *algorithm, KeyOf(jwk, *algorithm)};
    if (one.key == nullptr) return Bad("holds a key that is broken or too weak");
    if (!one.id.empty() && !ids.insert(one.id).second) return Bad("holds two keys with the same kid");
    found.push_back(std::move(one));
  }
  if (found.empty()) return Bad("holds no key for RS256, ES256 or EdDSA");
  return found;
}

bool IsSignedBy(const Jwk& key, std::string_view text, std::string_view signature) {
  const bool is_ecdsa = key.algorithm == SignatureAlgorithm::kEs256;
  const std::string der = is_ecdsa ? DerOf(signature) : std::string();
  if (is_ecdsa) signature = der;
  const EVP_MD* const digest = key.algorithm == SignatureAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  const DigestContext context(EVP_MD_CTX_new());
  return !signature.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(), BytesOf(text), text.size()) ==
             1;
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  const bool ours = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  std::string bytes;
  if (!ours || text.size() % 4 == 1 || !absl::WebSafeBase64Unescape(ToAbsl(text), &bytes))
    return std::nullopt;
  return bytes;
}

}  // namespace zoetrope
