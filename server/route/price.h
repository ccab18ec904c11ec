// What a generation costs at an offering. Pure, integers only.
#ifndef ZOETROPE_SERVER_ROUTE_PRICE_H_
#define ZOETROPE_SERVER_ROUTE_PRICE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/money.h"
#include "server/domain/generation.h"
#include "server/domain/offering.h"
#include "server/providers/outcome.h"

namespace zoetrope {

struct Price {
  Money amount;  // of the whole generation, all its videos
  bool estimate = false;
  bool stale = false;                // read longer ago than prices are trusted
  const PriceRow* row = nullptr;     // of the offering or the terms; null: of a quote alone
  std::string_view as_of_date;       // the oldest of all that it is made of; lives as long as the row
  std::optional<Money> listed = {};  // of a quote: today's price, where that is another
};

// References must outlive the call, and offering and terms the price.
struct PriceQuestion {
  const Generation& generation;  // effective
  const Offering& offering;
  std::string_view today;             // YYYY-MM-DD, UTC: prices may have a first and a last day
  const PriceTerms* terms = nullptr;  // the account's; null: the catalogue's price
};

// nullopt: no row of the offering holds, or the amount does not fit: the price is unknown.
std::optional<Price> PriceOf(const PriceQuestion& question);

// A part of a price, for a person. Negative: it makes the price less.
struct PriceLine {
  std::string what;  // as in `8 s at 0.10 USD a second`
  Money amount;      // of the whole generation

  bool operator==(const PriceLine&) const = default;
};

// What the price is made of: the lines add up to it exactly. Empty where it is unknown.
std::vector<PriceLine> BreakdownOf(const PriceQuestion& question);

// What the offering has no price for, as in `a resolution of 1440p`; empty where it has none at all.
std::string UnpricedPart(const PriceQuestion& question);

// What the catalogue says that `videos` of the asked count cost.
std::optional<Money> PriceOfVideos(const PriceQuestion& question, int videos);

// A provider's report as an amount: the amount itself, or its units × the offering's unit price, of which the
// account pays the factor of its terms. nullopt: it reported nothing that can be read as money.
std::optional<Money> ReportedAmount(const ReportedCost& cost, const Offering& offering,
                                    const PriceTerms& terms);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_PRICE_H_
