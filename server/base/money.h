// Amounts of money: whole billionths of a US dollar, in a 64-bit integer (up to ± 9.2 billion dollars).
//
// Every provider known today bills in US dollars, so the currency is a constant; it is named on the wire and
// in the store all the same. There is one rounding rule wherever an amount is computed: up, so that a quote
// is never below the charge. What a provider reports is read to the nearest billionth: its digits behind that
// are a binary fraction's, and no money.
#ifndef ZOETROPE_SERVER_BASE_MONEY_H_
#define ZOETROPE_SERVER_BASE_MONEY_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace zoetrope {

inline constexpr std::string_view kCurrency = "USD";

class Money {
 public:
  constexpr Money() = default;
  static constexpr Money FromNanos(std::int64_t nanos) { return Money(nanos); }

  constexpr std::int64_t nanos() const { return nanos_; }
  constexpr bool is_zero() const { return nanos_ == 0; }

  constexpr auto operator<=>(const Money&) const = default;

 private:
  constexpr explicit Money(std::int64_t nanos) : nanos_(nanos) {}

  std::int64_t nanos_ = 0;
};

// Sums and differences; OUT_OF_RANGE when the result does not fit.
absl::StatusOr<Money> Add(Money a, Money b);
absl::StatusOr<Money> Subtract(Money a, Money b);

// amount × numerator / denominator, rounded up. `denominator` > 0, `numerator` ≥ 0. OUT_OF_RANGE when it does
// not fit.
absl::StatusOr<Money> Scale(Money amount, std::int64_t numerator, std::int64_t denominator);

// Reads a decimal text such as `0.8`, `-3`, `1.20`, `8e-1` (the grammar of a JSON number, RFC 8259 §6),
// rounding up what is smaller than a billionth. INVALID_ARGUMENT for anything else, OUT_OF_RANGE for what
// does not fit.
absl::StatusOr<Money> ParseMoney(std::string_view decimal);

// The same, to the nearest billionth: for amounts of others, who may count in binary fractions and write 1.2
// as `1.2000000000000002`.
absl::StatusOr<Money> ParseMoneyToNearest(std::string_view decimal);

// amount × units, where `units` is a decimal text as above and not negative; rounded up.
absl::StatusOr<Money> ScaleByDecimal(Money amount, std::string_view units);

// `0.80`: at least two decimals, no more than needed.
std::string FormatMoney(Money amount);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_MONEY_H_
