// A configured provider account: what the engine calls with.
#ifndef ZOETROPE_SERVER_ENGINE_ACCOUNT_H_
#define ZOETROPE_SERVER_ENGINE_ACCOUNT_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/base/limits.h"
#include "server/base/secret.h"
#include "server/domain/offering.h"
#include "server/engine/lane.h"
#include "server/http/http_client.h"
#include "server/providers/adapter.h"

namespace zoetrope {

// How often a job is asked after; unset: from the dialect's capabilities and the offering's typical duration.
struct PollLimits {
  std::optional<absl::Duration> first_after;
  std::optional<absl::Duration> interval_max;
  // How long the provider must go on not knowing a job (404) before it counts as lost: longer than a new job
  // takes to be known everywhere, and longer than a gateway that answers for others is out of order.
  absl::Duration lost_after = absl::Minutes(5);
};

// How a submission of unknown outcome is looked for, where the dialect can do that.
struct SearchLimits {
  // A list may show late what was created, and a request that got no answer may still be at work.
  absl::Duration first_after = absl::Seconds(15);
  // Some list a job only when it has ended: longer than nearly every one takes.
  absl::Duration give_up_after = absl::Minutes(10);
};

// How long the provider's books are asked what a job was charged, where they tell it late.
struct ChargeLimits {
  absl::Duration give_up_after =
      absl::Minutes(10);  // after the attempt's end; then the catalogue's price counts
};

struct Account {
  std::string name;  // configured; unique
  std::string dialect;
  std::shared_ptr<const Adapter> adapter;  // never null; a reload keeps it
  Secret secret;
  Secret
      former;  // before the last reload; an answer to a call that bore it may show it. Empty: there was none
  UrlRule url_rule;  // of the API and of the media
  LaneLimits lane;
  PollLimits poll;
  SearchLimits search;
  ChargeLimits charge;
  PriceTerms price;
  BillingHabit bills;  // as its operator knows it
  absl::Duration submit_timeout = limits::kSubmitTimeoutDefault;
  absl::Duration poll_timeout = absl::Seconds(30);
};

// Of a call to the account, but a download.
inline CallOptions CallOptionsFor(const Account& account, absl::Duration timeout) {
  CallOptions options;
  options.timeout = timeout;
  options.body_bytes_max = limits::kProviderBodyBytes;
  options.url_rule = account.url_rule;
  return options;
}

// All accounts; immutable.
class Accounts {
 public:
  explicit Accounts(std::vector<Account> accounts) : accounts_(std::move(accounts)) {}

  const Account* Find(std::string_view name) const {
    for (const Account& account : accounts_) {
      if (account.name == name) return &account;
    }
    return nullptr;
  }
  const std::vector<Account>& all() const { return accounts_; }

 private:
  std::vector<Account> accounts_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ACCOUNT_H_
