#include "server/route/price.h"

namespace zoetrope {
namespace {

// How many conditions of `row` there are; -1 where one of them does not hold.
int Specificity(const PriceRow& row, const Generation& generation) {
  int conditions = 0;
  if (!row.resolution.empty()) {
    if (row.resolution != generation.resolution) return -1;
    ++conditions;
  }
  if (row.audio) {
    if (row.audio != generation.audio) return -1;
    ++conditions;
  }
  if (row.duration_ms) {
    if (row.duration_ms != generation.duration_ms) return -1;
    ++conditions;
  }
  return conditions;
}

const PriceRow* FindRow(const Generation& generation, const Offering& offering) {
  const PriceRow* best = nullptr;
  int most = -1;
  for (const PriceRow& row : offering.prices) {
    const int conditions = Specificity(row, generation);
    if (conditions <= most) continue;
    most = conditions;
    best = &row;
  }
  return best;
}

// Rounded for each video and multiplied then, so that the price of a batch is that of its videos.
absl::StatusOr<Money> Amount(const PriceRow& row, const Generation& generation, int videos) {
  Money each = row.amount;
  if (row.unit == PriceUnit::kSecond) {
    if (!generation.duration_ms) return absl::InvalidArgumentError("a price per second of an unknown length");
    const absl::StatusOr<Money> scaled = Scale(row.amount, *generation.duration_ms, 1000);
    if (!scaled.ok()) return scaled.status();
    each = *scaled;
  }
  return Scale(each, videos, 1);
}

}  // namespace

std::optional<Price> PriceOf(const Generation& generation, const Offering& offering) {
  const PriceRow* const row = FindRow(generation, offering);
  if (row == nullptr) return std::nullopt;
  const absl::StatusOr<Money> amount = Amount(*row, generation, generation.count);
  if (!amount.ok()) return std::nullopt;
  return Price{*amount, row->estimate, row};
}

std::optional<Money> PriceOfVideos(const Generation& generation, const Offering& offering, int videos) {
  const PriceRow* const row = FindRow(generation, offering);
  if (row == nullptr) return std::nullopt;
  const absl::StatusOr<Money> amount = Amount(*row, generation, videos);
  return amount.ok() ? std::optional<Money>(*amount) : std::nullopt;
}

std::optional<Money> ReportedAmount(const ReportedCost& cost, const Offering& offering) {
  // No provider pays its customers: a negative charge is a misreading, theirs or ours.
  if (cost.amount) return *cost.amount < Money() ? std::nullopt : cost.amount;
  if (cost.units.empty() || offering.unit_price_of_report.is_zero()) return std::nullopt;
  const absl::StatusOr<Money> amount = ScaleByDecimal(offering.unit_price_of_report, cost.units);
  return amount.ok() ? std::optional<Money>(*amount) : std::nullopt;
}

}  // namespace zoetrope
