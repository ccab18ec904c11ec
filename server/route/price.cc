#include "server/route/price.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/route/value_text.h"

namespace zoetrope {
namespace {

// Whether the switch is on: as the caller says, else as the offering sends it.
bool IsOn(const std::string& extra, const Generation& generation, const Offering& offering) {
  const auto is_true = [](const ParameterValue& value) {
    const bool* const on = std::get_if<bool>(&value);
    return on != nullptr && *on;
  };
  for (const Parameter& given : generation.extras) {
    if (given.name == extra) return is_true(given.value);
  }
  for (const ExtraSpec& spec : offering.extras) {
    if (spec.name == extra) return spec.default_value && is_true(*spec.default_value);
  }
  return false;
}

// Dates of this form compare as texts.
bool HoldsOn(const PriceRow& row, std::string_view today) {
  return (row.valid_from_date.empty() || row.valid_from_date <= today) &&
         (row.valid_until_date.empty() || today <= row.valid_until_date);
}

// How many conditions of `row` there are; -1 where one of them does not hold.
int Specificity(const PriceRow& row, const PriceQuestion& question) {
  const Generation& generation = question.generation;
  int conditions = 0;
  bool holds = true;
  const auto condition = [&](bool named, bool held) {
    if (!named) return;
    ++conditions;
    holds = holds && held;
  };
  condition(row.unit != PriceUnit::kVideo, generation.duration_ms.has_value());  // a price by length
  condition(!row.resolution.empty(), row.resolution == generation.resolution);
  condition(row.audio.has_value(), row.audio == generation.audio);
  condition(row.duration_ms.has_value(), row.duration_ms == generation.duration_ms);
  condition(row.video_input.has_value(), row.video_input == !generation.reference_video_urls.empty());
  condition(!row.extra_on.empty(), IsOn(row.extra_on, generation, question.offering));
  condition(!row.valid_from_date.empty() || !row.valid_until_date.empty(), HoldsOn(row, question.today));
  return holds ? conditions : -1;
}

const PriceRow* FindRow(const PriceQuestion& question) {
  const PriceRow* best = nullptr;
  int most = -1;
  for (const PriceRow& row : question.offering.prices) {
    const int conditions = Specificity(row, question);
    if (conditions <= most) continue;
    most = conditions;
    best = &row;
  }
  return best;
}

// Amount × units of one video.
absl::StatusOr<Money> ByUnits(const PriceRow& row, const Generation& generation) {
  if (row.unit == PriceUnit::kVideo) return row.amount;
  if (!generation.duration_ms) return absl::InvalidArgumentError("a price by length of an unknown length");
  constexpr std::int64_t kMillisPerSecond = 1'000;
  if (row.unit == PriceUnit::kSecond) return Scale(row.amount, *generation.duration_ms, kMillisPerSecond);
  constexpr std::int64_t kPixelsPerToken = 1'024;
  constexpr std::int64_t kMillion = 1'000'000;
  const TokenSize& size = row.tokens;
  if (*generation.duration_ms > limits::kDurationMaxMillis) return absl::OutOfRangeError("too long a video");
  const std::int64_t pixel_millis =
      std::int64_t{size.width_px} * size.height_px * size.frame_rate_hertz * *generation.duration_ms;
  return Scale(row.amount, pixel_millis, kPixelsPerToken * kMillisPerSecond * kMillion);
}

std::int64_t ChargedUnits(const Surcharge& surcharge, const Generation& generation) {
  std::int64_t units = 0;
  if (surcharge.unit == SurchargeUnit::kInputImage) {
    units = static_cast<std::int64_t>(generation.reference_images.size()) + (generation.first_frame ? 1 : 0) +
            (generation.last_frame ? 1 : 0);
  } else if (!generation.reference_video_urls.empty()) {
    units = surcharge.seconds_max;
  }
  return std::max<std::int64_t>(0, units - surcharge.free_count);
}

std::string Usd(Money amount) { return absl::StrCat(FormatMoney(amount), " ", std::string(kCurrency)); }

// As in `0.85`.
std::string FactorText(std::int64_t millionths) { return FormatMoney(Money::FromNanos(millionths * 1'000)); }

std::string UnitsText(const PriceRow& row, const Generation& generation) {
  if (row.unit == PriceUnit::kVideo) return absl::StrCat("a video at ", Usd(row.amount));
  const std::string seconds = SecondsText(generation.duration_ms.value_or(0));
  if (row.unit == PriceUnit::kSecond) return absl::StrCat(seconds, " s at ", Usd(row.amount), " a second");
  const TokenSize& size = row.tokens;
  return absl::StrCat(seconds, " s of ", size.width_px, "x", size.height_px, " at ", size.frame_rate_hertz,
                      " frames a second, ", Usd(row.amount), " a million tokens");
}

std::string SurchargeText(const Surcharge& surcharge, std::int64_t units) {
  const char* const what = surcharge.unit == SurchargeUnit::kInputImage ? " input pictures at "
                                                                        : " s of input videos at most, at ";
  return absl::StrCat(units, what, Usd(surcharge.amount), " each");
}

// How the price of one video comes about. With `lines`, every step that changes it is one of them.
struct Course {
  int videos;
  std::vector<PriceLine>* lines;
  Money each = {};

  template <typename Text>
  absl::Status GoTo(Money next, Text text) {
    if (lines != nullptr && next != each) {
      ZOETROPE_ASSIGN_OR_RETURN(const Money more, Subtract(next, each));
      ZOETROPE_ASSIGN_OR_RETURN(const Money amount, Scale(more, videos, 1));
      lines->push_back({text(), amount});
    }
    each = next;
    return absl::OkStatus();
  }
  // What a line of several videos says first.
  std::string OfAll() const { return videos == 1 ? "" : absl::StrCat(videos, " videos: "); }
};

// Rounded up for each video and multiplied then, so that the price of a batch is that of its videos.
absl::StatusOr<Price> PriceBy(const PriceRow& row, const PriceQuestion& question, int videos,
                              std::vector<PriceLine>* lines = nullptr) {
  Course course{videos, lines};
  ZOETROPE_ASSIGN_OR_RETURN(const Money base, ByUnits(row, question.generation));
  ZOETROPE_RETURN_IF_ERROR(
      course.GoTo(base, [&] { return course.OfAll() + UnitsText(row, question.generation); }));
  ZOETROPE_ASSIGN_OR_RETURN(const Money scaled, Scale(base, row.multiplier_millionths, kUnitMultiplier));
  ZOETROPE_RETURN_IF_ERROR(course.GoTo(scaled, [&] {
    return absl::StrCat("times ", FactorText(row.multiplier_millionths),
                        row.valid_until_date.empty() ? "" : " until ", row.valid_until_date);
  }));
  ZOETROPE_RETURN_IF_ERROR(course.GoTo(std::max(scaled, row.minimum), [&] {
    return absl::StrCat("at least ", Usd(row.minimum), " a video");
  }));
  bool estimate = row.estimate;
  std::string_view as_of_date = row.as_of_date;
  for (const Surcharge& surcharge : question.offering.surcharges) {
    if (!surcharge.resolution.empty() && surcharge.resolution != question.generation.resolution) continue;
    const std::int64_t units = ChargedUnits(surcharge, question.generation);
    ZOETROPE_ASSIGN_OR_RETURN(const Money more, Scale(surcharge.amount, units, 1));
    ZOETROPE_ASSIGN_OR_RETURN(const Money next, Add(course.each, more));
    ZOETROPE_RETURN_IF_ERROR(
        course.GoTo(next, [&] { return course.OfAll() + SurchargeText(surcharge, units); }));
    estimate = estimate || (units > 0 && surcharge.unit == SurchargeUnit::kInputVideoSecond);
    if (units > 0) as_of_date = std::min(as_of_date, std::string_view(surcharge.as_of_date));
  }
  if (question.terms != nullptr) {
    const std::int64_t factor = question.terms->factor_millionths;
    ZOETROPE_ASSIGN_OR_RETURN(const Money next, Scale(course.each, factor, kUnitMultiplier));
    ZOETROPE_RETURN_IF_ERROR(course.GoTo(
        next, [&] { return absl::StrCat("times ", FactorText(factor), ", this account's terms"); }));
  }
  ZOETROPE_ASSIGN_OR_RETURN(const Money amount, Scale(course.each, videos, 1));
  return Price{.amount = amount, .estimate = estimate, .row = &row, .as_of_date = as_of_date};
}

// As agreed: nothing of the catalogue adds to it.
absl::StatusOr<Price> PriceAsAgreed(const PriceRow& row, const Generation& generation, int videos,
                                    std::vector<PriceLine>* lines) {
  Course course{videos, lines};
  ZOETROPE_ASSIGN_OR_RETURN(const Money each, ByUnits(row, generation));
  ZOETROPE_RETURN_IF_ERROR(course.GoTo(each, [&] {
    return absl::StrCat(course.OfAll(), UnitsText(row, generation), ", as agreed for this account");
  }));
  ZOETROPE_ASSIGN_OR_RETURN(const Money amount, Scale(each, videos, 1));
  return Price{.amount = amount, .row = &row, .as_of_date = row.as_of_date};
}

const PriceRow* FindAgreed(const PriceQuestion& question) {
  if (question.terms == nullptr) return nullptr;
  const auto found = question.terms->agreed.find(question.offering.id);
  return found == question.terms->agreed.end() ? nullptr : &found->second;
}

std::optional<Price> PriceOfCount(const PriceQuestion& question, int videos,
                                  std::vector<PriceLine>* lines = nullptr) {
  absl::StatusOr<Price> price;
  if (const PriceRow* const agreed = FindAgreed(question); agreed != nullptr) {
    price = PriceAsAgreed(*agreed, question.generation, videos, lines);
  } else {
    const PriceRow* const row = FindRow(question);
    if (row == nullptr) return std::nullopt;
    price = PriceBy(*row, question, videos, lines);
  }
  return price.ok() ? std::optional<Price>(*price) : std::nullopt;
}

}  // namespace

std::optional<Price> PriceOf(const PriceQuestion& question) {
  return PriceOfCount(question, question.generation.count);
}

std::vector<PriceLine> BreakdownOf(const PriceQuestion& question) {
  std::vector<PriceLine> lines;
  const bool known = PriceOfCount(question, question.generation.count, &lines).has_value();
  return known ? lines : std::vector<PriceLine>();
}

std::string UnpricedPart(const PriceQuestion& question) {
  const Generation& wish = question.generation;
  if (FindAgreed(question) != nullptr || FindRow(question) != nullptr) return "";
  for (const PriceRow& row : question.offering.prices) {
    // Whether the row would hold for a wish that differs in one thing.
    const auto holds_with = [&](auto change) {
      Generation other = wish;
      change(other);
      return Specificity(row, {other, question.offering, question.today, question.terms}) >= 0;
    };
    if (!row.resolution.empty() && holds_with([&](Generation& g) { g.resolution = row.resolution; }))
      return absl::StrCat("a resolution of ", wish.resolution);
    if (row.duration_ms && holds_with([&](Generation& g) { g.duration_ms = row.duration_ms; })) {
      return wish.duration_ms ? absl::StrCat("a length of ", SecondsText(*wish.duration_ms), " s")
                              : "a length that its provider chooses";
    }
    if (row.audio && holds_with([&](Generation& g) { g.audio = row.audio; }))
      return *row.audio ? "a video without sound" : "a video with sound";
    if (row.video_input && holds_with([&](Generation& g) {
          g.reference_video_urls.assign(*row.video_input ? 1 : 0, "https://example.com/v.mp4");
        }))
      return *row.video_input ? "a video without reference videos" : "reference videos";
  }
  return "";
}

std::optional<Money> PriceOfVideos(const PriceQuestion& question, int videos) {
  const std::optional<Price> price = PriceOfCount(question, videos);
  return price ? std::optional<Money>(price->amount) : std::nullopt;
}

std::optional<Money> ReportedAmount(const ReportedCost& cost, const Offering& offering,
                                    const PriceTerms& terms) {
  // No provider pays its customers: a negative charge is a misreading, theirs or ours.
  if (cost.amount) return *cost.amount < Money() ? std::nullopt : cost.amount;
  if (cost.units.empty() || offering.unit_price_of_report.is_zero()) return std::nullopt;
  // Units tell nothing about a price that was agreed on by the second or the video.
  if (terms.agreed.contains(offering.id)) return std::nullopt;
  absl::StatusOr<Money> amount = ScaleByDecimal(offering.unit_price_of_report, cost.units);
  if (amount.ok()) amount = Scale(*amount, terms.factor_millionths, kUnitMultiplier);
  return amount.ok() ? std::optional<Money>(*amount) : std::nullopt;
}

}  // namespace zoetrope
