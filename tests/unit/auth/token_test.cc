#include "server/auth/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/token_maker.h"

namespace zoetrope {

void PrintTo(const Principal& principal, std::ostream* out) {
  *out << principal.name << " of `" << principal.tenant << "`" << (principal.is_operator ? ", operator" : "");
}
void PrintTo(TokenFault fault, std::ostream* out) { *out << "fault " << static_cast<int>(fault); }

namespace {

using testing::EncodeBase64Url;
using testing::JwkSetOf;
using testing::SigningKey;

const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);

class TokenTest : public ::testing::Test {
 protected:
  using Read = std::variant<Principal, TokenFault>;

  static const SigningKey& Key() {
    static const auto* const key = new SigningKey(SigningKey::P256("k1"));
    return *key;
  }
  // Claims that are good, with `more` after them: of members with one name the last counts.
  static std::string Claims(const std::string& more = "") {
    return absl::StrCat(
        R"({"iss":"https://issuer.example","sub":"alice","aud":"zoetrope","exp":1900000300,"tenant":"team-a")",
        more.empty() ? "" : ",", more, "}");
  }
  Read Of(const std::string& token) const { return ReadToken(token, rules_, keys_, kNow); }
  Read OfClaims(const std::string& more) const { return Of(Key().Sign(Claims(more))); }
  Read OfHeader(const std::string& header) const { return Of(Key().Sign(header, Claims())); }

  static Principal Alice() { return {.name = "corp:alice", .tenant = "team-a"}; }

