#include "server/base/money.h"

#include <limits>

#include "absl/status/status.h"

namespace zoetrope {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kNanosPerUnit = 1'000'000'000;
// More digits than any amount has; a longer text is an attack or a defect.
constexpr std::size_t kLongestDecimal = 64;
constexpr int kLargestExponent = 30;

absl::Status TooLarge() {
  return absl::OutOfRangeError("an amount of money does not fit into 64 bits of nanos");
}

absl::StatusOr<Money> Narrow(Wide nanos) {
  if (nanos > std::numeric_limits<std::int64_t>::max() || nanos < std::numeric_limits<std::int64_t>::min()) {
    return TooLarge();
  }
  return Money::FromNanos(static_cast<std::int64_t>(nanos));
}

// Division that rounds towards plus infinity.
Wide DivideUp(Wide dividend, Wide divisor) {
  const Wide quotient = dividend / divisor;
  return quotient + (dividend % divisor > 0 ? 1 : 0);
}

// A decimal text as mantissa × 10^exponent, and whether digits that do not fit were left out of it.
struct Decimal {
  Wide mantissa = 0;
  int exponent = 0;
  bool inexact = false;
};

// False where there is no digit.
bool TakeDigits(std::string_view& text, Decimal& value, bool after_point) {
  // 19 digits are kept: more than an amount of 64 bits has, and times another such amount they still fit into
  // 128 bits.
  constexpr Wide kMantissaLimit = Wide{1'000'000'000} * 1'000'000'000;
  const std::size_t before = text.size();
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    const int digit = text.front() - '0';
    if (value.mantissa < kMantissaLimit) {
      value.mantissa = value.mantissa * 10 + digit;
      if (after_point) --value.exponent;
    } else {
      value.inexact = value.inexact || digit != 0;
      if (!after_point) ++value.exponent;
    }
  }
  return text.size() != before;
}

bool TakeExponent(std::string_view& text, int& exponent) {
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return true;
  text.remove_prefix(1);
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  Decimal digits;
  if (text.size() > 3 || !TakeDigits(text, digits, false)) return false;
  exponent = static_cast<int>(digits.mantissa) * (negative ? -1 : 1);
  return true;
}

absl::StatusOr<Decimal> ParseDecimal(std::string_view text) {
  const absl::Status malformed = absl::InvalidArgumentError("not a decimal number");
  if (text.empty() || text.size() > kLongestDecimal) return malformed;
  bool negative = false;
  if (text.front() == '-') {
    negative = true;
    text.remove_prefix(1);
  }
  Decimal value;
  const bool leading_zero = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
  if (leading_zero || !TakeDigits(text, value, false)) return malformed;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (!TakeDigits(text, value, true)) return malformed;
  }
  int exponent = 0;
  if (!TakeExponent(text, exponent) || !text.empty()) return malformed;
  value.exponent += exponent;
  if (value.exponent > kLargestExponent)
    return value.mantissa == 0 ? Decimal{} : absl::StatusOr<Decimal>(TooLarge());
  if (negative) value.mantissa = -value.mantissa;
  return value;
}

enum class Rounding { kUp, kNearest };

// value × factor × 10^shift in whole numbers. `factor` is not negative.
absl::StatusOr<Money> Evaluate(const Decimal& value, std::int64_t factor, int shift,
                               Rounding rounding = Rounding::kUp) {
  constexpr Wide kLimit = Wide{1} << 120;
  Wide product = value.mantissa * factor;
  int exponent = value.exponent + shift;
  for (; exponent > 0 && product != 0; --exponent) {
    if (product > kLimit || product < -kLimit) return TooLarge();
    product *= 10;
  }
  // Division drops towards zero, which is up for what is negative.
  bool dropped = value.inexact && value.mantissa > 0 && factor != 0;
  Wide last = 0;  // digit that was dropped, the largest of them
  for (; exponent < 0 && product != 0; ++exponent) {
    last = product % 10;
    dropped = dropped || last > 0;
    product /= 10;
  }
  if (exponent < 0) last = 0;
  if (rounding == Rounding::kNearest) return Narrow(product + (last >= 5 ? 1 : 0) - (last <= -5 ? 1 : 0));
  return Narrow(product + (dropped ? 1 : 0));
}

}  // namespace

absl::StatusOr<Money> Add(Money a, Money b) { return Narrow(Wide{a.nanos()} + b.nanos()); }

absl::StatusOr<Money> Subtract(Money a, Money b) { return Narrow(Wide{a.nanos()} - b.nanos()); }

absl::StatusOr<Money> Scale(Money amount, std::int64_t numerator, std::int64_t denominator) {
  if (denominator <= 0 || numerator < 0)
    return absl::InvalidArgumentError("not a factor for an amount of money");
  return Narrow(DivideUp(Wide{amount.nanos()} * numerator, denominator));
}

absl::StatusOr<Money> ParseMoney(std::string_view decimal) {
  const absl::StatusOr<Decimal> value = ParseDecimal(decimal);
  if (!value.ok()) return value.status();
  return Evaluate(*value, 1, 9);
}

absl::StatusOr<Money> ParseMoneyToNearest(std::string_view decimal) {
  const absl::StatusOr<Decimal> value = ParseDecimal(decimal);
  if (!value.ok()) return value.status();
  return Evaluate(*value, 1, 9, Rounding::kNearest);
}

absl::StatusOr<Money> ScaleByDecimal(Money amount, std::string_view units) {
  const absl::StatusOr<Decimal> value = ParseDecimal(units);
  if (!value.ok()) return value.status();
  if (value->mantissa < 0 || amount.nanos() < 0)
    return absl::InvalidArgumentError("not a factor for an amount of money");
  return Evaluate(*value, amount.nanos(), 0);
}

std::string FormatMoney(Money amount) {
  const Wide nanos = amount.nanos();
  const Wide magnitude = nanos < 0 ? -nanos : nanos;
  std::string fraction = std::to_string(static_cast<std::int64_t>(magnitude % kNanosPerUnit));
  fraction.insert(0, 9 - fraction.size(), '0');
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return (nanos < 0 ? "-" : "") + std::to_string(static_cast<std::int64_t>(magnitude / kNanosPerUnit)) + "." +
         fraction;
}

}  // namespace zoetrope
