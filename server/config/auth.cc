#include "server/config/auth.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "server/api/listen_address.h"
#include "server/base/strings.h"
#include "server/http/url_guard.h"

namespace zoetrope {
namespace {

constexpr int kPrincipalsMax = 10'000;
constexpr int kIssuersMax = 16;
constexpr int kOfEachMax = 16;  // keys and certificates of a principal
constexpr std::size_t kTextChars = 512;
constexpr std::size_t kSha256Digits = 64;

using config::v1::Config;

bool IsSha256(const std::string& text) {
  return text.size() == kSha256Digits && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

bool IsText(const std::string& text) { return !text.empty() && text.size() <= kTextChars; }

class AuthChecker {
 public:
  explicit AuthChecker(const Config& config) : config_(config) {}

  std::vector<ConfigProblem> Check() {
    CheckTls();
    CheckOpen("listen", config_.listen(), config_.allow_insecure_listen(), "allow_insecure_listen");
    if (config_.admin().listen() != "off") {
      CheckOpen("admin.listen", config_.admin().listen(), config_.admin().allow_insecure_listen(),
                "admin.allow_insecure_listen");
    }
    Require(config_.metrics_listen() == "off" || IsLoopbackListen(config_.metrics_listen()) ||
                config_.allow_insecure_listen() || config_.metrics_allow_insecure_listen(),
            "metrics_listen",
            "can be reached by others, without authentication; that needs metrics_allow_insecure_listen");
    const config::v1::Auth& auth = config_.auth();
    Require(auth.principals_size() <= kPrincipalsMax, "auth.principals",
            absl::StrCat("must be at most ", kPrincipalsMax));
    Require(auth.issuers_size() <= kIssuersMax, "auth.issuers",
            absl::StrCat("must be at most ", kIssuersMax));
    for (int i = 0; i < auth.principals_size(); ++i)
      CheckPrincipal(absl::StrCat("auth.principals[", i, "]"), auth.principals(i));
    for (int i = 0; i < auth.issuers_size(); ++i)
      CheckIssuer(absl::StrCat("auth.issuers[", i, "]"), auth.issuers(i));
    return std::move(problems_);
  }

 private:
  void Require(bool holds, std::string path, std::string message) {
    if (!holds) problems_.push_back({std::move(path), std::move(message)});
  }

  void CheckTls() {
    if (!config_.has_tls()) return;
    const config::v1::Tls& tls = config_.tls();
    Require(!tls.certificate_file().empty(), "tls.certificate_file", "is required");
    Require(!tls.key_file().empty(), "tls.key_file", "is required");
    Require(!tls.client_certificate_required() || !tls.client_ca_file().empty(),
            "tls.client_certificate_required", "needs tls.client_ca_file");
  }

  void CheckOpen(const std::string& path, const std::string& address, bool allowed, const char* permission) {
    const std::vector<std::string_view> lacked = LackedBy(config_, address);
    Require(allowed || lacked.empty(), path,
            absl::StrCat("can be reached by others without ",
                         absl::StrJoin(lacked, " and ",
                                       [](std::string* out, std::string_view what) { out->append(what); }),
                         ": configure auth and tls, or say ", permission));
  }

  void CheckLimits(const std::string& path, const config::v1::PrincipalLimits& limits) {
    Require(limits.submits_per_minute() <= 1'000'000, path + ".submits_per_minute",
            "must be at most 1000000");
  }

  void CheckPrincipal(const std::string& path, const config::v1::Principal& principal) {
    Require(IsConfiguredName(principal.name()), path + ".name",
            "must be 1 to 64 characters of a-z, 0-9, `_` and `-`");
    Require(names_.insert(principal.name()).second, path + ".name", "is used twice");
    const bool needs_tenant = principal.role() != config::v1::ROLE_OPERATOR || !principal.tenant().empty();
    Require(!needs_tenant || IsTenantName(principal.tenant()), path + ".tenant",
            "must be 1 to 64 letters, digits, `.`, `_` and `-`");
    Require(principal.keys_size() <= kOfEachMax, path + ".keys",
            absl::StrCat("must be at most ", kOfEachMax));
    Require(principal.certificates_size() <= kOfEachMax, path + ".certificates",
            absl::StrCat("must be at most ", kOfEachMax));
    Require(principal.certificates_size() == 0 || !config_.tls().client_ca_file().empty(),
            path + ".certificates", "needs tls.client_ca_file: none is asked for without it");
    for (int i = 0; i < principal.keys_size(); ++i) {
      const config::v1::ApiKey& key = principal.keys(i);
      const std::string at = absl::StrCat(path, ".keys[", i, "]");
      Require(IsSha256(key.sha256()), at + ".sha256",
              "must be 64 hexadecimal digits: of the key, not the key");
      Require(digests_.insert(absl::AsciiStrToLower(key.sha256())).second, at + ".sha256", "is used twice");
    }
    for (int i = 0; i < principal.certificates_size(); ++i) {
      const std::string at = absl::StrCat(path, ".certificates[", i, "]");
      Require(IsText(principal.certificates(i)), at, "must be 1 to 512 bytes");
      Require(certificates_.insert(principal.certificates(i)).second, at, "is used twice");
    }
    CheckLimits(path + ".limits", principal.limits());
  }

  void CheckIssuer(const std::string& path, const config::v1::TokenIssuer& issuer) {
    Require(IsConfiguredName(issuer.name()), path + ".name",
            "must be 1 to 64 characters of a-z, 0-9, `_` and `-`");
    Require(names_.insert(issuer.name()).second, path + ".name", "is used twice");
    Require(IsText(issuer.issuer()), path + ".issuer", "is required");
    Require(issuers_.insert(issuer.issuer()).second, path + ".issuer", "is used twice");
    Require(IsText(issuer.audience()), path + ".audience",
            "is required: without one, a token for another service would do");
    const bool from_file = !issuer.jwks_file().empty();
    Require(from_file || !issuer.jwks_url().empty(), path, "needs jwks_file or jwks_url");
    const bool plain = absl::StartsWith(issuer.jwks_url(), "http://");
    const UrlRule rule{.allow_plain_http = plain, .allow_private_hosts = true};
    Require(from_file || CheckUrl(issuer.jwks_url(), rule).ok(), path + ".jwks_url", "must be an https URL");
    Require(!plain || IsOnThisMachine(issuer.jwks_url()), path + ".jwks_url",
            "must be https: whoever changes the keys on the way is believed");
    Require(issuer.operator_claim().empty() == issuer.operator_value().empty(), path + ".operator_value",
            "goes with operator_claim, and the other way round");
    CheckLimits(path + ".limits", issuer.limits());
  }

  // Whether `url`, which is plain http, leads to this machine.
  static bool IsOnThisMachine(std::string_view url) {
    url.remove_prefix(std::string_view("http://").size());
    return IsLoopbackListen(url.substr(0, url.find('/')));
  }

  const Config& config_;
  std::vector<ConfigProblem> problems_;
  std::set<std::string> names_;
  std::set<std::string> digests_;
  std::set<std::string> certificates_;
  std::set<std::string> issuers_;
};

PrincipalLimits LimitsOf(const config::v1::PrincipalLimits& limits) {
  return {limits.jobs_in_flight_max(), limits.submits_per_minute(), limits.streams_max()};
}

ApiKey KeyOf(const config::v1::ApiKey& key, std::shared_ptr<const Principal> principal) {
  ApiKey made{absl::AsciiStrToLower(key.sha256()), absl::InfiniteFuture(), std::move(principal)};
  if (key.has_expire_time()) made.expire_time = absl::FromUnixSeconds(key.expire_time().seconds());
  return made;
}

}  // namespace

std::vector<ConfigProblem> CheckAuth(const Config& config) { return AuthChecker(config).Check(); }

std::vector<std::string_view> LackedBy(const Config& config, std::string_view address) {
  std::vector<std::string_view> lacked;
  if (IsLoopbackListen(address)) return lacked;
  if (!config.has_auth()) lacked.push_back("authentication");
  if (!config.has_tls()) lacked.push_back("encryption");
  return lacked;
}

std::shared_ptr<const Authenticator> AuthenticatorOf(const Config& config, const KeySources& keys) {
  if (!config.has_auth()) return std::make_shared<const Authenticator>();
  std::vector<ApiKey> api_keys;
  std::map<std::string, std::shared_ptr<const Principal>> certificates;
  for (const config::v1::Principal& from : config.auth().principals()) {
    const auto principal =
        std::make_shared<const Principal>(Principal{.name = from.name(),
                                                    .tenant = from.tenant(),
                                                    .is_operator = from.role() == config::v1::ROLE_OPERATOR,
                                                    .limits = LimitsOf(from.limits())});
    for (const config::v1::ApiKey& key : from.keys()) api_keys.push_back(KeyOf(key, principal));
    for (const std::string& name : from.certificates()) certificates.emplace(name, principal);
  }
  std::vector<TokenIssuer> issuers;
  for (const config::v1::TokenIssuer& from : config.auth().issuers()) {
    TokenRules rules{.name = from.name(),
                     .issuer = from.issuer(),
                     .audience = from.audience(),
                     .operator_claim = from.operator_claim(),
                     .operator_value = from.operator_value(),
                     .limits = LimitsOf(from.limits())};
    if (!from.tenant_claim().empty()) rules.tenant_claim = from.tenant_claim();
    issuers.push_back({std::move(rules), keys.at(from.name())});
  }
  return std::make_shared<const Authenticator>(std::move(api_keys), std::move(certificates),
                                               std::move(issuers));
}

}  // namespace zoetrope
