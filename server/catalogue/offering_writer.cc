#include "server/catalogue/offering_writer.h"

#include <charconv>

#include "server/catalogue/price_syntax.h"
#include "server/catalogue/rule_syntax.h"
#include "server/catalogue/syntax_parts.h"
#include "server/catalogue/vocabulary.h"

namespace zoetrope {
namespace {

std::string NumberText(double number) {
  char buffer[64];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
  return error == std::errc() ? std::string(buffer, end) : "0";
}

struct ValueWriter {
  std::string operator()(const std::string& text) const { return JsonString(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return NumberText(number); }
  std::string operator()(bool on) const { return on ? "true" : "false"; }
};

std::string ConstantsText(const std::vector<JsonConstant>& constants) {
  FlowMap map;
  for (const JsonConstant& constant : constants) map.Add(JsonString(constant.path), constant.text);
  return map.Text();
}

std::string LifecycleText(const Lifecycle& lifecycle) {
  FlowMap map;
  map.Add("state", WordOf(kLifecycleWords, lifecycle.state));
  if (!lifecycle.sunset_date.empty()) map.Add("sunset_date", JsonString(lifecycle.sunset_date));
  if (!lifecycle.replacement.empty()) map.Add("replacement", JsonString(lifecycle.replacement));
  if (!lifecycle.reason.empty()) map.Add("reason", JsonString(lifecycle.reason));
  return map.Text();
}

std::string BindingText(const Binding& binding) {
  FlowMap map;
  map.Add("path", JsonString(binding.path));
  if (binding.encoding != Encoding::kNatural) map.Add("encoding", WordOf(kEncodingWords, binding.encoding));
  if (!binding.tag.empty()) map.Add("tag", JsonString(binding.tag));
  if (!binding.role.empty()) map.Add("role", JsonString(binding.role));
  if (!binding.spelling.empty()) {
    FlowMap words;
    for (const auto& [canonical, spelt] : binding.spelling)
      words.Add(JsonString(canonical), JsonString(spelt));
    map.Add("spelling", words.Text());
  }
  return map.Text();
}

std::string ExtraText(const ExtraSpec& extra) {
  const auto value = [](const ParameterValue& parameter) { return std::visit(ValueWriter(), parameter); };
  FlowMap map;
  map.Add("name", JsonString(extra.name));
  if (extra.path != extra.name) map.Add("path", JsonString(extra.path));
  map.Add("type", WordOf(kParameterTypeWords, extra.type));
  map.Add("description", JsonString(extra.description));
  if (extra.required) map.Add("required", "true");
  if (extra.deletes_video) map.Add("deletes_video", "true");
  if (extra.default_value) map.Add("default", value(*extra.default_value));
  if (!extra.allowed_values.empty()) map.Add("allowed", FlowList(extra.allowed_values, value));
  if (extra.minimum) map.Add("minimum", NumberText(*extra.minimum));
  if (extra.maximum) map.Add("maximum", NumberText(*extra.maximum));
  return map.Text();
}

std::string PromptText(const PromptLimits& limits) {
  FlowMap map;
  if (limits.min_chars != 1) map.Add("min_chars", std::to_string(limits.min_chars));
  if (limits.max_chars != 0) map.Add("max_chars", std::to_string(limits.max_chars));
  if (limits.max_bytes != 0) map.Add("max_bytes", std::to_string(limits.max_bytes));
  return map.Text();
}

std::string BillsText(const BillingHabit& bills) {
  FlowMap map;
  for (const auto& [key, habit] : {std::pair("failed", bills.failed), std::pair("moderated", bills.moderated),
                                   std::pair("cancelled", bills.cancelled)}) {
    if (habit) map.Add(key, *habit ? "true" : "false");
  }
  return map.Text();
}

std::string PicturesText(const PictureLimits& limits) {
  FlowMap map;
  if (!limits.content_types.empty()) map.Add("content_types", FlowList(limits.content_types, JsonString));
  if (limits.max_bytes != 0) map.Add("max_bytes", std::to_string(limits.max_bytes));
  if (limits.min_side_px != 0) map.Add("min_side_px", std::to_string(limits.min_side_px));
  if (limits.max_side_px != 0) map.Add("max_side_px", std::to_string(limits.max_side_px));
  if (limits.max_ratio_percent != 0) map.Add("max_ratio_percent", std::to_string(limits.max_ratio_percent));
  return map.Text();
}

// The document: one `key: value` a line, lists and mappings of rows one row a line.
class Document {
 public:
  void Line(std::string_view key, const std::string& value) {
    text_ += key;
    text_ += ": ";
    text_ += value;
    text_ += '\n';
  }
  template <typename Items, typename Write>
  void Rows(std::string_view key, const Items& items, Write write) {
    if (items.empty()) return;
    text_ += key;
    text_ += ":\n";
    for (const auto& item : items) text_ += "  " + write(item) + "\n";
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string WriteOffering(const Offering& offering) {
  const Offering defaults;
  Document out;
  out.Line("model", JsonString(offering.model));
  out.Line("id", JsonString(offering.id));
  out.Line("dialect", JsonString(offering.dialect));
  out.Line("provider_model_id", JsonString(offering.provider_model_id));
  out.Line("mode", WordOf(kModeWords, offering.mode));
  if (!(offering.lifecycle == defaults.lifecycle)) out.Line("lifecycle", LifecycleText(offering.lifecycle));
  if (!offering.durations_ms.empty()) out.Line("durations", FlowList(offering.durations_ms, DurationText));
  out.Line("resolutions", FlowList(offering.resolutions, JsonString));
  out.Line("aspect_ratios", FlowList(offering.aspect_ratios, JsonString));
  out.Line("audio", WordOf(kAudioWords, offering.audio));
  if (!offering.frame_rates.empty()) {
    out.Line("frame_rates",
             FlowList(offering.frame_rates, [](std::int32_t rate) { return std::to_string(rate); }));
  }
  if (offering.default_frame_rate_hertz != 0)
    out.Line("default_frame_rate", std::to_string(offering.default_frame_rate_hertz));
  if (offering.inline_images) out.Line("inline_images", "true");
  if (offering.count_max != defaults.count_max) out.Line("count_max", std::to_string(offering.count_max));
  if (!(offering.prompt == defaults.prompt)) out.Line("prompt", PromptText(offering.prompt));
  if (!(offering.pictures == defaults.pictures)) out.Line("pictures", PicturesText(offering.pictures));
  out.Rows("bindings", offering.bindings, [](const Binding& binding) {
    return WordOf(kFieldWords, binding.field) + ": " + BindingText(binding);
  });
  out.Rows("sizes", offering.sizes, [](const SizeRow& row) {
    return "- {resolution: " + JsonString(row.resolution) +
           ", aspect_ratio: " + JsonString(row.aspect_ratio) + ", set: " + ConstantsText(row.set) + "}";
  });
  if (!offering.constants.empty()) out.Line("constants", ConstantsText(offering.constants));
  out.Rows("extras", offering.extras, [](const ExtraSpec& extra) { return "- " + ExtraText(extra); });
  out.Rows("refused_extras", offering.refused_extras,
           [](const auto& refused) { return JsonString(refused.first) + ": " + JsonString(refused.second); });
  out.Rows("rules", offering.rules, [](const Rule& rule) { return "- " + WriteRule(rule); });
  out.Rows("prices", offering.prices, [](const PriceRow& row) { return "- " + WritePrice(row); });
  out.Rows("surcharges", offering.surcharges,
           [](const Surcharge& surcharge) { return "- " + WriteSurcharge(surcharge); });
  if (!(offering.bills == defaults.bills)) out.Line("bills", BillsText(offering.bills));
  if (!offering.unit_price_of_report.is_zero()) {
    out.Line("unit_price_of_report", JsonString(FormatMoney(offering.unit_price_of_report)));
  }
  if (offering.typical_duration != defaults.typical_duration) {
    out.Line("typical_duration",
             JsonString(DurationText(absl::ToInt64Milliseconds(offering.typical_duration))));
  }
  if (offering.may_substitute) out.Line("may_substitute", "true");
  if (!offering.source.empty()) out.Line("source", JsonString(offering.source));
  if (!offering.as_of_date.empty()) out.Line("as_of_date", JsonString(offering.as_of_date));
  return out.Take();
}

}  // namespace zoetrope
