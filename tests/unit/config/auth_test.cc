#include "server/config/auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/crypto.h"
#include "server/config/config_loader.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kKey[] = "zk_0123456789abcdef0123456789abcdef";

config::v1::Config Read(const std::string& yaml, std::vector<std::string>* paths = nullptr) {
  const ConfigResult result =
      LoadConfig("test.yaml", yaml, {}, [](const std::string&) { return std::nullopt; });
  if (paths != nullptr) {
    for (const ConfigProblem& problem : CheckAuth(result.config)) paths->push_back(problem.path);
  }
  return result.config;
}

std::vector<std::string> Wrong(const std::string& yaml) {
  std::vector<std::string> paths;
  Read(yaml, &paths);
  return paths;
}

std::string Principals(const std::string& text) { return absl::StrCat("auth: {principals: [", text, "]}"); }
std::string Issuers(const std::string& text) { return absl::StrCat("auth: {issuers: [", text, "]}"); }

const char kTls[] = "tls: {certificate_file: c, key_file: k}\n";

TEST(AuthConfigTest, OthersReachTheServerWhereBothAreConfigured) {
  const std::string listen = "listen: 0.0.0.0:1\nadmin: {listen: 0.0.0.0:2}\n";
  EXPECT_THAT(Wrong(listen), ElementsAre("listen", "admin.listen"));
  EXPECT_THAT(Wrong(listen + kTls), ElementsAre("listen", "admin.listen"));
  EXPECT_THAT(Wrong(listen + "auth: {}"), ElementsAre("listen", "admin.listen"));
  EXPECT_THAT(Wrong(listen + kTls + "auth: {}"), IsEmpty());
  EXPECT_THAT(LackedBy(Read(listen), "0.0.0.0:1"), ElementsAre("authentication", "encryption"));
  EXPECT_THAT(LackedBy(Read(listen + kTls), "0.0.0.0:1"), ElementsAre("authentication"));
  EXPECT_THAT(LackedBy(Read(listen), "127.0.0.1:1"), IsEmpty());
}

TEST(AuthConfigTest, MetricsHaveAPermissionOfTheirOwn) {
  const std::string open = "metrics_listen: 0.0.0.0:1\n";
  EXPECT_THAT(Wrong(open + kTls + "auth: {}"), ElementsAre("metrics_listen")) << "which they have neither of";
  EXPECT_THAT(Wrong(open + "metrics_allow_insecure_listen: true"), IsEmpty());
  EXPECT_THAT(Wrong(open + "allow_insecure_listen: true"), IsEmpty());
}

TEST(AuthConfigTest, APrincipalIsGivenWhole) {
  const std::string digest = Sha256Hex(kKey);
  EXPECT_THAT(Wrong(Principals("{name: a, tenant: team-a, keys: [{sha256: " + digest + "}]}")), IsEmpty());
  EXPECT_THAT(Wrong(Principals("{name: a, role: operator}")), IsEmpty());
  EXPECT_THAT(Wrong(Principals("{name: a, role: operator, tenant: \"a b\"}")),
              Contains("auth.principals[0].tenant"));
  EXPECT_THAT(Wrong(Principals("{name: a}")), ElementsAre("auth.principals[0].tenant"));
  EXPECT_THAT(Wrong(Principals("{name: A, tenant: t}")), ElementsAre("auth.principals[0].name"));
  EXPECT_THAT(Wrong(Principals("{name: a, tenant: t}, {name: a, tenant: t}")),
              ElementsAre("auth.principals[1].name"));
  const auto with_key = [](const std::string& key) {
    return Wrong(Principals("{name: a, tenant: t, keys: [" + key + "]}"));
  };
  EXPECT_THAT(with_key("{sha256: abc}"), ElementsAre("auth.principals[0].keys[0].sha256"));
  EXPECT_THAT(with_key("{sha256: " + std::string(kKey) + "}"),
              ElementsAre("auth.principals[0].keys[0].sha256"));
  EXPECT_THAT(with_key("{sha256: " + digest + "}, {sha256: " + digest + "}"),
              ElementsAre("auth.principals[0].keys[1].sha256"));
  EXPECT_THAT(with_key("{sha256: " + digest + ", expire_time: \"2027-01-01T00:00:00Z\"}"), IsEmpty());
}

