#include "server/auth/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/crypto.h"
#include "server/base/error.h"
#include "tests/support/token_maker.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using testing::JwkSetOf;
using ::testing::Not;
using testing::SigningKey;

const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);
constexpr char kKey[] = "zk_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c";
constexpr char kNewKey[] = "zk_60303ae22b998861bce3b28f33eec1be758a213c86c93c07";
constexpr char kOldKey[] = "zk_fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5";

// Keys that come when the test says so.
class PlayedKeys : public KeySource {
 public:
  std::shared_ptr<const std::vector<Jwk>> Keys() override { return keys; }
  bool AskAgain() override {
    ++asked;
    return comes_back;
  }

  std::shared_ptr<const std::vector<Jwk>> keys;
  bool comes_back = false;
  int asked = 0;
};

class AuthenticatorTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const Principal> Make(std::string name, std::string tenant) {
    return std::make_shared<const Principal>(Principal{.name = std::move(name), .tenant = std::move(tenant)});
  }
  Authenticator Make() const {
    return {{{Sha256Hex(kKey), absl::InfiniteFuture(), ci_},
             {Sha256Hex(kNewKey), absl::InfiniteFuture(), ci_},
             {Sha256Hex(kOldKey), kNow, ci_}},
            {{"spiffe://cluster/ns/a/sa/render", render_}},
            {{{.name = "corp", .issuer = "https://issuer.example", .audience = "zoetrope"}, keys_}}};
  }
  // Who it is, or the reason and why.
  std::string Who(std::vector<std::string_view> authorization,
                  std::vector<std::string_view> names = {}) const {
    const auto who = Make().Authenticate({std::move(authorization), std::move(names)}, kNow);
    if (who.ok()) return absl::StrCat((*who)->name, "@", (*who)->tenant);
    std::string text = ReasonName(ReasonOf(who.status()));
    for (const char* why : {"malformed", "unknown", "expired", "issuer", "key"}) {
      if (who.status()
              .GetPayload("type.googleapis.com/google.rpc.ErrorInfo")
              .value_or(absl::Cord())
              .Flatten()
              .find(why) != absl::string_view::npos) {
        absl::StrAppend(&text, " ", why);
        break;
      }
    }
    return text;
  }
  static std::string Bearer(const std::string& secret) { return absl::StrCat("Bearer ", secret); }
  std::string Token(const std::string& issuer = "https://issuer.example") const {
    return Bearer(signer_.Sign(absl::StrCat(
        R"({"iss":")", issuer, R"(","sub":"alice","aud":"zoetrope","exp":1900000300,"tenant":"team-b"})")));
  }

  const std::shared_ptr<const Principal> ci_ = Make("ci", "team-a");
  const std::shared_ptr<const Principal> render_ = Make("render", "team-a");
  const SigningKey signer_ = SigningKey::Ed25519("k1");
  const std::shared_ptr<PlayedKeys> keys_ = std::make_shared<PlayedKeys>();
};

TEST_F(AuthenticatorTest, WithoutAuthenticationEveryoneIsOne) {
  const auto who = Authenticator().Authenticate({{"Bearer whatever"}, {}}, kNow);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(**who, Anyone());
}

TEST_F(AuthenticatorTest, AKeyIsItsPrincipals) {
  EXPECT_EQ(Who({Bearer(kKey)}), "ci@team-a");
  EXPECT_EQ(Who({Bearer(kNewKey)}), "ci@team-a") << "a second one, while callers change over";
  EXPECT_EQ(Who({absl::StrCat("bearer ", kKey)}), "ci@team-a") << "RFC 9110 §11.1: schemes have no case";
}

TEST_F(AuthenticatorTest, NoOtherTextIsAKey) {
  const std::string key = kKey;
  EXPECT_EQ(Who({Bearer(kOldKey)}), "CREDENTIAL_INVALID expired");
  for (const std::string& other : {key.substr(1), key + "0", std::string("short"), std::string(300, 'x'),
                                   Sha256Hex(kKey), std::string(40, '\0')}) {
    EXPECT_EQ(Who({Bearer(other)}), "CREDENTIAL_INVALID unknown") << other;
  }
  for (const std::string& other :
       {key, "Basic " + key, std::string("Bearer"), std::string("Bearer "), "Bearer\t" + key, std::string()})
    EXPECT_EQ(Who({other}), "CREDENTIAL_INVALID malformed") << other;
}

TEST_F(AuthenticatorTest, WhoSaysNothingIsNobody) {
  EXPECT_EQ(Who({}), "CREDENTIAL_MISSING");
  EXPECT_EQ(Who({Bearer(kKey), Bearer(kKey)}), "CREDENTIAL_INVALID malformed");
}

TEST_F(AuthenticatorTest, ACertificateCountsWhereThereIsNoBearer) {
  const std::vector<std::string_view> names = {"other.example", "spiffe://cluster/ns/a/sa/render"};
  EXPECT_EQ(Who({}, names), "render@team-a");
  EXPECT_EQ(Who({}, {"other.example"}), "CREDENTIAL_INVALID unknown");
  EXPECT_EQ(Who({Bearer(kKey)}, names), "ci@team-a");
  EXPECT_EQ(Who({Bearer(kOldKey)}, names), "CREDENTIAL_INVALID expired") << "and is not passed over";
}

TEST_F(AuthenticatorTest, ATokenIsReadWithItsIssuersKeys) {
  EXPECT_EQ(Who({Token()}), "AUTHENTICATION_UNAVAILABLE") << "they are not there yet";
  keys_->keys = std::make_shared<const std::vector<Jwk>>(ParseJwkSet(JwkSetOf({signer_.Jwk()})).value());
  EXPECT_EQ(Who({Token()}), "corp:alice@team-b");
  EXPECT_EQ(Who({Token("https://other.example")}), "CREDENTIAL_INVALID issuer");
  EXPECT_EQ(Who({Bearer("a.b.c")}), "CREDENTIAL_INVALID malformed");
}

TEST_F(AuthenticatorTest, ANewKeyOfTheIssuerIsAskedFor) {
  const SigningKey other = SigningKey::Ed25519("k0");
  keys_->keys = std::make_shared<const std::vector<Jwk>>(ParseJwkSet(JwkSetOf({other.Jwk()})).value());
  keys_->comes_back = true;
  EXPECT_EQ(Who({Token()}), "AUTHENTICATION_UNAVAILABLE");
  keys_->comes_back = false;
  EXPECT_EQ(Who({Token()}), "CREDENTIAL_INVALID key");
  EXPECT_EQ(keys_->asked, 2);
}

TEST_F(AuthenticatorTest, NoErrorRepeatsACredential) {
  keys_->keys = std::make_shared<const std::vector<Jwk>>(ParseJwkSet(JwkSetOf({signer_.Jwk()})).value());
  for (const std::string& sent : {Bearer(kOldKey), Bearer("zk_unknown_unknown_unknown_unknown"),
                                  Token("https://x"), std::string("odd-secret")}) {
    const auto who = Make().Authenticate({{sent}, {}}, kNow);
    ASSERT_FALSE(who.ok());
    const std::string secret = sent.substr(sent.rfind(' ') + 1);
    EXPECT_THAT(who.status().ToString(absl::StatusToStringMode::kWithEverything), Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace zoetrope
