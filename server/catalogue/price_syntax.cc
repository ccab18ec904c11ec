#include "server/catalogue/price_syntax.h"

#include "server/catalogue/syntax_parts.h"
#include "server/catalogue/vocabulary.h"

namespace zoetrope {
namespace {

// A decimal such as "2.2" as millionths.
void ReadMultiplier(YamlMap& map, std::int64_t& out) {
  constexpr std::int64_t kNanosPerMillionth = 1'000;
  const std::optional<Money> factor = ReadAmount(map, "multiplier", Presence::kOptional);
  if (!factor) return;
  if (factor->nanos() % kNanosPerMillionth != 0) {
    map.context().AddAt(map.PathOf("multiplier"), "multiplier: must have at most six places");
    return;
  }
  out = factor->nanos() / kNanosPerMillionth;
}

void ReadTokens(YamlMap& map, TokenSize& out) {
  constexpr std::int64_t kMostPixels = 16'384;
  constexpr std::int64_t kMostFrames = 240;
  const std::optional<YAML::Node> node = map.Find("tokens", Presence::kOptional);
  if (!node) return;
  YamlMap size(*node, map.PathOf("tokens"), map.context());
  size.Integer("width", Presence::kRequired, 1, kMostPixels, out.width_px);
  size.Integer("height", Presence::kRequired, 1, kMostPixels, out.height_px);
  size.Integer("frame_rate", Presence::kRequired, 1, kMostFrames, out.frame_rate_hertz);
  size.Finish();
}

void ReadSwitch(YamlMap& map, std::string_view key, std::optional<bool>& out) {
  if (const std::optional<YAML::Node> node = map.Find(key, Presence::kOptional)) {
    out = ReadBool(*node, map.context());
  }
}

std::string SwitchText(bool on) { return on ? "true" : "false"; }

std::string TokensText(const TokenSize& tokens) {
  FlowMap map;
  map.Add("width", std::to_string(tokens.width_px));
  map.Add("height", std::to_string(tokens.height_px));
  map.Add("frame_rate", std::to_string(tokens.frame_rate_hertz));
  return map.Text();
}

}  // namespace

PriceRow ReadPrice(YamlMap& map) {
  PriceRow row;
  map.Choice("unit", Presence::kRequired, kPriceUnitWords, row.unit);
  if (const std::optional<Money> amount = ReadAmount(map, "amount", Presence::kRequired))
    row.amount = *amount;
  map.Text("resolution", Presence::kOptional, row.resolution);
  ReadSwitch(map, "audio", row.audio);
  absl::Duration duration;
  map.Duration("duration", Presence::kOptional, duration);
  if (duration > absl::ZeroDuration()) row.duration_ms = absl::ToInt64Milliseconds(duration);
  ReadSwitch(map, "video_input", row.video_input);
  map.Text("extra_on", Presence::kOptional, row.extra_on);
  map.Text("valid_from_date", Presence::kOptional, row.valid_from_date);
  map.Text("valid_until_date", Presence::kOptional, row.valid_until_date);
  ReadMultiplier(map, row.multiplier_millionths);
  if (const std::optional<Money> minimum = ReadAmount(map, "minimum", Presence::kOptional))
    row.minimum = *minimum;
  ReadTokens(map, row.tokens);
  map.Bool("estimate", Presence::kOptional, row.estimate);
  map.Text("source", Presence::kRequired, row.source);
  map.Text("as_of_date", Presence::kRequired, row.as_of_date);
  return row;
}

Surcharge ReadSurcharge(YamlMap& map) {
  constexpr std::int64_t kMostSeconds = 3'600;
  Surcharge surcharge;
  map.Choice("unit", Presence::kRequired, kSurchargeUnitWords, surcharge.unit);
  if (const std::optional<Money> amount = ReadAmount(map, "amount", Presence::kRequired))
    surcharge.amount = *amount;
  map.Integer("free_count", Presence::kOptional, 1, kMostSeconds, surcharge.free_count);
  map.Integer("seconds_max", Presence::kOptional, 1, kMostSeconds, surcharge.seconds_max);
  map.Text("resolution", Presence::kOptional, surcharge.resolution);
  map.Text("source", Presence::kRequired, surcharge.source);
  map.Text("as_of_date", Presence::kRequired, surcharge.as_of_date);
  return surcharge;
}

std::string WritePrice(const PriceRow& row) {
  FlowMap map;
  map.Add("unit", WordOf(kPriceUnitWords, row.unit));
  map.Add("amount", JsonString(FormatMoney(row.amount)));
  if (!row.resolution.empty()) map.Add("resolution", JsonString(row.resolution));
  if (row.audio) map.Add("audio", SwitchText(*row.audio));
  if (row.duration_ms) map.Add("duration", JsonString(DurationText(*row.duration_ms)));
  if (row.video_input) map.Add("video_input", SwitchText(*row.video_input));
  if (!row.extra_on.empty()) map.Add("extra_on", JsonString(row.extra_on));
  if (!row.valid_from_date.empty()) map.Add("valid_from_date", JsonString(row.valid_from_date));
  if (!row.valid_until_date.empty()) map.Add("valid_until_date", JsonString(row.valid_until_date));
  if (row.multiplier_millionths != kUnitMultiplier) {
    map.Add("multiplier", JsonString(FormatMoney(Money::FromNanos(row.multiplier_millionths * 1'000))));
  }
  if (!row.minimum.is_zero()) map.Add("minimum", JsonString(FormatMoney(row.minimum)));
  if (!(row.tokens == TokenSize())) map.Add("tokens", TokensText(row.tokens));
  if (row.estimate) map.Add("estimate", "true");
  map.Add("source", JsonString(row.source));
  map.Add("as_of_date", JsonString(row.as_of_date));
  return map.Text();
}

std::string WriteSurcharge(const Surcharge& surcharge) {
  FlowMap map;
  map.Add("unit", WordOf(kSurchargeUnitWords, surcharge.unit));
  map.Add("amount", JsonString(FormatMoney(surcharge.amount)));
  if (surcharge.free_count != 0) map.Add("free_count", std::to_string(surcharge.free_count));
  if (surcharge.seconds_max != 0) map.Add("seconds_max", std::to_string(surcharge.seconds_max));
  if (!surcharge.resolution.empty()) map.Add("resolution", JsonString(surcharge.resolution));
  map.Add("source", JsonString(surcharge.source));
  map.Add("as_of_date", JsonString(surcharge.as_of_date));
  return map.Text();
}

}  // namespace zoetrope