TEST(AuthConfigTest, AKeyEndsWhenItSays) {
  const auto read = [](const char* time) {
    return LoadConfig("t",
                      Principals(absl::StrCat("{name: a, tenant: t, keys: [{sha256: ", Sha256Hex(kKey),
                                              ", expire_time: \"", time, "\"}]}")),
                      {}, [](const std::string&) { return std::nullopt; });
  };
  EXPECT_FALSE(read("tomorrow").problems.empty());
  const ConfigResult good = read("2027-01-01T00:00:00Z");
  ASSERT_TRUE(good.problems.empty());
  const auto known = AuthenticatorOf(good.config, {});
  const std::string bearer = absl::StrCat("Bearer ", kKey);
  const absl::Time end = absl::FromUnixSeconds(1'798'761'600);
  EXPECT_TRUE(known->Authenticate({{bearer}, {}}, end - absl::Seconds(1)).ok());
  EXPECT_FALSE(known->Authenticate({{bearer}, {}}, end).ok());
}

TEST(AuthConfigTest, CertificatesNeedAnAuthority) {
  const std::string principal = Principals("{name: a, tenant: t, certificates: [\"spiffe://a/b\"]}");
  EXPECT_THAT(Wrong(principal), ElementsAre("auth.principals[0].certificates"));
  EXPECT_THAT(Wrong("tls: {certificate_file: c, key_file: k, client_ca_file: ca}\n" + principal), IsEmpty());
  EXPECT_THAT(Wrong("tls: {certificate_file: c, key_file: k, client_certificate_required: true}"),
              ElementsAre("tls.client_certificate_required"));
  EXPECT_THAT(Wrong("tls: {}"), ElementsAre("tls.certificate_file", "tls.key_file"));
}

TEST(AuthConfigTest, AnIssuerIsGivenWhole) {
  const auto with = [](const std::string& keys, const std::string& more = "") {
    return Wrong(Issuers("{name: corp, issuer: \"https://i\", audience: zoetrope, " + keys + more + "}"));
  };
  EXPECT_THAT(with("jwks_file: f"), IsEmpty());
  EXPECT_THAT(with("jwks_url: \"https://i/jwks\""), IsEmpty());
  EXPECT_THAT(with("jwks_url: \"http://127.0.0.1:8080/jwks\""), IsEmpty());
  EXPECT_THAT(with("limits: {}"), Contains("auth.issuers[0]"));
  for (const char* bad : {"http://i/jwks", "http://127.0.0.1.example.com/jwks", "http://127.0.0.1@i/jwks",
                          "ftp://i/jwks", "i/jwks", "https://u:p@i/jwks"}) {
    EXPECT_THAT(with(absl::StrCat("jwks_url: \"", bad, "\"")), Contains("auth.issuers[0].jwks_url")) << bad;
  }
  EXPECT_THAT(with("jwks_file: f", ", operator_claim: groups"),
              ElementsAre("auth.issuers[0].operator_value"));
  EXPECT_THAT(Wrong(Issuers("{name: corp, jwks_file: f}")),
              ElementsAre("auth.issuers[0].issuer", "auth.issuers[0].audience"));
}

TEST(AuthConfigTest, WhoIsConfiguredIsKnown) {
  const config::v1::Config config = Read(Principals(
      "{name: a, tenant: t, limits: {submits_per_minute: 5}, keys: [{sha256: " + Sha256Hex(kKey) + "}]}"));
  const auto known = AuthenticatorOf(config, {});
  const std::string bearer = absl::StrCat("Bearer ", kKey);
  const auto who = known->Authenticate({{bearer}, {}}, absl::UnixEpoch());
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(**who, (Principal{.name = "a", .tenant = "t", .limits = {.submits_per_minute = 5}}));
  EXPECT_FALSE(known->Authenticate({}, absl::UnixEpoch()).ok());
  EXPECT_TRUE(AuthenticatorOf(Read(""), {})->Authenticate({}, absl::UnixEpoch()).ok()) << "nobody is asked";
  EXPECT_FALSE(AuthenticatorOf(Read("auth: {}"), {})->Authenticate({}, absl::UnixEpoch()).ok())
      << "everybody is, and nobody is known";
}

}  // namespace
}  // namespace zoetrope
