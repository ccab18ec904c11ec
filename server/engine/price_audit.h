// The catalogue's prices beside those that the providers quote now.
#ifndef ZOETROPE_SERVER_ENGINE_PRICE_AUDIT_H_
#define ZOETROPE_SERVER_ENGINE_PRICE_AUDIT_H_

#include <iosfwd>
#include <string>

#include "server/catalogue/catalogue.h"
#include "server/engine/account.h"
#include "server/http/http_client.h"

namespace zoetrope {

struct PriceAudit {
  int same = 0;
  int differ = 0;    // from the catalogue's price
  int unpriced = 0;  // quoted, and in the catalogue without a price
  int unanswered = 0;

  bool good() const { return differ == 0 && unanswered == 0; }
};

struct PriceAuditOptions {
  std::string today;           // YYYY-MM-DD, UTC
  bool allow_retired = false;  // ask for retired models too, as the router may use them
};

// Asks every account whose dialect quotes prices, once for each probe of each offering that is in service,
// and writes a line for each to `out`. Blocks, one request at a time; billed by no one. Must not be called on
// a thread that `http` calls back on.
PriceAudit AuditPrices(const Accounts& accounts, const Catalogue& catalogue, HttpClient* http,
                       const PriceAuditOptions& options, std::ostream& out);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_PRICE_AUDIT_H_
