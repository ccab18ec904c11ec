#include "server/route/quote.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/crypto.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

// Length first: no two lists of parts give the same text.
void Append(std::string& text, std::string_view part) {
  absl::StrAppend(&text, part.size(), ":", ToAbsl(part));
}

void AppendNumber(std::string& text, std::int64_t number) { Append(text, absl::StrCat(number)); }

// With its kind: `8` as a text is not 8 as a number.
void AppendValue(std::string& text, const ParameterValue& value) {
  AppendNumber(text, static_cast<std::int64_t>(value.index()));
  if (const auto* words = std::get_if<std::string>(&value)) return Append(text, *words);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return AppendNumber(text, *integer);
  if (const auto* truth = std::get_if<bool>(&value)) return AppendNumber(text, *truth ? 1 : 0);
  Append(text, absl::StrFormat("%.17g", std::get<double>(value)));
}

void AppendInputs(std::string& text, const Generation& generation) {
  AppendNumber(text, generation.first_frame.has_value());
  AppendNumber(text, generation.last_frame.has_value());
  AppendNumber(text, static_cast<std::int64_t>(generation.reference_images.size()));
  AppendNumber(text, static_cast<std::int64_t>(generation.reference_video_urls.size()));
  AppendNumber(text, static_cast<std::int64_t>(generation.reference_audio_urls.size()));
  AppendNumber(text, !generation.audio_track_url.empty());
  AppendNumber(text, generation.source_video.has_value());
  // An earlier video is at one provider, and is as long as it is.
  if (!generation.source_video) return;
  AppendNumber(text, static_cast<std::int64_t>(generation.source_video->mode));
  Append(text, generation.source_video->job_id);
  AppendNumber(text, generation.source_video->output_index);
  Append(text, generation.source_video->provider_video_id);
}

}  // namespace

std::string ShapeOf(const Generation& effective) {
  std::string text;
  Append(text, effective.model);
  AppendInputs(text, effective);
  AppendNumber(text, effective.duration_ms.value_or(-1));
  Append(text, effective.resolution);
  Append(text, effective.aspect_ratio);
  AppendNumber(text, effective.audio ? std::int64_t{*effective.audio} : -1);
  AppendNumber(text, effective.frame_rate_hertz);
  AppendNumber(text, effective.count);
  for (const Parameter& extra : effective.extras) {
    Append(text, extra.name);
    AppendValue(text, extra.value);
  }
  return Sha256Hex(text);
}

std::optional<PriceQuote> QuoteOf(const Generation& effective, const std::vector<Evaluation>& evaluations,
                                  absl::Time now, absl::Duration valid_for) {
  PriceQuote quote;
  for (const Evaluation& evaluation : evaluations) {
    if (!evaluation.suitable() || !evaluation.price) continue;
    quote.prices.push_back({evaluation.provider, evaluation.offering->id, evaluation.price->amount});
  }
  if (quote.prices.empty()) return std::nullopt;
  std::stable_sort(quote.prices.begin(), quote.prices.end(),
                   [](const QuotedPrice& a, const QuotedPrice& b) { return a.price < b.price; });
  quote.prices.resize(std::min(quote.prices.size(), kQuotedPricesMax));
  quote.shape = ShapeOf(effective);
  quote.time = now;
  quote.expire_time = now + valid_for;
  return quote;
}

QuotedDefaults OpenFieldsOf(const Generation& asked, const Generation& effective) {
  QuotedDefaults open;
  if (!asked.duration_ms) open.duration_ms = effective.duration_ms;
  if (asked.resolution.empty()) open.resolution = effective.resolution;
  if (asked.aspect_ratio.empty()) open.aspect_ratio = effective.aspect_ratio;
  if (!asked.audio) open.audio = effective.audio;
  return open;
}

void ResolveAsQuoted(const PriceQuote& quote, Generation& generation) {
  const QuotedDefaults& defaults = quote.defaults;
  if (!generation.duration_ms) generation.duration_ms = defaults.duration_ms;
  if (generation.resolution.empty()) generation.resolution = defaults.resolution;
  if (generation.aspect_ratio.empty()) generation.aspect_ratio = defaults.aspect_ratio;
  if (!generation.audio) generation.audio = defaults.audio;
}

std::optional<Money> PromisedPrice(const PriceQuote& quote, std::string_view provider,
                                   std::string_view offering) {
  const auto found = std::find_if(quote.prices.begin(), quote.prices.end(), [&](const QuotedPrice& price) {
    return price.provider == provider && price.offering == offering;
  });
  return found == quote.prices.end() ? std::nullopt : std::optional<Money>(found->price);
}

}  // namespace zoetrope
