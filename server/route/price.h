// What a generation costs at an offering. Pure, integers only.
#ifndef ZOETROPE_SERVER_ROUTE_PRICE_H_
#define ZOETROPE_SERVER_ROUTE_PRICE_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/money.h"
#include "server/domain/generation.h"
#include "server/domain/offering.h"
#include "server/providers/outcome.h"

namespace zoetrope {

struct Price {
  Money amount;  // of the whole generation, all its videos
  bool estimate = false;
  bool stale = false;             // read longer ago than prices are trusted
  const PriceRow* row = nullptr;  // of the offering or the terms; null: of a quote alone
  std::string_view as_of_date;    // the oldest of all that it is made of; lives as long as the row
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

// What the catalogue says that `videos` of the asked count cost.
std::optional<Money> PriceOfVideos(const PriceQuestion& question, int videos);

// A provider's report as an amount: the amount itself, or its units × the offering's unit price, of which the
// account pays the factor of its terms. nullopt: it reported nothing that can be read as money.
std::optional<Money> ReportedAmount(const ReportedCost& cost, const Offering& offering,
                                    const PriceTerms& terms);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_PRICE_H_
