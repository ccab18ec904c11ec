#include "server/config/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/settings.h"
#include "server/providers/registry.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<Secret> AnyKey(const config::v1::SecretRef&) { return Secret("key"); }

config::v1::Config One() {
  config::v1::Config config;
  config::v1::Provider* provider = config.add_providers();
  provider->set_name("mine");
  provider->set_dialect("runpod");
  return config;
}

TEST(AccountsTest, HasWhatTheConfigurationSays) {
  config::v1::Config config = One();
  config::v1::Provider& provider = *config.mutable_providers(0);
  provider.set_allow_plain_http(true);
  provider.mutable_limits()->set_concurrent_jobs_max(3);
  provider.mutable_limits()->set_submissions_per_second(0.5);
  provider.mutable_limits()->set_submissions_burst(2);
  provider.mutable_poll()->mutable_first_after()->set_nanos(100'000'000);
  provider.mutable_search()->mutable_give_up_after()->set_seconds(90);
  provider.mutable_charge()->mutable_give_up_after()->set_seconds(70);
  provider.mutable_submit_timeout()->set_seconds(7);
  const absl::StatusOr<std::vector<Account>> accounts = MakeAccounts(config, AnyKey);
  ASSERT_TRUE(accounts.ok());
  const Account& account = accounts->at(0);
  EXPECT_EQ(account.name, "mine");
  EXPECT_EQ(account.dialect, "runpod");
  EXPECT_NE(account.adapter, nullptr);
  EXPECT_EQ(account.secret.Reveal(), "key");
  EXPECT_TRUE(account.url_rule.allow_plain_http);
  EXPECT_FALSE(account.url_rule.allow_private_hosts);
  EXPECT_EQ(account.lane.concurrent_jobs_max, 3);
  EXPECT_EQ(account.lane.submissions_per_second, 0.5);
  EXPECT_EQ(account.lane.submissions_burst, 2);
  EXPECT_EQ(account.poll.first_after, absl::Milliseconds(100));
  EXPECT_EQ(account.poll.interval_max, std::nullopt);
  EXPECT_EQ(account.search.first_after, SearchLimits().first_after);
  EXPECT_EQ(account.search.give_up_after, absl::Seconds(90));
  EXPECT_EQ(account.charge.give_up_after, absl::Seconds(70));
  EXPECT_EQ(account.submit_timeout, absl::Seconds(7));
  EXPECT_EQ(account.poll_timeout, absl::Seconds(30));
}

TEST(AccountsTest, ABlockingModeThatThereIsNotIsNamed) {
  for (const DialectEntry& dialect : Dialects()) {
    config::v1::Config config = One();
    config.mutable_providers(0)->set_dialect(std::string(dialect.name));
    config.mutable_providers(0)->set_synchronous(true);
    const absl::StatusOr<std::vector<Account>> accounts = MakeAccounts(config, AnyKey);
    const bool has = dialect.make({})->capabilities().has_synchronous_mode;
    EXPECT_EQ(accounts.ok(), has) << dialect.name;
    if (!has) {
      EXPECT_EQ(accounts.status().message(), "provider `mine`: its dialect has no `synchronous` mode");
    }
  }
}

TEST(AccountsTest, EveryDialectHasABaseUrlOfItsOwn) {
  config::v1::Config config;
  for (const DialectEntry& dialect : Dialects()) {
    config::v1::Provider* provider = config.add_providers();
    provider->set_name(std::string(dialect.name));
    provider->set_dialect(std::string(dialect.name));
  }
  const absl::StatusOr<std::vector<Account>> accounts = MakeAccounts(config, AnyKey);
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  ASSERT_EQ(accounts->size(), Dialects().size());
  const ProviderJob job{"job-1", {}};
  const ProviderTimings timings;
  Offering offering;
  offering.provider_model_id = "model";
  for (const Account& account : *accounts) {
    const absl::StatusOr<HttpRequest> poll =
        account.adapter->BuildPoll({job, offering, "", "", timings, 1}, account.secret);
    ASSERT_TRUE(poll.ok()) << account.dialect << poll.status();
    EXPECT_THAT(poll->url, StartsWith("https://")) << account.dialect;
  }
}

