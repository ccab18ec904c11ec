#include "server/api/quote_ids.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/strings.h"
#include "zoetrope/internal/v1/quote.pb.h"

namespace zoetrope {
namespace {

std::string BindingOf(std::string_view tenant) { return absl::StrCat("quote|", ToAbsl(tenant)); }

absl::Status Invalid(const char* why) {
  return MakeFieldError(v1::ERROR_REASON_QUOTE_INVALID, {{"quote_id", why}});
}

}  // namespace

std::string QuoteIds::Make(std::string_view tenant, const PriceQuote& full) const {
  PriceQuote quote = full;
  std::string id = Seal(tenant, quote);
  // The cheapest stay, as many as there is room for.
  while (id.size() > limits::kQuoteIdChars && quote.prices.size() > 1) {
    quote.prices.erase(
        std::max_element(quote.prices.begin(), quote.prices.end(),
                         [](const QuotedPrice& a, const QuotedPrice& b) { return a.price < b.price; }));
    id = Seal(tenant, quote);
  }
  return id.size() > limits::kQuoteIdChars ? "" : id;
}

std::string QuoteIds::Seal(std::string_view tenant, const PriceQuote& quote) const {
  internal::v1::SealedQuote sealed;
  sealed.set_quote_time_ms(absl::ToUnixMillis(quote.time));
  sealed.set_expire_time_ms(absl::ToUnixMillis(quote.expire_time));
  sealed.set_shape(quote.shape);
  const QuotedDefaults& defaults = quote.defaults;
  if (defaults.duration_ms) sealed.set_duration_ms(*defaults.duration_ms);
  sealed.set_resolution(defaults.resolution);
  sealed.set_aspect_ratio(defaults.aspect_ratio);
  if (defaults.audio) sealed.set_audio(*defaults.audio);
  for (const QuotedPrice& price : quote.prices) {
    internal::v1::SealedPrice& line = *sealed.add_prices();
    line.set_provider(price.provider);
    line.set_offering(price.offering);
    line.set_price_nanos(price.price.nanos());
  }
  return texts_.Seal(BindingOf(tenant), sealed.SerializeAsString());
}

absl::StatusOr<PriceQuote> QuoteIds::Read(std::string_view tenant, std::string_view id,
                                          absl::Time now) const {
  const std::optional<std::string> text = texts_.Open(BindingOf(tenant), id);
  internal::v1::SealedQuote sealed;
  if (!text || !sealed.ParseFromString(*text)) return Invalid("is not an id that this server has given");
  PriceQuote quote;
  quote.time = absl::FromUnixMillis(sealed.quote_time_ms());
  quote.expire_time = absl::FromUnixMillis(sealed.expire_time_ms());
  quote.shape = sealed.shape();
  if (sealed.has_duration_ms()) quote.defaults.duration_ms = sealed.duration_ms();
  quote.defaults.resolution = sealed.resolution();
  quote.defaults.aspect_ratio = sealed.aspect_ratio();
  if (sealed.has_audio()) quote.defaults.audio = sealed.audio();
  for (const internal::v1::SealedPrice& line : sealed.prices()) {
    quote.prices.push_back({line.provider(), line.offering(), Money::FromNanos(line.price_nanos())});
  }
  if (now < quote.expire_time) return quote;
  const std::string end = absl::FormatTime(absl::RFC3339_sec, quote.expire_time, absl::UTCTimeZone());
  return MakeError(v1::ERROR_REASON_QUOTE_EXPIRED, absl::StrCat("the quote was good until ", end),
                   {{"expire_time", end}});
}

}  // namespace zoetrope
