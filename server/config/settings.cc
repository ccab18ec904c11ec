#include "server/config/settings.h"

#include <filesystem>
#include <utility>

#include "server/api/listen_address.h"
#include "server/api/rpc_observer.h"
#include "server/config/auth.h"
#include "server/config/budgets.h"

namespace zoetrope {

namespace {

std::optional<TlsFiles> TlsOf(const config::v1::Config& config) {
  if (!config.has_tls()) return std::nullopt;
  const config::v1::Tls& tls = config.tls();
  return TlsFiles{tls.certificate_file(), tls.key_file(), tls.client_ca_file(),
                  tls.client_certificate_required()};
}

}  // namespace

GrpcServerOptions ServerOptionsOf(const config::v1::Config& config) {
  GrpcServerOptions options;
  options.listen = config.listen();
  options.allow_insecure_listen = config.allow_insecure_listen() || LackedBy(config, options.listen).empty();
  options.tls = TlsOf(config);
  options.reflection = !config.has_auth();
  return options;
}

GrpcServerOptions AdminServerOptionsOf(const config::v1::Config& config) {
  GrpcServerOptions options;
  options.listen = config.admin().listen();
  options.allow_insecure_listen =
      config.admin().allow_insecure_listen() || LackedBy(config, options.listen).empty();
  options.tls = TlsOf(config);
  options.service_name = std::string(ServiceOf(Rpc::kResolveAttempt));
  // Of those who connect, to whoever asks: where the operator alone can.
  options.channelz = IsLoopbackListen(options.listen);
  // A few people and their scripts.
  options.streams_per_connection = 100;
  options.memory_bytes = std::size_t{64} << 20;
  options.threads_max = 8;
  return options;
}

GrpcServerOptions HealthServerOptionsOf(const config::v1::Config& config) {
  GrpcServerOptions options;
  options.listen = config.health_listen();
  options.allow_insecure_listen = true;
  options.reflection = false;
  options.streams_per_connection = 100;
  options.memory_bytes = std::size_t{16} << 20;
  options.threads_max = 4;
  return options;
}

void WarnAtStart(const config::v1::Config& config, Log& log) {
  if (config.providers().empty())
    log.Warning("no_providers", {{"consequence", "every Submit is refused until an account is configured"}});
  for (const std::string& address : {config.listen(), config.admin().listen()}) {
    if (address == "off") continue;
    for (const std::string_view lacked : LackedBy(config, address)) {
      log.Warning("open_listener",
                  {{"address", address},
                   {"lacks", std::string(lacked)},
                   {"consequence", "whoever reaches it, or listens on the way, can spend your money"}});
    }
  }
}

WatchOptions WatchOptionsOf(const config::v1::Config& config) {
  WatchOptions options;
  const config::v1::Watch& watch = config.watch();
  if (watch.has_heartbeat()) options.heartbeat = ToDuration(watch.heartbeat());
  if (watch.has_age_max()) options.age_max = ToDuration(watch.age_max());
  if (watch.has_stall_max()) options.stall_max = ToDuration(watch.stall_max());
  if (watch.streams_max() > 0) options.streams_max = static_cast<std::size_t>(watch.streams_max());
  return options;
}

EngineOptions EngineOptionsOf(const config::v1::Config& config) {
  EngineOptions options;
  const int live_jobs = config.limits().live_jobs_max();
  if (live_jobs > 0) options.live_jobs_max = static_cast<std::size_t>(live_jobs);
  const int picture_mib = config.limits().picture_mib_max();
  if (picture_mib > 0) options.picture_bytes_max = static_cast<std::size_t>(picture_mib) << 20;
  if (config.unknown_outcomes().has_hold_for()) {
    const absl::Duration hold_for = ToDuration(config.unknown_outcomes().hold_for());
    options.hold_for = hold_for > absl::ZeroDuration() ? hold_for : absl::InfiniteDuration();
  }
  options.allow_retry_once = config.validation().allow_retry_once();
  options.budgets = BudgetsOf(config);
  return options;
}

PlanRules PlanRulesOf(const config::v1::Config& config) {
  PlanRules rules;
  rules.validation.allow_private_image_hosts = config.validation().allow_private_image_hosts();
  rules.validation.allow_retry_once = config.validation().allow_retry_once();
  rules.allow_retired_models = config.catalogue().allow_retired_models();
  if (!config.catalogue().unpriced_reservation().empty()) {
    // The check of the configuration has refused what is no amount.
    const absl::StatusOr<Money> amount = ParseMoney(config.catalogue().unpriced_reservation());
    if (amount.ok()) rules.unpriced_reservation = *amount;
  }
  if (config.unknown_outcome_policy() == config::v1::UNKNOWN_OUTCOME_ABANDON) {
    rules.unknown_policy = UnknownPolicy::kAbandon;
  }
  if (config.unknown_outcome_policy() == config::v1::UNKNOWN_OUTCOME_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND) {
    rules.unknown_policy = UnknownPolicy::kRetryOnce;
  }
  if (config.catalogue().has_price_age_max()) {
    const absl::Duration age = ToDuration(config.catalogue().price_age_max());
    rules.price_age_max = age > absl::ZeroDuration() ? age : absl::InfiniteDuration();
  }
  rules.budgets = BudgetsOf(config);
  rules.validation.quotes = config.quotes().has_key();
  if (config.quotes().has_valid_for()) rules.quote_valid_for = ToDuration(config.quotes().valid_for());
  return rules;
}

std::shared_ptr<const Supply> TakeSupply(Inputs& inputs) {
  PlanRules rules = PlanRulesOf(inputs.config);
  rules.quotes = inputs.quotes;
  return std::make_shared<const Supply>(std::make_shared<const Accounts>(std::move(inputs.accounts)),
                                        std::move(inputs.catalogue), std::move(rules));
}

PriceTerms PriceTermsOf(const config::v1::Provider& provider) {
  constexpr std::int64_t kNanosPerMillionth = 1'000;
  PriceTerms terms;
  // The check of the configuration has refused what is no amount.
  if (!provider.price().factor().empty()) {
    const Money factor = ParseMoney(provider.price().factor()).value_or(Money());
    terms.factor_millionths = factor.nanos() / kNanosPerMillionth;
  }
  for (const config::v1::AgreedPrice& price : provider.price().agreed()) {
    PriceRow row;
    const bool by_video = price.has_per_video();
    row.unit = by_video ? PriceUnit::kVideo : PriceUnit::kSecond;
    row.amount = ParseMoney(by_video ? price.per_video() : price.per_second()).value_or(Money());
    row.source = "agreed on with " + provider.name();
    row.as_of_date = price.as_of_date();
    terms.agreed.emplace(price.offering(), std::move(row));
  }
  return terms;
}

LogLevel LogLevelOf(const config::v1::Config& config) {
  switch (config.log_level()) {
    case config::v1::LOG_LEVEL_DEBUG:
      return LogLevel::kDebug;
    case config::v1::LOG_LEVEL_WARNING:
      return LogLevel::kWarning;
    case config::v1::LOG_LEVEL_ERROR:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

std::optional<SpanExporterOptions> SpanExporterOptionsOf(const Inputs& inputs) {
  if (!inputs.config.has_tracing()) return std::nullopt;
  return SpanExporterOptions{.url = inputs.config.tracing().endpoint(), .headers = inputs.trace_headers};
}

int SamplePercentOf(const config::v1::Config& config) {
  constexpr int kAll = 100;
  return config.tracing().has_sample_percent() ? config.tracing().sample_percent() : kAll;
}

RetentionOptions RetentionOptionsOf(const config::v1::Config& config) {
  RetentionOptions options;
  const config::v1::Retention& retention = config.retention();
  if (retention.has_finished_jobs()) options.finished_jobs = ToDuration(retention.finished_jobs());
  return options;
}

BackupPlace BackupPlaceOf(const config::v1::Config& config) {
  const config::v1::Sqlite& sqlite = config.store().sqlite();
  // With a slash at the end, a folder's last part is empty; the parent of that is the folder without it.
  std::filesystem::path folder = std::filesystem::absolute(sqlite.backup_folder()).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  return {.folder = folder.string(), .store_name = std::filesystem::path(sqlite.path()).filename().string()};
}

DrainOptions DrainOptionsOf(const config::v1::Config& config) {
  DrainOptions options;
  if (config.drain().has_delay()) options.delay = ToDuration(config.drain().delay());
  if (config.drain().has_grace()) options.grace = ToDuration(config.drain().grace());
  return options;
}

void WarnOfShortDrain(const config::v1::Config& config, const Accounts& accounts, Log& log) {
  const absl::Duration grace = DrainOptionsOf(config).grace;
  for (const Account& account : accounts.all()) {
    if (account.submit_timeout <= grace) continue;
    log.Warning("drain_is_short", {{"provider", account.name},
                                   {"submit_timeout", absl::FormatDuration(account.submit_timeout)},
                                   {"grace", absl::FormatDuration(grace)},
                                   {"consequence", "a submission that is cut off is of unknown outcome"}});
  }
}

}  // namespace zoetrope
