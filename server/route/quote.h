// A promise of prices, and what it means for a request that is to be held to it. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_QUOTE_H_
#define ZOETROPE_SERVER_ROUTE_QUOTE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/generation.h"
#include "server/route/router.h"

namespace zoetrope {

struct QuotedPrice {
  std::string provider;
  std::string offering;
  Money price;  // of the whole generation, all its videos

  bool operator==(const QuotedPrice&) const = default;
};

// What a caller has left to the catalogue, as it was priced; unset: it was named.
struct QuotedDefaults {
  std::optional<std::int64_t> duration_ms;
  std::string resolution;
  std::string aspect_ratio;
  std::optional<bool> audio;

  bool operator==(const QuotedDefaults&) const = default;
};

struct PriceQuote {
  std::string shape;  // ShapeOf the generation that was priced
  QuotedDefaults defaults;
  absl::Time time;  // of the prices
  absl::Time expire_time;
  std::vector<QuotedPrice> prices;

  bool operator==(const PriceQuote&) const = default;
};

// The lowest prices, at most so many: the id of a quote is to stay short.
inline constexpr std::size_t kQuotedPricesMax = 16;

// Digest of all that a price can depend on: two generations that differ in their texts, their seed or the
// content of their inputs alone have the same one. `effective`: as Resolve makes it.
std::string ShapeOf(const Generation& effective);

// What `evaluations` promise: the price of each offering that can serve and has one. nullopt: none has.
std::optional<PriceQuote> QuoteOf(const Generation& effective, const std::vector<Evaluation>& evaluations,
                                  absl::Time now, absl::Duration valid_for);

// What `asked` leaves open, as `effective` has it.
QuotedDefaults OpenFieldsOf(const Generation& asked, const Generation& effective);

// Resolves what `generation` leaves open, and the priced one did, as it was priced, whatever the catalogue
// has made of its defaults.
void ResolveAsQuoted(const PriceQuote& quote, Generation& generation);

// nullopt: it promises none there.
std::optional<Money> PromisedPrice(const PriceQuote& quote, std::string_view provider,
                                   std::string_view offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_QUOTE_H_
