#include "server/catalogue/offering_reader.h"

#include <algorithm>
#include <string_view>

#include "server/catalogue/price_syntax.h"
#include "server/catalogue/rule_syntax.h"
#include "server/catalogue/syntax_parts.h"
#include "server/catalogue/vocabulary.h"

namespace zoetrope {
namespace {

std::size_t CountDigits(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

// Whether a plain scalar is JSON as it stands: true, false, or a number without an exponent.
bool IsJsonLiteral(std::string_view text) {
  if (text == "true" || text == "false") return true;
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t whole = CountDigits(text);
  if (whole == 0 || (whole > 1 && text.front() == '0')) return false;
  text.remove_prefix(whole);
  return text.empty() ||
         (text.size() > 1 && text.front() == '.' && CountDigits(text.substr(1)) == text.size() - 1);
}

std::vector<JsonConstant> ReadConstants(YamlMap& map, std::string_view key, Presence presence) {
  std::vector<JsonConstant> constants;
  const std::optional<YAML::Node> node = map.Find(key, presence);
  if (!node) return constants;
  YamlMap entries(*node, map.PathOf(key), map.context());
  for (const auto& [path, value] : entries.Entries()) {
    const std::optional<std::string> text = ReadText(value, map.context());
    if (!text) continue;
    const bool literal = !IsQuoted(value) && IsJsonLiteral(*text);
    constants.push_back({path, literal ? *text : JsonString(*text)});
  }
  return constants;
}

void ReadBindings(YamlMap& map, std::vector<Binding>& out) {
  const std::optional<YAML::Node> node = map.Find("bindings", Presence::kRequired);
  if (!node) return;
  YamlMap fields(*node, map.PathOf("bindings"), map.context());
  for (const auto& [name, value] : fields.Entries()) {
    const auto word =
        std::find_if(std::begin(kFieldWords), std::end(kFieldWords),
                     [&name = name](const Word<Field>& candidate) { return candidate.text == name; });
    if (word == std::end(kFieldWords)) {
      map.context().AddAt(fields.PathOf(name), name + ": is not a field of a generation");
      continue;
    }
    YamlMap entry(value, fields.PathOf(name), map.context());
    Binding binding;
    binding.field = word->value;
    entry.Text("path", Presence::kRequired, binding.path);
    entry.Choice("encoding", Presence::kOptional, kEncodingWords, binding.encoding);
    entry.Text("tag", Presence::kOptional, binding.tag);
    entry.Text("role", Presence::kOptional, binding.role);
    if (const std::optional<YAML::Node> spelling = entry.Find("spelling", Presence::kOptional)) {
      YamlMap words(*spelling, entry.PathOf("spelling"), map.context());
      for (const auto& [canonical, spelt] : words.Entries()) {
        if (std::optional<std::string> text = ReadText(spelt, map.context()))
          binding.spelling[canonical] = *std::move(text);
      }
    }
    entry.Finish();
    out.push_back(std::move(binding));
  }
}

std::optional<ParameterValue> ReadParameter(const YAML::Node& node, ParameterType type,
                                            YamlContext& context) {
  std::optional<ParameterValue> value;
  switch (type) {
    case ParameterType::kString:
      if (std::optional<std::string> text = ReadText(node, context)) value = *std::move(text);
      break;
    case ParameterType::kInteger:
      if (const std::optional<std::int64_t> number = ReadInteger(node, context)) value = *number;
      break;
    case ParameterType::kNumber:
      if (const std::optional<double> number = ReadNumber(node, context)) value = *number;
      break;
    case ParameterType::kBool:
      if (const std::optional<bool> on = ReadBool(node, context)) value = *on;
      break;
  }
  return value;
}

ExtraSpec ReadExtra(YamlMap& map) {
  ExtraSpec extra;
  map.Text("name", Presence::kRequired, extra.name);
  extra.path = extra.name;
  map.Text("path", Presence::kOptional, extra.path);
  map.Choice("type", Presence::kRequired, kParameterTypeWords, extra.type);
  map.Text("description", Presence::kRequired, extra.description);
  map.Bool("required", Presence::kOptional, extra.required);
  map.Bool("deletes_video", Presence::kOptional, extra.deletes_video);
  if (const std::optional<YAML::Node> node = map.Find("default", Presence::kOptional)) {
    extra.default_value = ReadParameter(*node, extra.type, map.context());
  }
  if (const std::optional<YAML::Node> node = map.Find("allowed", Presence::kOptional)) {
    const std::optional<std::vector<YAML::Node>> items = ReadList(*node, map.context());
    for (std::size_t i = 0; items && i < items->size(); ++i) {
      map.context().Remember(ItemPath(map.PathOf("allowed"), i), (*items)[i].Mark());
      std::optional<ParameterValue> value = ReadParameter((*items)[i], extra.type, map.context());
      if (value) extra.allowed_values.push_back(*std::move(value));
    }
  }
  if (const std::optional<YAML::Node> node = map.Find("minimum", Presence::kOptional)) {
    extra.minimum = ReadNumber(*node, map.context());
  }
  if (const std::optional<YAML::Node> node = map.Find("maximum", Presence::kOptional)) {
    extra.maximum = ReadNumber(*node, map.context());
  }
  return extra;
}

void ReadPromptLimits(YamlMap& map, PromptLimits& out) {
  const std::optional<YAML::Node> node = map.Find("prompt", Presence::kOptional);
  if (!node) return;
  YamlMap limits(*node, map.PathOf("prompt"), map.context());
  limits.Integer("min_chars", Presence::kOptional, 1, 1'000'000, out.min_chars);
  limits.Integer("max_chars", Presence::kOptional, 1, 1'000'000, out.max_chars);
  limits.Integer("max_bytes", Presence::kOptional, 1, 4'000'000, out.max_bytes);
  limits.Finish();
}

void ReadPictureLimits(YamlMap& map, PictureLimits& out) {
  const std::optional<YAML::Node> node = map.Find("pictures", Presence::kOptional);
  if (!node) return;
  YamlMap limits(*node, map.PathOf("pictures"), map.context());
  limits.Texts("content_types", Presence::kOptional, out.content_types);
  std::int32_t bytes = 0;
  limits.Integer("max_bytes", Presence::kOptional, 1, 1'000'000'000, bytes);
  out.max_bytes = bytes;
  limits.Integer("min_side_px", Presence::kOptional, 1, 100'000, out.min_side_px);
  limits.Integer("max_side_px", Presence::kOptional, 1, 100'000, out.max_side_px);
  limits.Integer("max_ratio_percent", Presence::kOptional, 100, 100'000, out.max_ratio_percent);
  limits.Finish();
}

void ReadBillingHabit(YamlMap& map, BillingHabit& out) {
  const std::optional<YAML::Node> node = map.Find("bills", Presence::kOptional);
  if (!node) return;
  YamlMap bills(*node, map.PathOf("bills"), map.context());
  for (const auto& [key, habit] : {std::pair("failed", &out.failed), std::pair("moderated", &out.moderated),
                                   std::pair("cancelled", &out.cancelled)}) {
    if (const std::optional<YAML::Node> value = bills.Find(key, Presence::kOptional))
      *habit = ReadBool(*value, bills.context());
  }
  bills.Finish();
}

void ReadRefusedExtras(YamlMap& map, std::map<std::string, std::string>& out) {
  const std::optional<YAML::Node> node = map.Find("refused_extras", Presence::kOptional);
  if (!node) return;
  YamlMap names(*node, map.PathOf("refused_extras"), map.context());
  for (const auto& [name, value] : names.Entries()) {
    if (std::optional<std::string> reason = ReadText(value, map.context())) out[name] = *std::move(reason);
  }
}

}  // namespace

void ReadLifecycle(YamlMap& map, std::string_view key, Lifecycle& out) {
  const std::optional<YAML::Node> node = map.Find(key, Presence::kOptional);
  if (!node) return;
  YamlMap lifecycle(*node, map.PathOf(key), map.context());
  lifecycle.Choice("state", Presence::kRequired, kLifecycleWords, out.state);
  lifecycle.Text("sunset_date", Presence::kOptional, out.sunset_date);
  lifecycle.Text("replacement", Presence::kOptional, out.replacement);
  lifecycle.Text("reason", Presence::kOptional, out.reason);
  lifecycle.Finish();
}

Offering ReadOffering(YamlMap& map) {
  Offering offering;
  map.Text("id", Presence::kRequired, offering.id);
  map.Text("dialect", Presence::kRequired, offering.dialect);
  map.Text("provider_model_id", Presence::kRequired, offering.provider_model_id);
  map.Choice("mode", Presence::kRequired, kModeWords, offering.mode);
  ReadLifecycle(map, "lifecycle", offering.lifecycle);
  ReadDurations(map, "durations", offering.durations_ms);
  map.Texts("resolutions", Presence::kRequired, offering.resolutions);
  map.Texts("aspect_ratios", Presence::kRequired, offering.aspect_ratios);
  map.Choice("audio", Presence::kRequired, kAudioWords, offering.audio);
  ReadIntegers(map, "frame_rates", offering.frame_rates);
  map.Integer("default_frame_rate", Presence::kOptional, 1, 1'000, offering.default_frame_rate_hertz);
  map.Bool("inline_images", Presence::kOptional, offering.inline_images);
  map.Integer("count_max", Presence::kOptional, 1, 100, offering.count_max);
  ReadPromptLimits(map, offering.prompt);
  ReadPictureLimits(map, offering.pictures);
  ReadBindings(map, offering.bindings);
  ForEachMap(map, "sizes", [&](YamlMap& item) {
    SizeRow row;
    item.Text("resolution", Presence::kRequired, row.resolution);
    item.Text("aspect_ratio", Presence::kRequired, row.aspect_ratio);
    row.set = ReadConstants(item, "set", Presence::kRequired);
    offering.sizes.push_back(std::move(row));
  });
  offering.constants = ReadConstants(map, "constants", Presence::kOptional);
  ForEachMap(map, "extras", [&](YamlMap& item) { offering.extras.push_back(ReadExtra(item)); });
  ReadRefusedExtras(map, offering.refused_extras);
  ForEachMap(map, "rules", [&](YamlMap& item) { offering.rules.push_back(ReadRule(item)); });
  ForEachMap(map, "prices", [&](YamlMap& item) { offering.prices.push_back(ReadPrice(item)); });
  ForEachMap(map, "surcharges", [&](YamlMap& item) { offering.surcharges.push_back(ReadSurcharge(item)); });
  ReadBillingHabit(map, offering.bills);
  if (const std::optional<Money> amount = ReadAmount(map, "unit_price_of_report", Presence::kOptional)) {
    offering.unit_price_of_report = *amount;
  }
  map.Duration("typical_duration", Presence::kOptional, offering.typical_duration);
  map.Bool("may_substitute", Presence::kOptional, offering.may_substitute);
  map.Text("source", Presence::kOptional, offering.source);
  map.Text("as_of_date", Presence::kOptional, offering.as_of_date);
  return offering;
}

}  // namespace zoetrope
