#include "server/config/accounts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/settings.h"

namespace zoetrope {
namespace {

AccountEndpoints EndpointsOf(const config::v1::Provider& provider) {
  AccountEndpoints endpoints;
  endpoints.base_url = provider.base_url();
  for (const config::v1::NamedUrl& url : provider.base_urls())
    endpoints.base_urls.emplace(url.name(), url.url());
  endpoints.synchronous = provider.synchronous();
  return endpoints;
}

BillingHabit BillingHabitOf(const config::v1::Provider& provider) {
  const config::v1::BillingHabit& bills = provider.bills();
  BillingHabit habit;
  if (bills.has_failed()) habit.failed = bills.failed();
  if (bills.has_moderated()) habit.moderated = bills.moderated();
  if (bills.has_cancelled()) habit.cancelled = bills.cancelled();
  return habit;
}

void ApplyLimits(const config::v1::Provider& provider, Account& account) {
  const config::v1::ProviderLimits& limits = provider.limits();
  const Capabilities& dialect = account.adapter->capabilities();
  if (dialect.concurrent_jobs_max) account.lane.concurrent_jobs_max = *dialect.concurrent_jobs_max;
  if (limits.concurrent_jobs_max() > 0) account.lane.concurrent_jobs_max = limits.concurrent_jobs_max();
  if (limits.submissions_per_second() > 0)
    account.lane.submissions_per_second = limits.submissions_per_second();
  if (limits.submissions_burst() > 0) account.lane.submissions_burst = limits.submissions_burst();
  if (provider.poll().has_first_after()) account.poll.first_after = ToDuration(provider.poll().first_after());
  if (provider.poll().has_interval_max())
    account.poll.interval_max = ToDuration(provider.poll().interval_max());
  if (provider.poll().has_lost_after()) account.poll.lost_after = ToDuration(provider.poll().lost_after());
  if (provider.search().has_first_after())
    account.search.first_after = ToDuration(provider.search().first_after());
  if (provider.search().has_give_up_after())
    account.search.give_up_after = ToDuration(provider.search().give_up_after());
  if (provider.charge().has_give_up_after())
    account.charge.give_up_after = ToDuration(provider.charge().give_up_after());
  if (provider.synchronous() && dialect.has_synchronous_mode)
    account.submit_timeout = dialect.synchronous_timeout;
  if (provider.has_submit_timeout()) account.submit_timeout = ToDuration(provider.submit_timeout());
  if (provider.has_poll_timeout()) account.poll_timeout = ToDuration(provider.poll_timeout());
}

}  // namespace

absl::StatusOr<std::vector<Account>> MakeAccounts(const config::v1::Config& config,
                                                  const SecretReader& read_secret,
                                                  std::span<const DialectEntry> dialects) {
  std::vector<Account> accounts;
  std::vector<std::string> problems;
  for (const config::v1::Provider& provider : config.providers()) {
    absl::StatusOr<Secret> secret = read_secret(provider.api_key());
    if (!secret.ok()) {
      problems.push_back(absl::StrCat("provider `", provider.name(), "`: ", secret.status().message()));
      continue;
    }
    const DialectEntry* dialect = FindDialect(provider.dialect(), dialects);
    if (dialect == nullptr) {
      problems.push_back(absl::StrCat("provider `", provider.name(), "`: no such dialect"));
      continue;
    }
    Account account;
    account.name = provider.name();
    account.dialect = provider.dialect();
    account.adapter = dialect->make(EndpointsOf(provider));
    if (provider.synchronous() && !account.adapter->capabilities().has_synchronous_mode) {
      problems.push_back(
          absl::StrCat("provider `", provider.name(), "`: its dialect has no `synchronous` mode"));
      continue;
    }
    account.secret = *std::move(secret);
    account.url_rule = {.allow_plain_http = provider.allow_plain_http(),
                        .allow_private_hosts = provider.allow_private_hosts()};
    account.price = PriceTermsOf(provider);
    account.bills = BillingHabitOf(provider);
    ApplyLimits(provider, account);
    accounts.push_back(std::move(account));
  }
  if (!problems.empty()) return absl::FailedPreconditionError(absl::StrJoin(problems, "\n"));
  return accounts;
}

}  // namespace zoetrope