TEST(AccountsTest, EverySecretThatIsMissingIsNamed) {
  config::v1::Config config = One();
  *config.add_providers() = config.providers(0);
  config.mutable_providers(1)->set_name("other");
  const absl::StatusOr<std::vector<Account>> accounts =
      MakeAccounts(config, [](const config::v1::SecretRef&) -> absl::StatusOr<Secret> {
        return absl::FailedPreconditionError("no");
      });
  EXPECT_THAT(std::string(accounts.status().message()), HasSubstr("`mine`: no"));
  EXPECT_THAT(std::string(accounts.status().message()), HasSubstr("`other`: no"));
}

// Who may ask for it, and what is done where it was asked for once, are the same permission.
TEST(SettingsTest, ASecondSubmissionIsAllowedToTheEngineAsToCallers) {
  config::v1::Config config;
  EXPECT_FALSE(EngineOptionsOf(config).allow_retry_once);
  EXPECT_FALSE(PlanRulesOf(config).validation.allow_retry_once);
  config.mutable_validation()->set_allow_retry_once(true);
  EXPECT_TRUE(EngineOptionsOf(config).allow_retry_once);
  EXPECT_TRUE(PlanRulesOf(config).validation.allow_retry_once);
  config.set_unknown_outcome_policy(config::v1::UNKNOWN_OUTCOME_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND);
  EXPECT_EQ(PlanRulesOf(config).unknown_policy, UnknownPolicy::kRetryOnce);
}

TEST(SettingsTest, DefaultsAreThePartsOwn) {
  const config::v1::Config config;
  EXPECT_EQ(WatchOptionsOf(config).heartbeat, WatchOptions().heartbeat);
  EXPECT_EQ(EngineOptionsOf(config).live_jobs_max, EngineOptions().live_jobs_max);
  EXPECT_EQ(EngineOptionsOf(config).picture_bytes_max, EngineOptions().picture_bytes_max);
  EXPECT_EQ(PlanRulesOf(config).unknown_policy, UnknownPolicy::kHold);
  EXPECT_EQ(LogLevelOf(config), LogLevel::kInfo);
  EXPECT_EQ(DrainOptionsOf(config).delay, absl::ZeroDuration());
  EXPECT_GT(DrainOptionsOf(config).grace, Account().submit_timeout)
      << "else a drain leaves what is sent in doubt";
}

TEST(SettingsTest, WhatIsSaidCounts) {
  config::v1::Config config;
  config.mutable_watch()->mutable_age_max()->set_seconds(9);
  config.mutable_watch()->set_streams_max(4);
  config.mutable_limits()->set_live_jobs_max(5);
  config.mutable_limits()->set_picture_mib_max(7);
  config.set_unknown_outcome_policy(config::v1::UNKNOWN_OUTCOME_ABANDON);
  config.mutable_validation()->set_allow_retry_once(true);
  config.mutable_catalogue()->set_allow_retired_models(true);
  EXPECT_EQ(PlanRulesOf(config).unpriced_reservation, std::nullopt);
  config.mutable_catalogue()->set_unpriced_reservation("2.50");
  config.mutable_drain()->mutable_delay()->set_seconds(5);
  config.set_log_level(config::v1::LOG_LEVEL_DEBUG);
  EXPECT_EQ(WatchOptionsOf(config).age_max, absl::Seconds(9));
  EXPECT_EQ(WatchOptionsOf(config).streams_max, 4u);
  EXPECT_EQ(EngineOptionsOf(config).live_jobs_max, 5u);
  EXPECT_EQ(EngineOptionsOf(config).picture_bytes_max, 7u << 20);
  EXPECT_EQ(PlanRulesOf(config).unknown_policy, UnknownPolicy::kAbandon);
  EXPECT_TRUE(PlanRulesOf(config).validation.allow_retry_once);
  EXPECT_TRUE(PlanRulesOf(config).allow_retired_models);
  EXPECT_EQ(PlanRulesOf(config).unpriced_reservation, Money::FromNanos(2'500'000'000));
  EXPECT_EQ(DrainOptionsOf(config).delay, absl::Seconds(5));
  EXPECT_FALSE(PlanRulesOf(config).validation.quotes);
  EXPECT_EQ(PlanRulesOf(config).quote_valid_for, absl::Minutes(15));
  config.mutable_quotes()->mutable_key()->set_env("QUOTE_KEY");
  config.mutable_quotes()->mutable_valid_for()->set_seconds(60);
  EXPECT_TRUE(PlanRulesOf(config).validation.quotes);
  EXPECT_EQ(PlanRulesOf(config).quote_valid_for, absl::Minutes(1));
  EXPECT_EQ(LogLevelOf(config), LogLevel::kDebug);
}

}  // namespace
}  // namespace zoetrope
