// Bearer tokens that an issuer has signed: JWTs (RFC 7519) as RFC 8725 asks them to be read. Pure.
#ifndef ZOETROPE_SERVER_AUTH_TOKEN_H_
#define ZOETROPE_SERVER_AUTH_TOKEN_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/auth/jwk.h"
#include "server/auth/principal.h"

namespace zoetrope {

inline constexpr std::size_t kTokenBytes = 4'096;
// How far the issuer's clock and ours may be apart.
inline constexpr absl::Duration kTokenLeeway = absl::Seconds(60);

// What an issuer's tokens are taken for.
struct TokenRules {
  std::string name;      // of the issuer here
  std::string issuer;    // `iss`
  std::string audience;  // among `aud`
  // Claims by their name, or by a path with dots where there is none of that name.
  std::string tenant_claim = "tenant";
  std::string operator_claim;  // empty: none of its tokens is an operator's
  std::string operator_value;  // which that claim equals, lists, or holds as one of its words
  PrincipalLimits limits;      // of each subject by itself
};

// Why a token is none. Closed, and told to the caller: whoever made the token can mend it.
enum class TokenFault {
  kMalformed,  // not three parts, too long, no JSON, a header that it does not say what to do with
  kAlgorithm,  // none of ours
  kKey,        // no such key in the set
  kSignature,
  kIssuer,
  kAudience,
  kExpired,
  kNotYetValid,
  kClaims,  // no subject, no expiry, or no tenant
};

// Whether `text` looks like a signed token, and not like an API key: it has two dots.
bool LooksLikeToken(std::string_view text);

// What `iss` says, of a token that nobody has looked at: to find its rules by, and nothing else. Empty: it
// says nothing.
std::string IssuerOf(std::string_view token);

// Whose token it is at `now`, by `rules` and the issuer's `keys`.
std::variant<Principal, TokenFault> ReadToken(std::string_view token, const TokenRules& rules,
                                              const std::vector<Jwk>& keys, absl::Time now);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_AUTH_TOKEN_H_
