#ifndef ZOETROPE_CLIENT_CLI_MONEY_TEXT_H_
#define ZOETROPE_CLIENT_CLI_MONEY_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "zoetrope/v1/money.pb.h"

namespace zoetrope::cli {

// The exact amount, as in `USD 1.20` or `USD 0.0315`: at least two decimals, no trailing zeros behind them.
// No float is involved. Empty for a message that names no currency, which is how an unset amount reads.
std::string FormatMoney(const v1::Money& money);

// Reads `1.20`, `USD 1.20` or `1.20 USD` exactly. INVALID_ARGUMENT for anything else: signs, exponents, more
// than nine decimals, an amount that no Money can hold.
absl::StatusOr<v1::Money> ParseMoney(std::string_view text);

// So many billionths of a US dollar.
v1::Money MoneyOfNanos(std::int64_t nanos);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_MONEY_TEXT_H_
