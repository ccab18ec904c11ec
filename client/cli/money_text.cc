#include "client/cli/money_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace zoetrope::cli {
namespace {

constexpr size_t kDecimals = 9;
constexpr size_t kDecimalsShown = 2;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Cuts a currency code off either end; USD where there is none.
std::string TakeCurrency(std::string_view& text) {
  if (text.size() > 3 && std::all_of(text.begin(), text.begin() + 3, IsUpper)) {
    std::string code(text.substr(0, 3));
    text = Trim(text.substr(3));
    return code;
  }
  if (text.size() > 3 && std::all_of(text.end() - 3, text.end(), IsUpper)) {
    std::string code(text.substr(text.size() - 3));
    text = Trim(text.substr(0, text.size() - 3));
    return code;
  }
  return "USD";
}

}  // namespace

std::string FormatMoney(const v1::Money& money) {
  if (money.currency_code().empty()) return "";
  const bool negative = money.units() < 0 || money.nanos() < 0;
  // Magnitudes as unsigned numbers: the smallest int64 has no positive twin.
  const uint64_t units = money.units() < 0 ? uint64_t{0} - static_cast<uint64_t>(money.units())
                                           : static_cast<uint64_t>(money.units());
  std::string decimals = absl::StrFormat("%09d", std::abs(money.nanos()));
  while (decimals.size() > kDecimalsShown && decimals.back() == '0') decimals.pop_back();
  return absl::StrCat(money.currency_code(), " ", negative ? "-" : "", units, ".", decimals);
}

absl::StatusOr<v1::Money> ParseMoney(std::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("'", std::string(text), "' is not an amount of money; write it as in 1.20 or 'USD 1.20'"));
  std::string_view number = Trim(text);
  v1::Money money;
  money.set_currency_code(TakeCurrency(number));
  const size_t point = number.find('.');
  const std::string_view units_text = number.substr(0, point);
  std::string decimals(point == std::string_view::npos ? std::string_view() : number.substr(point + 1));
  if (units_text.empty() || !std::all_of(units_text.begin(), units_text.end(), IsDigit)) return wrong;
  if (point != std::string_view::npos && decimals.empty()) return wrong;
  if (decimals.size() > kDecimals || !std::all_of(decimals.begin(), decimals.end(), IsDigit)) return wrong;
  decimals.resize(kDecimals, '0');
  int64_t units = 0;
  int32_t nanos = 0;
  if (std::from_chars(units_text.data(), units_text.data() + units_text.size(), units).ec != std::errc()) {
    return wrong;
  }
  std::from_chars(decimals.data(), decimals.data() + decimals.size(), nanos);
  money.set_units(units);
  money.set_nanos(nanos);
  return money;
}

v1::Money MoneyOfNanos(std::int64_t nanos) {
  constexpr std::int64_t kNanosPerUnit = 1'000'000'000;
  v1::Money money;
  money.set_currency_code("USD");
  money.set_units(nanos / kNanosPerUnit);
  money.set_nanos(static_cast<std::int32_t>(nanos % kNanosPerUnit));
  return money;
}

}  // namespace zoetrope::cli
