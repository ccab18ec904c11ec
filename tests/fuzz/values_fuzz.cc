// The small values that others write: amounts, pauses, dates, texts for people, ids. The input: a line with a
// number or a pause, one with a date, and a text.
#include <algorithm>
#include <optional>
#include <string>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/base/money.h"
#include "server/base/utf8.h"
#include "server/providers/first_frame.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_value.h"
#include "server/providers/provider_text.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

__extension__ using Wide = __int128;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The amount of a plain decimal, digit by digit and rounded up; nullopt for what has an exponent or too many
// digits for this.
std::optional<Wide> NanosOf(std::string_view decimal) {
  if (!IsJsonNumber(decimal) || decimal.size() > 28 || decimal.find_first_of("eE") != std::string_view::npos)
    return std::nullopt;
  const bool negative = decimal.starts_with('-');
  const std::size_t point = std::min(decimal.find('.'), decimal.size());
  Wide nanos = 0;
  for (const char c : decimal.substr(negative ? 1 : 0, point - (negative ? 1 : 0)))
    nanos = nanos * 10 + (c - '0');
  std::string fraction(decimal.substr(std::min(point + 1, decimal.size())));
  const bool more = fraction.size() > 9 && fraction.find_first_not_of('0', 9) != std::string::npos;
  fraction.resize(9, '0');
  for (const char c : fraction) nanos = nanos * 10 + (c - '0');
  if (negative) return -nanos;
  return more ? nanos + 1 : nanos;
}

void CheckMoney(std::string_view text) {
  const absl::StatusOr<Money> money = ParseMoney(text);
  FUZZ_CHECK(absl::IsInvalidArgument(money.status()) || IsJsonNumber(text));
  if (const std::optional<Wide> nanos = NanosOf(text)) {
    const bool fits = *nanos >= INT64_MIN && *nanos <= INT64_MAX;
    FUZZ_CHECK(fits ? money.ok() && money->nanos() == *nanos : absl::IsOutOfRange(money.status()));
  }
  // Ours are rounded up, a provider's to the nearest: the same, or one less.
  const absl::StatusOr<Money> nearest = ParseMoneyToNearest(text);
  const std::optional<Money> reported = ReportedAmount(std::string(text));
  FUZZ_CHECK(reported.has_value() == (nearest.ok() && *nearest >= Money()));
  if (!money.ok() || !nearest.ok()) return;
  FUZZ_CHECK(*nearest == *money || nearest->nanos() + 1 == money->nanos());
  const absl::StatusOr<Money> again = ParseMoney(FormatMoney(*money));
  FUZZ_CHECK(again.ok() && *again == *money);
  // A unit times an amount is the amount; both are rounded up once.
  const absl::StatusOr<Money> scaled = ScaleByDecimal(Money::FromNanos(1'000'000'000), text);
  FUZZ_CHECK(text.starts_with('-') || (scaled.ok() && *scaled == *money));
}

void CheckPause(std::string_view pause, std::string_view date) {
  const HttpResponse response{429, {{"retry-after", std::string(pause)}, {"date", std::string(date)}}, ""};
  const std::optional<absl::Duration> after = RetryAfter(response);
  FUZZ_CHECK(!after || (*after >= absl::ZeroDuration() && *after <= limits::kDeadlineMax));
  const bool digits = !pause.empty() && pause.size() < 6 && std::all_of(pause.begin(), pause.end(), IsDigit);
  if (digits)
    FUZZ_CHECK(after == std::min(absl::Seconds(std::stoi(std::string(pause))), limits::kDeadlineMax));
}

// What looks like a key: 24 letters, digits, `_` and `-` in a row, of letters and digits both.
bool HasKey(std::string_view text) {
  int run = 0;
  bool letter = false;
  bool digit = false;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool in_run = is_letter || IsDigit(c) || c == '_' || c == '-';
    run = in_run ? run + 1 : 0;
    letter = in_run && (letter || is_letter);
    digit = in_run && (digit || IsDigit(c));
    if (run >= 24 && letter && digit) return true;
  }
  return false;
}

void CheckText(const std::string& text, std::size_t chars_max) {
  const std::optional<std::size_t> chars = CountCodePoints(text);
  FUZZ_CHECK(chars && *chars <= chars_max);
  FUZZ_CHECK(
      std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
  FUZZ_CHECK(!HasKey(text));
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  std::string_view text = fuzz::TextOf(data, size);
  const std::string_view first = fuzz::TakeLine(text);
  const std::string_view second = fuzz::TakeLine(text);
  fuzz::CheckMoney(first);
  fuzz::CheckPause(first, second);
  fuzz::CheckText(PrintableMessage(text), limits::kProviderMessageChars);
  fuzz::CheckText(PrintableCode(text), limits::kProviderCodeChars);
  const auto reason = ReasonFromWords(text);
  FUZZ_CHECK(!reason ||
             (*reason >= FailureReason::kValidationRejected && *reason <= FailureReason::kInternal));
  FUZZ_CHECK(!IsUuid(first) || first.size() == 36);
  const auto pixels = ParsePixelSize(first);
  FUZZ_CHECK(!pixels || (pixels->width > 0 && pixels->height > 0 && pixels->width <= 16'384 &&
                         pixels->height <= 16'384));
  return 0;
}
