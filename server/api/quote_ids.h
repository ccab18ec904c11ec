// The ids of quotes: each says itself what was promised, to whom, and until when.
#ifndef ZOETROPE_SERVER_API_QUOTE_IDS_H_
#define ZOETROPE_SERVER_API_QUOTE_IDS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/api/sealed_text.h"
#include "server/base/limits.h"
#include "server/route/quote.h"

namespace zoetrope {

// Nothing is kept of a quote, so that asking for one costs nothing and a restart, another replica or another
// catalogue changes nothing about it. Thread-safe.
class QuoteIds {
 public:
  // The same key at every replica and after a restart.
  explicit QuoteIds(Secret key) : texts_(std::move(key), limits::kQuoteIdChars) {}

  // At most kQuoteIdChars characters: of a quote that does not fit into them the cheapest prices, and empty
  // where not even one does. Times are kept to the millisecond, rounded down.
  std::string Make(std::string_view tenant, const PriceQuote& quote) const;

  // QUOTE_INVALID: not made here, or for another tenant. QUOTE_EXPIRED: it no longer holds at `now`.
  absl::StatusOr<PriceQuote> Read(std::string_view tenant, std::string_view id, absl::Time now) const;

 private:
  std::string Seal(std::string_view tenant, const PriceQuote& quote) const;

  const SealedTexts texts_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_QUOTE_IDS_H_
