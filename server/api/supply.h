// What jobs can be given to, and by which rules: all that a reload of the configuration can change for
// callers.
#ifndef ZOETROPE_SERVER_API_SUPPLY_H_
#define ZOETROPE_SERVER_API_SUPPLY_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/api/plan.h"
#include "server/catalogue/catalogue.h"
#include "server/engine/account.h"
#include "server/route/router.h"

namespace zoetrope {

// Immutable. A call takes one when it begins, and goes by it to its end.
struct Supply {
  // Neither is null.
  Supply(std::shared_ptr<const Accounts> accounts_in, std::shared_ptr<const Catalogue> catalogue_in,
         PlanRules rules_in = {})
      : accounts(std::move(accounts_in)),
        catalogue(std::move(catalogue_in)),
        rules(std::move(rules_in)),
        providers(ProvidersOf(*accounts)) {}

  // How many offerings in service have a stale price at each account, by its name.
  std::map<std::string, std::size_t> StalePrices(absl::Time now) const {
    return CountStalePrices(*catalogue, *accounts, rules, now);
  }

  const std::shared_ptr<const Accounts> accounts;
  const std::shared_ptr<const Catalogue> catalogue;
  const PlanRules rules;
  const std::vector<Provider> providers;  // the accounts as routing sees them
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_SUPPLY_H_
