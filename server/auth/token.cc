#include "server/auth/token.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSubjectChars = 128;

// A token that has its three parts, not believed yet.
struct Parts {
  std::string_view signed_text;
  Json header;
  Json claims;
  std::string signature;
};

std::optional<Json> ObjectOf(std::string_view part) {
  const std::optional<std::string> text = DecodeBase64Url(part);
  if (!text) return std::nullopt;
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::optional<Parts> Split(std::string_view token) {
  if (token.size() > kTokenBytes || !LooksLikeToken(token)) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t second = token.rfind('.');
  std::optional<Json> header = ObjectOf(token.substr(0, first));
  std::optional<Json> claims = ObjectOf(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = DecodeBase64Url(token.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Parts{token.substr(0, second), *std::move(header), *std::move(claims), *std::move(signature)};
}

// The claim of that name, or at that path; null where there is none.
const Json* Find(const Json& claims, const std::string& name) {
  if (const auto found = claims.find(name); found != claims.end()) return &*found;
  const Json* at = &claims;
  for (const absl::string_view step : absl::StrSplit(name, '.')) {
    const auto found = at->is_object() ? at->find(std::string(step)) : at->end();
    if (!at->is_object() || found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string TextOf(const Json& from, const std::string& name) {
  const Json* const found = Find(from, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

// A NumericDate (RFC 7519 §2), fractions of a second and all.
std::optional<absl::Time> TimeOf(const Json& claims, const char* name) {
  constexpr double kFarthest = 1e11;
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > kFarthest) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

// Whether a claim is the text, lists it, or, as `scope` does, holds it as one of its words.
bool Says(const Json* claim, const std::string& text) {
  if (claim == nullptr || text.empty()) return false;
  if (claim->is_array()) return std::find(claim->begin(), claim->end(), Json(text)) != claim->end();
  if (!claim->is_string()) return false;
  const std::string said = claim->get<std::string>();
  const std::vector<std::string> words = absl::StrSplit(said, ' ');
  return said == text || std::find(words.begin(), words.end(), text) != words.end();
}

// `crit` names what must be understood (RFC 7515 §4.1.11), and nothing beyond the RFC is; another `typ` than
// a token's is something that was signed for another purpose (RFC 8725 §3.11).
bool IsHeaderOfToken(const Json& header) {
  const std::string type = TextOf(header, "typ");
  return !header.contains("crit") &&
         (!header.contains("typ") || absl::EqualsIgnoreCase(type, "JWT") ||
          absl::EqualsIgnoreCase(type, "at+jwt") || absl::EqualsIgnoreCase(type, "application/at+jwt"));
}

// Null: none, or several that it could be.
const Jwk* KeyOf(const Json& header, SignatureAlgorithm algorithm, const std::vector<Jwk>& keys) {
  const std::string id = TextOf(header, "kid");
  const Jwk* found = nullptr;
  for (const Jwk& key : keys) {
    if (key.algorithm != algorithm || (!id.empty() && key.id != id)) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

bool IsSubject(std::string_view text) {
  return !text.empty() && text.size() <= kSubjectChars &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

bool LooksLikeToken(std::string_view text) { return std::count(text.begin(), text.end(), '.') == 2; }

std::string IssuerOf(std::string_view token) {
  const std::optional<Parts> parts = Split(token);
  return parts ? TextOf(parts->claims, "iss") : std::string();
}

std::variant<Principal, TokenFault> ReadToken(std::string_view token, const TokenRules& rules,
                                              const std::vector<Jwk>& keys, absl::Time now) {
  const std::optional<Parts> parts = Split(token);
  if (!parts || !IsHeaderOfToken(parts->header)) return TokenFault::kMalformed;
  const std::optional<SignatureAlgorithm> algorithm = AlgorithmOf(TextOf(parts->header, "alg"));
  if (!algorithm) return TokenFault::kAlgorithm;
  const Jwk* const key = KeyOf(parts->header, *algorithm, keys);
  if (key == nullptr) return TokenFault::kKey;
  if (!IsSignedBy(*key, parts->signed_text, parts->signature)) return TokenFault::kSignature;
  // From here on it is the issuer who speaks.
  const Json& claims = parts->claims;
  if (rules.issuer.empty() || TextOf(claims, "iss") != rules.issuer) return TokenFault::kIssuer;
  const auto audience = claims.find("aud");
  const bool ours =
      audience != claims.end() && !rules.audience.empty() &&
      (*audience == Json(rules.audience) || (audience->is_array() && Says(&*audience, rules.audience)));
  if (!ours) return TokenFault::kAudience;
  const std::optional<absl::Time> expiry = TimeOf(claims, "exp");
  if (!expiry) return TokenFault::kClaims;
  if (now >= *expiry + kTokenLeeway) return TokenFault::kExpired;
  if (claims.contains("nbf")) {
    const std::optional<absl::Time> from = TimeOf(claims, "nbf");
    if (!from) return TokenFault::kClaims;
    if (now < *from - kTokenLeeway) return TokenFault::kNotYetValid;
  }
  const std::string subject = TextOf(claims, "sub");
  Principal principal{.name = absl::StrCat(rules.name, ":", subject),
                      .tenant = TextOf(claims, rules.tenant_claim),
                      .is_operator = !rules.operator_claim.empty() &&
                                     Says(Find(claims, rules.operator_claim), rules.operator_value),
                      .limits = rules.limits};
  const bool has_tenant = IsTenantName(principal.tenant);
  if (!has_tenant) principal.tenant.clear();
  if (!IsSubject(subject) || (!has_tenant && !principal.is_operator)) return TokenFault::kClaims;
  return principal;
}

}  // namespace zoetrope
