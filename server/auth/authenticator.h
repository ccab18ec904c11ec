// Credentials → a principal.
#ifndef ZOETROPE_SERVER_AUTH_AUTHENTICATOR_H_
#define ZOETROPE_SERVER_AUTH_AUTHENTICATOR_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/auth/jwk.h"
#include "server/auth/principal.h"
#include "server/auth/token.h"

namespace zoetrope {

// What a call shows of who makes it. The texts are the call's.
struct Credentials {
  // Each `authorization` that it bears.
  std::vector<std::string_view> authorization = {};
  // What its certificate says whose it is, where one was asked for and verified.
  std::vector<std::string_view> certificate_names = {};
};

// Where the keys of an issuer come from. Thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;
  // As they were last read; null: they never were.
  virtual std::shared_ptr<const std::vector<Jwk>> Keys() = 0;
  // A token names a key that is not among them. Whether they are being read again, so that it is worth coming
  // back.
  virtual bool AskAgain() = 0;
};

// Keys that were there at the start. A file that changes is a change of the configuration.
class FixedKeys : public KeySource {
 public:
  explicit FixedKeys(std::vector<Jwk> keys)
      : keys_(std::make_shared<const std::vector<Jwk>>(std::move(keys))) {}
  std::shared_ptr<const std::vector<Jwk>> Keys() override { return keys_; }
  bool AskAgain() override { return false; }

 private:
  const std::shared_ptr<const std::vector<Jwk>> keys_;
};

struct TokenIssuer {
  TokenRules rules;
  std::shared_ptr<KeySource> keys;  // never null
};

// A key of a principal, as the operator keeps it: what the key itself is, nobody can tell from that. A fast
// digest is enough because the keys are random: there are no likely ones to try.
struct ApiKey {
  std::string sha256;  // 64 hexadecimal digits in lower case
  absl::Time expire_time = absl::InfiniteFuture();
  std::shared_ptr<const Principal> principal;
};

// An API key has that many characters; a shorter one could be guessed.
inline constexpr std::size_t kApiKeyCharsMin = 32;
inline constexpr std::size_t kApiKeyCharsMax = 256;

// Whom the server knows. Immutable, and used by many threads at once.
class Authenticator {
 public:
  // Asks no one who they are: everyone is Anyone().
  Authenticator() = default;
  // `certificates`: principals by a name in their certificate.
  Authenticator(std::vector<ApiKey> keys,
                std::map<std::string, std::shared_ptr<const Principal>> certificates,
                std::vector<TokenIssuer> issuers);

  bool asks() const { return asks_; }

  // Whose call it is. A bearer counts before a certificate, and one that is not good is never passed over for
  // it. CREDENTIAL_MISSING; CREDENTIAL_INVALID, whose metadata says `why`; AUTHENTICATION_UNAVAILABLE with a
  // RetryInfo where the keys of a token's issuer are not there yet. No error repeats a credential.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(const Credentials& credentials,
                                                                absl::Time now) const;

 private:
  absl::StatusOr<std::shared_ptr<const Principal>> OfBearer(std::string_view bearer, absl::Time now) const;
  absl::StatusOr<std::shared_ptr<const Principal>> OfKey(std::string_view key, absl::Time now) const;
  absl::StatusOr<std::shared_ptr<const Principal>> OfToken(std::string_view token, absl::Time now) const;

  bool asks_ = false;
  // By digest. How long the search takes tells something about digests only, and no one can choose a key by
  // its digest.
  std::map<std::string, ApiKey, std::less<>> keys_;
  std::map<std::string, std::shared_ptr<const Principal>, std::less<>> certificates_;
  std::vector<TokenIssuer> issuers_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_AUTH_AUTHENTICATOR_H_
