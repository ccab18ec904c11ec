#include "client/cli/price_preview.h"

#include <algorithm>

#include "absl/numeric/int128.h"

namespace zoetrope::cli {
namespace {

constexpr int64_t kNanosPerUnit = 1'000'000'000;

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// How many conditions of the row are named and met; nothing where one is not met.
std::optional<int> Specificity(const v1::PriceRow& row, const v1::Model& model, absl::Duration duration) {
  int named = 0;
  if (!row.resolution().empty()) {
    if (row.resolution() != model.default_resolution()) return std::nullopt;
    ++named;
  }
  if (row.has_audio()) {
    if (row.audio() != model.default_audio()) return std::nullopt;
    ++named;
  }
  if (row.has_duration()) {
    if (ToDuration(row.duration()) != duration) return std::nullopt;
    ++named;
  }
  return named;
}

v1::Money Times(const v1::Money& amount, absl::Duration duration) {
  const absl::int128 per_second = absl::int128(amount.units()) * kNanosPerUnit + amount.nanos();
  const absl::int128 scaled = per_second * absl::ToInt64Milliseconds(duration);
  const absl::int128 nanos = (scaled + 999) / 1000;
  v1::Money result;
  result.set_currency_code(amount.currency_code());
  result.set_units(static_cast<int64_t>(nanos / kNanosPerUnit));
  result.set_nanos(static_cast<int32_t>(nanos % kNanosPerUnit));
  return result;
}

}  // namespace

std::optional<v1::Money> PreviewPrice(const v1::Model& model, const v1::Offering& offering,
                                      absl::Duration duration) {
  const auto& lengths = offering.durations();
  const auto is_asked = [duration](const auto& length) { return ToDuration(length) == duration; };
  if (!lengths.empty() && std::none_of(lengths.begin(), lengths.end(), is_asked)) return std::nullopt;
  const v1::PriceRow* best = nullptr;
  int best_named = -1;
  for (const v1::PriceRow& row : offering.prices()) {
    const std::optional<int> named = Specificity(row, model, duration);
    if (!named || *named <= best_named) continue;
    best = &row;
    best_named = *named;
  }
  if (best == nullptr) return std::nullopt;
  if (best->unit() == v1::PRICE_UNIT_VIDEO) return best->amount();
  if (best->unit() == v1::PRICE_UNIT_SECOND) return Times(best->amount(), duration);
  return std::nullopt;
}

}  // namespace zoetrope::cli
