#include "server/auth/authenticator.h"

#include <openssl/crypto.h>

#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "server/base/crypto.h"
#include "server/base/error.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr absl::Duration kKeysRetry = absl::Seconds(1);

absl::Status Invalid(const char* why, const char* message) {
  return MakeError(v1::ERROR_REASON_CREDENTIAL_INVALID, message, {{"why", why}});
}

absl::Status StatusOf(TokenFault fault) {
  switch (fault) {
    case TokenFault::kMalformed:
      return Invalid("malformed", "the token is no signed token as this server reads them");
    case TokenFault::kAlgorithm:
      return Invalid("algorithm", "the token is not signed with RS256, ES256 or EdDSA");
    case TokenFault::kKey:
      return Invalid("key", "the token names no key of its issuer");
    case TokenFault::kSignature:
      return Invalid("signature", "the token is not signed by its issuer");
    case TokenFault::kIssuer:
      return Invalid("issuer", "the token's issuer is not known here");
    case TokenFault::kAudience:
      return Invalid("audience", "the token is for another audience");
    case TokenFault::kExpired:
      return Invalid("expired", "the token has expired");
    case TokenFault::kNotYetValid:
      return Invalid("not_yet_valid", "the token is not valid yet");
    case TokenFault::kClaims:
      return Invalid("claims", "the token lacks a subject, an expiry or a tenant");
  }
  return Invalid("malformed", "the token is none");
}

absl::Status KeysAway() {
  return WithRetryDelay(MakeError(v1::ERROR_REASON_AUTHENTICATION_UNAVAILABLE,
                                  "the keys of the token's issuer are being fetched; come back"),
                        kKeysRetry);
}

bool SameDigest(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Authenticator::Authenticator(std::vector<ApiKey> keys,
                             std::map<std::string, std::shared_ptr<const Principal>> certificates,
                             std::vector<TokenIssuer> issuers)
    : asks_(true),
      certificates_(std::make_move_iterator(certificates.begin()),
                    std::make_move_iterator(certificates.end())),
      issuers_(std::move(issuers)) {
  for (ApiKey& key : keys) {
    std::string digest = key.sha256;
    keys_.emplace(std::move(digest), std::move(key));
  }
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::Authenticate(const Credentials& credentials,
                                                                             absl::Time now) const {
  if (!asks_) return std::make_shared<const Principal>(Anyone());
  if (credentials.authorization.size() > 1)
    return Invalid("malformed", "the call has more than one authorization");
  if (!credentials.authorization.empty()) {
    const std::string_view sent = credentials.authorization.front();
    if (sent.size() <= kScheme.size() ||
        !absl::EqualsIgnoreCase(ToAbsl(sent.substr(0, kScheme.size())), ToAbsl(kScheme))) {
      return Invalid("malformed", "authorization must be `Bearer` and an API key or a token");
    }
    return OfBearer(sent.substr(kScheme.size()), now);
  }
  for (const std::string_view name : credentials.certificate_names) {
    if (const auto known = certificates_.find(name); known != certificates_.end()) return known->second;
  }
  if (!credentials.certificate_names.empty())
    return Invalid("unknown", "no principal has a name of this certificate");
  return MakeError(v1::ERROR_REASON_CREDENTIAL_MISSING,
                   "the call says not who makes it: send `authorization: Bearer` with an API key or a token");
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::OfBearer(std::string_view bearer,
                                                                         absl::Time now) const {
  return LooksLikeToken(bearer) ? OfToken(bearer, now) : OfKey(bearer, now);
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::OfKey(std::string_view key,
                                                                      absl::Time now) const {
  if (key.size() < kApiKeyCharsMin || key.size() > kApiKeyCharsMax)
    return Invalid("unknown", "there is no such API key");
  const std::string digest = Sha256Hex(key);
  const auto found = keys_.find(digest);
  if (found == keys_.end() || !SameDigest(found->second.sha256, digest))
    return Invalid("unknown", "there is no such API key");
  if (now >= found->second.expire_time) return Invalid("expired", "the API key has expired");
  return found->second.principal;
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::OfToken(std::string_view token,
                                                                        absl::Time now) const {
  const std::string issuer = IssuerOf(token);
  for (const TokenIssuer& known : issuers_) {
    if (known.rules.issuer != issuer) continue;
    const std::shared_ptr<const std::vector<Jwk>> keys = known.keys->Keys();
    if (keys == nullptr) return KeysAway();
    std::variant<Principal, TokenFault> read = ReadToken(token, known.rules, *keys, now);
    if (auto* principal = std::get_if<Principal>(&read))
      return std::make_shared<const Principal>(std::move(*principal));
    const TokenFault fault = std::get<TokenFault>(read);
    // An issuer that has begun to sign with a new key.
    if (fault == TokenFault::kKey && known.keys->AskAgain()) return KeysAway();
    return StatusOf(fault);
  }
  return StatusOf(issuer.empty() ? TokenFault::kMalformed : TokenFault::kIssuer);
}

}  // namespace zoetrope
