#include "server/config/config_check.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/api/listen_address.h"
#include "server/base/limits.h"
#include "server/base/money.h"
#include "server/catalogue/check_parts.h"
#include "server/config/auth.h"
#include "server/config/budgets.h"
#include "server/config/duration.h"
#include "server/http/url_guard.h"
#include "server/providers/registry.h"

namespace zoetrope {
namespace {

constexpr int kPictureMibMax = 64 << 10;

using config::v1::Config;
using config::v1::Provider;
using google::protobuf::Duration;

class Checker {
 public:
  explicit Checker(std::vector<ConfigProblem>& problems) : problems_(problems) {}

  void Require(bool holds, const std::string& path, std::string message) {
    if (!holds) problems_.push_back({path, std::move(message)});
  }

 private:
  std::vector<ConfigProblem>& problems_;
};

bool IsZero(const Duration& duration) { return duration.seconds() == 0 && duration.nanos() == 0; }

// host:port with a number that can be a port.
bool IsAddress(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return address.size() > 5;
  const std::size_t colon = address.rfind(':');
  int port = -1;
  return colon != std::string::npos && colon > 0 && absl::SimpleAtoi(address.substr(colon + 1), &port) &&
         port >= 0 && port <= 65'535;
}

bool IsHeaderName(const std::string& name) {
  constexpr std::size_t kCharsMax = 64;
  if (name.empty() || name.size() > kCharsMax) return false;
  for (const char* own : {"host", "content-length", "content-type", "transfer-encoding", "connection"}) {
    if (absl::EqualsIgnoreCase(name, own)) return false;
  }
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

std::string KnownDialects() {
  return absl::StrJoin(Dialects(), ", ",
                       [](std::string* out, const DialectEntry& entry) { out->append(entry.name); });
}

// `permission`: the key that allows plain http, and whether it does.
void CheckHttpUrl(Checker& check, const std::string& path, const std::string& url,
                  const std::pair<std::string, bool>& permission) {
  const bool plain = absl::StartsWith(url, "http://");
  const bool web = plain || absl::StartsWith(url, "https://");
  check.Require(web, path, "must begin with https:// or http://");
  // The HTTP client's own rules, or every call of the account would fail later.
  check.Require(!web || CheckUrl(url, {.allow_plain_http = true}).ok(), path,
                "is no URL that can be called: look at its host, its port and its characters");
  check.Require(!plain || permission.second, path,
                absl::StrCat("is plain http, which needs ", permission.first));
  check.Require(!absl::EndsWith(url, "/"), path, "must not end with a slash");
  check.Require(!absl::StrContains(url, "@") && !absl::StrContains(url, "?") && !absl::StrContains(url, "#"),
                path, "must hold no credential, query or fragment");
}

void CheckBaseUrl(Checker& check, const std::string& path, const std::string& url, const Provider& provider) {
  CheckHttpUrl(check, path, url, {"allow_plain_http", provider.allow_plain_http()});
}

void CheckKey(Checker& check, const std::string& path, const Provider& provider) {
  using config::v1::SecretRef;
  const SecretRef& key = provider.api_key();
  switch (key.source_case()) {
    case SecretRef::kFile:
      return check.Require(!key.file().empty(), path + ".file", "must not be empty");
    case SecretRef::kEnv:
      return check.Require(!key.env().empty(), path + ".env", "must not be empty");
    case SecretRef::kDummy:
      check.Require(!key.dummy().empty(), path + ".dummy", "must not be empty");
      return check.Require(provider.allow_private_hosts() && !provider.base_url().empty(), path + ".dummy",
                           "is for a simulator: the account needs a base_url and allow_private_hosts");
    case SecretRef::SOURCE_NOT_SET:
      return check.Require(false, path, "is required, as {file: path} or {env: NAME}");
  }
}

void CheckTimes(Checker& check, const std::string& path, const Provider& provider) {
  const config::v1::Poll& poll = provider.poll();
  check.Require(!poll.has_first_after() || !IsZero(poll.first_after()), path + ".poll.first_after",
                "must be positive");
  check.Require(!poll.has_interval_max() || !IsZero(poll.interval_max()), path + ".poll.interval_max",
                "must be positive");
  check.Require(!poll.has_lost_after() || !IsZero(poll.lost_after()), path + ".poll.lost_after",
                "must be positive");
  const config::v1::Search& search = provider.search();
  check.Require(!search.has_first_after() || !IsZero(search.first_after()), path + ".search.first_after",
                "must be positive");
  check.Require(!search.has_give_up_after() || !IsZero(search.give_up_after()),
                path + ".search.give_up_after", "must be positive");
  check.Require(!provider.charge().has_give_up_after() || !IsZero(provider.charge().give_up_after()),
                path + ".charge.give_up_after", "must be positive");
  check.Require(!provider.has_submit_timeout() || !IsZero(provider.submit_timeout()),
                path + ".submit_timeout", "must be positive");
  check.Require(!provider.has_poll_timeout() || !IsZero(provider.poll_timeout()), path + ".poll_timeout",
                "must be positive");
  const double rate = provider.limits().submissions_per_second();
  check.Require(rate >= 0 && rate <= 1e6, path + ".limits.submissions_per_second",
                "must be from 0 to 1000000");
}

void CheckPrice(Checker& check, const std::string& path, const config::v1::PriceTerms& price) {
  constexpr std::int64_t kNanosPerMillionth = 1'000;
  const absl::StatusOr<Money> factor = ParseMoney(price.factor().empty() ? "1" : price.factor());
  check.Require(factor.ok() && *factor >= Money() && factor->nanos() <= 10'000'000'000 &&
                    factor->nanos() % kNanosPerMillionth == 0,
                path + ".factor", "must be a decimal number from 0 to 10 with at most six decimals");
  std::set<std::string> offerings;
  for (int i = 0; i < price.agreed_size(); ++i) {
    const config::v1::AgreedPrice& agreed = price.agreed(i);
    const std::string at = absl::StrCat(path, ".agreed[", i, "]");
    check.Require(!agreed.offering().empty(), at + ".offering", "is required");
    check.Require(offerings.insert(agreed.offering()).second, at + ".offering", "is agreed on twice");
    const std::string& amount = agreed.has_per_video() ? agreed.per_video() : agreed.per_second();
    check.Require(ParseMoney(amount).value_or(Money::FromNanos(-1)) >= Money(), at,
                  "needs per_second or per_video, a decimal number of US dollars");
    check.Require(IsDate(agreed.as_of_date()), at + ".as_of_date", "must be a day, as 2026-11-20");
  }
}

void CheckProvider(Checker& check, const std::string& path, const Provider& provider,
                   std::set<std::string>& names) {
  check.Require(IsConfiguredName(provider.name()), path + ".name",
                "must be 1 to 64 characters of a-z, 0-9, `_` and `-`");
  check.Require(names.insert(provider.name()).second, path + ".name",
                absl::StrCat("`", provider.name(), "` is the name of another account"));
  const DialectEntry* dialect = FindDialect(provider.dialect());
  const std::string dialect_path = path + (provider.dialect() == provider.name() ? ".name" : ".dialect");
  check.Require(dialect != nullptr, dialect_path,
                absl::StrCat("`", provider.dialect(), "` is no dialect; there are ", KnownDialects()));
  if (!provider.base_url().empty()) CheckBaseUrl(check, path + ".base_url", provider.base_url(), provider);
  std::set<std::string> url_names;
  for (int i = 0; i < provider.base_urls_size(); ++i) {
    const config::v1::NamedUrl& url = provider.base_urls(i);
    const std::string url_path = absl::StrCat(path, ".base_urls[", i, "]");
    check.Require(!url.name().empty(), url_path, "needs a name");
    check.Require(url_names.insert(url.name()).second, url_path, "has the name of another one");
    const bool known = dialect == nullptr || url.name().empty() ||
                       std::find(dialect->base_urls.begin(), dialect->base_urls.end(), url.name()) !=
                           dialect->base_urls.end();
    check.Require(known, url_path + ".name",
                  absl::StrCat("`", url.name(), "` is none of the dialect's further addresses"));
    CheckBaseUrl(check, url_path + ".url", url.url(), provider);
  }
  CheckKey(check, path + ".api_key", provider);
  CheckTimes(check, path, provider);
  CheckPrice(check, path + ".price", provider.price());
}

// Whether two addresses cannot both be had; a free port is another one each time.
bool Collide(const std::string& a, const std::string& b) { return a == b && !absl::EndsWith(a, ":0"); }

void CheckAdmin(Checker& check, const Config& config) {
  const std::string& listen = config.admin().listen();
  if (listen == "off") return;
  check.Require(IsAddress(listen), "admin.listen", "must be host:port, or off");
  check.Require(!Collide(listen, config.listen()), "admin.listen", "is the address of the service");
  check.Require(!Collide(listen, config.metrics_listen()), "admin.listen", "is the address of the metrics");
}

void CheckHealth(Checker& check, const Config& config) {
  const std::string& listen = config.health_listen();
  if (listen == "off") return;
  check.Require(IsAddress(listen), "health_listen", "must be host:port, or off");
  check.Require(!Collide(listen, config.listen()) && !Collide(listen, config.metrics_listen()) &&
                    !Collide(listen, config.admin().listen()),
                "health_listen", "is the address of something else");
}

void CheckCallbacks(Checker& check, const Config& config) {
  using config::v1::SecretRef;
  const config::v1::Callbacks& callbacks = config.callbacks();
  if (callbacks.listen().empty() && callbacks.url().empty() && !callbacks.has_key()) return;
  check.Require(IsAddress(callbacks.listen()) && !absl::StartsWith(callbacks.listen(), "unix:"),
                "callbacks.listen", "must be host:port");
  check.Require(!Collide(callbacks.listen(), config.listen()) &&
                    !Collide(callbacks.listen(), config.metrics_listen()) &&
                    !Collide(callbacks.listen(), config.admin().listen()),
                "callbacks.listen", "is the address of something else");
  CheckHttpUrl(check, "callbacks.url", callbacks.url(),
               {"callbacks.allow_plain_http", callbacks.allow_plain_http()});
  check.Require(callbacks.key().source_case() != SecretRef::SOURCE_NOT_SET, "callbacks.key",
                "is required, as {file: path} or {env: NAME}");
  check.Require(callbacks.key().source_case() != SecretRef::kDummy || callbacks.allow_plain_http(),
                "callbacks.key.dummy", "is for a simulator: it needs callbacks.allow_plain_http");
}

void CheckQuotes(Checker& check, const Config& config) {
  using config::v1::SecretRef;
  const config::v1::Quotes& quotes = config.quotes();
  const SecretRef::SourceCase key = quotes.key().source_case();
  check.Require(!quotes.has_key() || key != SecretRef::SOURCE_NOT_SET, "quotes.key",
                "is given as {file: path} or {env: NAME}");
  const bool all_dummies =
      std::all_of(config.providers().begin(), config.providers().end(),
                  [](const auto& provider) { return provider.api_key().source_case() == SecretRef::kDummy; });
  check.Require(key != SecretRef::kDummy || all_dummies, "quotes.key.dummy",
                "is for a simulator: here are providers with real keys");
  if (!quotes.has_valid_for()) return;
  check.Require(quotes.has_key(), "quotes.valid_for", "says nothing without quotes.key");
  const absl::Duration valid_for = ToDuration(quotes.valid_for());
  check.Require(valid_for >= absl::Seconds(1) && valid_for <= limits::kQuoteValidMax, "quotes.valid_for",
                "must be 1s to 24h");
}

void CheckTracing(Checker& check, const config::v1::Tracing& tracing) {
  constexpr int kHeadersMax = 16;
  CheckHttpUrl(check, "tracing.endpoint", tracing.endpoint(), {"nothing", true});
  check.Require(tracing.sample_percent() >= 0 && tracing.sample_percent() <= 100, "tracing.sample_percent",
                "must be 0 to 100");
  check.Require(tracing.headers_size() <= kHeadersMax, "tracing.headers",
                absl::StrCat("must be at most ", kHeadersMax));
  for (int i = 0; i < tracing.headers_size(); ++i) {
    const config::v1::TracingHeader& header = tracing.headers(i);
    const std::string path = absl::StrCat("tracing.headers[", i, "]");
    check.Require(IsHeaderName(header.name()), path + ".name",
                  "must be 1 to 64 letters, digits and hyphens, and not one that HTTP needs itself");
    check.Require(header.value().source_case() != config::v1::SecretRef::SOURCE_NOT_SET, path + ".value",
                  "is required, as {file: path} or {env: NAME}");
    check.Require(!header.value().has_dummy(), path + ".value.dummy", "is for a simulator of providers");
  }
}

}  // namespace

bool IsConfiguredName(const std::string& name) {
  return !name.empty() && name.size() <= limits::kProviderNameChars &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

std::vector<ConfigProblem> CheckConfig(const Config& config) {
  std::vector<ConfigProblem> problems;
  Checker check(problems);
  check.Require(IsAddress(config.listen()), "listen", "must be host:port");
  const bool is_path = absl::StartsWith(config.metrics_listen(), "unix:");
  check.Require(config.metrics_listen() == "off" || (IsAddress(config.metrics_listen()) && !is_path),
                "metrics_listen", "must be host:port, or off");
  check.Require(!Collide(config.metrics_listen(), config.listen()), "metrics_listen",
                "is the address of the service");
  CheckAdmin(check, config);
  CheckCallbacks(check, config);
  CheckQuotes(check, config);
  if (config.has_tracing()) CheckTracing(check, config.tracing());
  CheckHealth(check, config);
  for (ConfigProblem& problem : CheckAuth(config)) problems.push_back(std::move(problem));
  for (ConfigProblem& problem : CheckBudgets(config)) problems.push_back(std::move(problem));
  const std::string& reservation = config.catalogue().unpriced_reservation();
  check.Require(reservation.empty() || ParseMoney(reservation).value_or(Money()) > Money(),
                "catalogue.unpriced_reservation", "must be a positive decimal number of US dollars");
  std::set<std::string> names;
  for (int i = 0; i < config.providers_size(); ++i) {
    CheckProvider(check, absl::StrCat("providers[", i, "]"), config.providers(i), names);
  }
  const config::v1::Watch& watch = config.watch();
  check.Require(!watch.has_heartbeat() || !IsZero(watch.heartbeat()), "watch.heartbeat", "must be positive");
  check.Require(!watch.has_age_max() || !IsZero(watch.age_max()), "watch.age_max", "must be positive");
  check.Require(!watch.has_stall_max() || !IsZero(watch.stall_max()), "watch.stall_max", "must be positive");
  check.Require(
      config.unknown_outcome_policy() != config::v1::UNKNOWN_OUTCOME_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND ||
          config.validation().allow_retry_once(),
      "unknown_outcome_policy", "may pay twice, which needs validation.allow_retry_once");
  const config::v1::Retention& retention = config.retention();
  check.Require(
      !retention.has_finished_jobs() || ToDuration(retention.finished_jobs()) >= limits::kRetentionMin,
      "retention.finished_jobs", "must be at least 24h: a request id must stand for its job so long");
  check.Require(static_cast<std::size_t>(config.limits().live_jobs_max()) <= limits::kLiveJobs,
                "limits.live_jobs_max", absl::StrCat("must be at most ", limits::kLiveJobs));
  check.Require(config.limits().picture_mib_max() <= kPictureMibMax, "limits.picture_mib_max",
                absl::StrCat("must be at most ", kPictureMibMax));
  return problems;
}

}  // namespace zoetrope