  TokenRules rules_{.name = "corp", .issuer = "https://issuer.example", .audience = "zoetrope"};
  std::vector<Jwk> keys_ = ParseJwkSet(JwkSetOf({Key().Jwk()})).value();
};

TEST_F(TokenTest, AGoodOneSaysWhoCalls) {
  EXPECT_EQ(Of(Key().Sign(Claims())), Read(Alice()));
  rules_.limits.submits_per_minute = 7;
  EXPECT_EQ(std::get<Principal>(Of(Key().Sign(Claims()))).limits.submits_per_minute, 7);
}

TEST_F(TokenTest, OfEachAlgorithm) {
  for (const SigningKey& key : {SigningKey::Rsa("a"), SigningKey::P256("b"), SigningKey::Ed25519("c")}) {
    keys_ = ParseJwkSet(JwkSetOf({key.Jwk(), SigningKey::P256("other").Jwk()})).value();
    EXPECT_EQ(Of(key.Sign(Claims())), Read(Alice()));
  }
}

TEST_F(TokenTest, WhatIsNoTokenIsMalformed) {
  const std::string good = Key().Sign(Claims());
  const std::string text = good.substr(0, good.rfind('.'));
  for (const std::string& bad : {std::string(), std::string(".."), text, text + ".", good + ".x", "." + good,
                                 " " + good, good + "=", good + std::string(kTokenBytes, 'A'),
                                 absl::StrReplaceAll(good, {{".", ","}}), std::string("a.b.c")}) {
    const Read read = Of(bad);
    EXPECT_TRUE(std::holds_alternative<TokenFault>(read)) << bad;
  }
  EXPECT_EQ(Of(Key().Sign("[]", Claims())), Read(TokenFault::kMalformed));
  EXPECT_EQ(Of(Key().Sign(R"({"alg":"ES256")", Claims())), Read(TokenFault::kMalformed));
  EXPECT_EQ(Of(Key().Sign("7")), Read(TokenFault::kMalformed));
}

TEST_F(TokenTest, WhoChangesAnythingBreaksTheSignature) {
  const std::string good = Key().Sign(Claims());
  const std::string other = Key().Sign(Claims(R"("tenant":"team-b")"));
  const std::string claims_of_other = other.substr(other.find('.'), other.rfind('.') - other.find('.'));
  EXPECT_EQ(Of(absl::StrCat(good.substr(0, good.find('.')), claims_of_other, good.substr(good.rfind('.')))),
            Read(TokenFault::kSignature));
  EXPECT_EQ(Of(SigningKey::P256("k1").Sign(Claims())), Read(TokenFault::kSignature));
}

// RFC 8725 §2.1: a token must not choose how it is believed.
TEST_F(TokenTest, ATokenDoesNotChooseItsAlgorithm) {
  for (const char* algorithm : {"none", "NONE", "HS256", "RS384", ""})
    EXPECT_EQ(OfHeader(absl::StrCat(R"({"alg":")", algorithm, R"("})")), Read(TokenFault::kAlgorithm))
        << algorithm;
  EXPECT_EQ(OfHeader("{}"), Read(TokenFault::kAlgorithm));
  EXPECT_EQ(OfHeader(R"({"alg":["ES256"]})"), Read(TokenFault::kAlgorithm));
  EXPECT_EQ(OfHeader(R"({"alg":"RS256","kid":"k1"})"), Read(TokenFault::kKey));
  const std::string unsigned_one =
      absl::StrCat(EncodeBase64Url(R"({"alg":"none"})"), ".", EncodeBase64Url(Claims()), ".");
  EXPECT_EQ(Of(unsigned_one), Read(TokenFault::kAlgorithm));
}

TEST_F(TokenTest, WhatMustBeUnderstoodAndIsNotIsRefused) {
  EXPECT_EQ(OfHeader(R"({"alg":"ES256","crit":["b64"],"b64":false})"), Read(TokenFault::kMalformed));
  EXPECT_EQ(OfHeader(R"({"alg":"ES256","typ":"secevent+jwt"})"), Read(TokenFault::kMalformed));
  EXPECT_EQ(OfHeader(R"({"alg":"ES256","typ":7})"), Read(TokenFault::kMalformed));
  for (const char* type : {"JWT", "jwt", "at+jwt", "application/at+jwt"})
    EXPECT_EQ(OfHeader(absl::StrCat(R"({"alg":"ES256","typ":")", type, R"("})")), Read(Alice())) << type;
}

TEST_F(TokenTest, TheKeyIsTheOneThatItNames) {
  const SigningKey second = SigningKey::P256("k2");
  EXPECT_EQ(Of(second.Sign(Claims())), Read(TokenFault::kKey));
  keys_ = ParseJwkSet(JwkSetOf({Key().Jwk(), second.Jwk()})).value();
  EXPECT_EQ(Of(second.Sign(Claims())), Read(Alice()));
  EXPECT_EQ(OfHeader(R"({"alg":"ES256"})"), Read(TokenFault::kKey)) << "names none, and there are two";
  // A key that a token brings along is nobody's.
  EXPECT_EQ(
      Of(SigningKey::P256("k3").Sign(
          absl::StrCat(R"({"alg":"ES256","kid":"k3","jwk":)", SigningKey::P256("k3").Jwk(), "}"), Claims())),
      Read(TokenFault::kKey));
}

TEST_F(TokenTest, IssuerAndAudienceAreOurs) {
  EXPECT_EQ(OfClaims(R"("iss":"https://issuer.example/")"), Read(TokenFault::kIssuer));
  EXPECT_EQ(OfClaims(R"("iss":["https://issuer.example"])"), Read(TokenFault::kIssuer));
  EXPECT_EQ(OfClaims(R"("aud":"another")"), Read(TokenFault::kAudience));
  EXPECT_EQ(OfClaims(R"("aud":"zoetrope another")"), Read(TokenFault::kAudience));
  EXPECT_EQ(OfClaims(R"("aud":["another"])"), Read(TokenFault::kAudience));
  EXPECT_EQ(OfClaims(R"("aud":[])"), Read(TokenFault::kAudience));
  EXPECT_EQ(OfClaims(R"("aud":null)"), Read(TokenFault::kAudience));
  EXPECT_EQ(OfClaims(R"("aud":["another","zoetrope"])"), Read(Alice()));
}

TEST_F(TokenTest, ItHoldsForItsTime) {
  EXPECT_EQ(OfClaims(R"("exp":1899999941)"), Read(Alice())) << "within the leeway";
  EXPECT_EQ(OfClaims(R"("exp":1899999940)"), Read(TokenFault::kExpired));
  EXPECT_EQ(OfClaims(R"("exp":1900000000.5)"), Read(Alice()));
  EXPECT_EQ(OfClaims(R"("nbf":1900000060)"), Read(Alice())) << "within the leeway";
  EXPECT_EQ(OfClaims(R"("nbf":1900000061)"), Read(TokenFault::kNotYetValid));
  for (const char* broken :
       {R"("exp":"1900000300")", R"("exp":null)", R"("exp":1e300)", R"("nbf":"soon")", R"("nbf":-1e300)"})
    EXPECT_EQ(OfClaims(broken), Read(TokenFault::kClaims)) << broken;
  EXPECT_EQ(Of(Key().Sign(R"({"iss":"https://issuer.example","sub":"a","aud":"zoetrope","tenant":"t"})")),
            Read(TokenFault::kClaims))
      << "for ever";
}

TEST_F(TokenTest, WithoutSubjectOrTenantItIsNobodys) {
  for (const std::string& broken :
       {std::string(R"("sub":"")"), std::string(R"("sub":7)"), std::string(R"("sub":"two words")"),
        absl::StrCat(R"("sub":")", std::string(129, 'x'), "\""), std::string(R"("tenant":"")"),
        std::string(R"("tenant":"a/b")"), std::string(R"("tenant":["team-a"])"),
        std::string(R"("tenant":"a b")"), absl::StrCat(R"("tenant":")", std::string(65, 'x'), "\"")}) {
    EXPECT_EQ(OfClaims(broken), Read(TokenFault::kClaims)) << broken;
  }
}

TEST_F(TokenTest, ClaimsAreFoundByNameAndByPath) {
  rules_.tenant_claim = "https://acme.example/tenant";
  EXPECT_EQ(std::get<Principal>(OfClaims(R"("https://acme.example/tenant":"b")")).tenant, "b");
  rules_.tenant_claim = "realm.team";
  EXPECT_EQ(std::get<Principal>(OfClaims(R"("realm":{"team":"c"})")).tenant, "c");
  EXPECT_EQ(OfClaims(R"("realm":"c")"), Read(TokenFault::kClaims));
}

TEST_F(TokenTest, AnOperatorIsOneWhoIsSaidToBe) {
  const auto is_operator = [this](const std::string& more) {
    return std::get<Principal>(OfClaims(more)).is_operator;
  };
  EXPECT_FALSE(is_operator(R"("groups":["video-operators"])")) << "no claim makes one";
  rules_.operator_claim = "groups";
  rules_.operator_value = "video-operators";
  EXPECT_TRUE(is_operator(R"("groups":["others","video-operators"])"));
  EXPECT_TRUE(is_operator(R"("groups":"video-operators")"));
  EXPECT_TRUE(is_operator(R"("groups":"openid video-operators")"));
  for (const char* other :
       {R"("groups":["video-operators-not"])", R"("groups":"my-video-operators")", R"("groups":true)",
        R"("groups":[["video-operators"]])", R"("groups":{"video-operators":true})", R"("scope":"x")"}) {
    EXPECT_FALSE(is_operator(other)) << other;
  }
  const Principal alone = std::get<Principal>(OfClaims(R"("groups":"video-operators","tenant":"")"));
  EXPECT_TRUE(alone.is_operator);
  EXPECT_EQ(alone.tenant, "") << "operates, and has no jobs";
}

TEST_F(TokenTest, TheIssuerIsReadBeforeItIsBelieved) {
  EXPECT_EQ(IssuerOf(Key().Sign(Claims())), "https://issuer.example");
  EXPECT_EQ(IssuerOf(Key().Sign(R"({"iss":7})")), "");
  EXPECT_EQ(IssuerOf("a.b.c"), "");
}

}  // namespace
}  // namespace zoetrope
