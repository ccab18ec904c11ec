// The catalogue's prices beside those that the providers quote now.
#ifndef ZOETROPE_SERVER_ENGINE_PRICE_AUDIT_H_
#define ZOETROPE_SERVER_ENGINE_PRICE_AUDIT_H_

#include <functional>
#include <iosfwd>
#include <string>

#include "absl/time/time.h"
#include "server/catalogue/catalogue.h"
#include "server/engine/account.h"
#include "server/http/http_client.h"

namespace zoetrope {

struct PriceAudit {
  int same = 0;
  int differ = 0;    // from the catalogue's price, or charged above the list
  int unpriced = 0;  // quoted, and in the catalogue without a price
  int unanswered = 0;

  int asked() const { return same + differ + unpriced + unanswered; }
  // Something was asked, and all of it is as it should be.
  bool good() const { return asked() > 0 && differ == 0 && unanswered == 0; }
};

struct PriceAuditOptions {
  std::string today;           // YYYY-MM-DD, UTC
  bool allow_retired = false;  // ask for retired models too, as the router may use them
  // Waits for so long, where a provider says that it is asked too often.
  std::function<void(absl::Duration)> pause;
};

// Asks every account whose dialect quotes prices, once for each probe of each offering that is in service,
// and writes a line for each to `out`. Blocks, one request at a time; billed by no one. An account that does
// not answer several times in a row is asked no more. Must not be called on a thread that `http` calls back
// on.
PriceAudit AuditPrices(const Accounts& accounts, const Catalogue& catalogue, HttpClient* http,
                       const PriceAuditOptions& options, std::ostream& out);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_PRICE_AUDIT_H_
