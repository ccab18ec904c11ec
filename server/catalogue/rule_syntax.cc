#include "server/catalogue/rule_syntax.h"

#include <algorithm>

#include "server/catalogue/syntax_parts.h"
#include "server/catalogue/vocabulary.h"

namespace zoetrope {
namespace {

// How an extra is told from a field: `extras.camera_fixed`.
constexpr std::string_view kExtraPrefix = "extras.";

void ReadIngredients(YamlMap& map, std::string_view key, std::vector<Ingredient>& out) {
  std::vector<std::string> names;
  map.Texts(key, Presence::kOptional, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    if (name.starts_with(kExtraPrefix)) {
      out.emplace_back(name.substr(kExtraPrefix.size()));
      continue;
    }
    const auto word = std::find_if(std::begin(kFieldWords), std::end(kFieldWords),
                                   [&name](const Word<Field>& candidate) { return candidate.text == name; });
    if (word == std::end(kFieldWords)) {
      map.context().AddAt(ItemPath(map.PathOf(key), i), name + ": is not a field of a generation");
    } else {
      out.emplace_back(word->value);
    }
  }
}

void ReadChoices(YamlMap& map, Choices& out) {
  ReadDurations(map, "duration", out.durations_ms);
  map.Texts("resolution", Presence::kOptional, out.resolutions);
  map.Texts("aspect_ratio", Presence::kOptional, out.aspect_ratios);
  ReadIntegers(map, "frame_rate", out.frame_rates);
  if (const std::optional<YAML::Node> node = map.Find("audio", Presence::kOptional)) {
    out.audio = ReadBool(*node, map.context());
  }
}

std::string IngredientText(const Ingredient& ingredient) {
  if (const Field* const field = std::get_if<Field>(&ingredient)) return WordOf(kFieldWords, *field);
  return JsonString(std::string(kExtraPrefix) + std::get<std::string>(ingredient));
}

void AddIngredients(FlowMap& map, std::string_view key, const std::vector<Ingredient>& ingredients) {
  if (!ingredients.empty()) map.Add(key, FlowList(ingredients, IngredientText));
}

void AddChoices(FlowMap& map, const Choices& choices) {
  if (!choices.durations_ms.empty()) map.Add("duration", FlowList(choices.durations_ms, DurationText));
  if (!choices.resolutions.empty()) map.Add("resolution", FlowList(choices.resolutions, JsonString));
  if (!choices.aspect_ratios.empty()) map.Add("aspect_ratio", FlowList(choices.aspect_ratios, JsonString));
  if (!choices.frame_rates.empty()) {
    map.Add("frame_rate",
            FlowList(choices.frame_rates, [](std::int32_t rate) { return std::to_string(rate); }));
  }
  if (choices.audio) map.Add("audio", *choices.audio ? "true" : "false");
}

}  // namespace

Rule ReadRule(YamlMap& map) {
  Rule rule;
  if (const std::optional<YAML::Node> node = map.Find("when", Presence::kOptional)) {
    YamlMap when(*node, map.PathOf("when"), map.context());
    ReadIngredients(when, "present", rule.present);
    ReadChoices(when, rule.when);
    when.Finish();
  }
  ReadIngredients(map, "requires", rule.needed);
  ReadIngredients(map, "excludes", rule.excluded);
  ReadIngredients(map, "exactly_one_of", rule.exactly_one_of);
  if (const std::optional<YAML::Node> node = map.Find("only", Presence::kOptional)) {
    YamlMap only(*node, map.PathOf("only"), map.context());
    ReadChoices(only, rule.only);
    only.Finish();
  }
  return rule;
}

std::string WriteRule(const Rule& rule) {
  FlowMap when;
  AddIngredients(when, "present", rule.present);
  AddChoices(when, rule.when);
  FlowMap only;
  AddChoices(only, rule.only);
  FlowMap map;
  if (!when.empty()) map.Add("when", when.Text());
  AddIngredients(map, "requires", rule.needed);
  AddIngredients(map, "excludes", rule.excluded);
  AddIngredients(map, "exactly_one_of", rule.exactly_one_of);
  if (!only.empty()) map.Add("only", only.Text());
  return map.Text();
}

}  // namespace zoetrope
