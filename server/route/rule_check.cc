#include "server/route/rule_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/route/ingredient.h"
#include "server/route/value_text.h"

namespace zoetrope {
namespace {

// As a person says it: the path without the word that all of them begin with.
std::string NameOf(const Ingredient& ingredient) {
  return PathOf(ingredient).substr(std::string_view("generation.").size());
}

// One field of a Choices against the value that a generation has for it.
struct Compared {
  const char* path;
  bool known = false;   // the generation has a value
  bool within = false;  // the value is among the choices
  std::string text;     // the choices as a person says them
};

template <typename T>
bool Contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

std::vector<Compared> Compare(const Choices& choices, const Generation& g, const Offering& offering) {
  std::vector<Compared> all;
  if (!choices.durations_ms.empty()) {
    std::vector<std::string> texts;
    for (const std::int64_t millis : choices.durations_ms) texts.push_back(SecondsText(millis));
    all.push_back({"generation.duration", g.duration_ms.has_value(),
                   g.duration_ms && Contains(choices.durations_ms, *g.duration_ms),
                   absl::StrCat(absl::StrJoin(texts, ", "), " seconds")});
  }
  if (!choices.resolutions.empty()) {
    all.push_back({"generation.resolution", true, Contains(choices.resolutions, g.resolution),
                   absl::StrJoin(choices.resolutions, ", ")});
  }
  if (!choices.aspect_ratios.empty()) {
    all.push_back({"generation.aspect_ratio", true, Contains(choices.aspect_ratios, g.aspect_ratio),
                   absl::StrJoin(choices.aspect_ratios, ", ")});
  }
  if (!choices.frame_rates.empty()) {
    const std::int32_t rate = g.frame_rate_hertz > 0 ? g.frame_rate_hertz : offering.default_frame_rate_hertz;
    all.push_back({"generation.frame_rate_hertz", rate > 0, Contains(choices.frame_rates, rate),
                   absl::StrJoin(choices.frame_rates, ", ")});
  }
  if (choices.audio) {
    all.push_back({"generation.audio", g.audio.has_value(), g.audio == choices.audio,
                   *choices.audio ? "true" : "false"});
  }
  return all;
}

bool Applies(const Rule& rule, const Generation& g, const Offering& offering) {
  const std::vector<Compared> when = Compare(rule.when, g, offering);
  return std::all_of(rule.present.begin(), rule.present.end(),
                     [&g](const Ingredient& ingredient) { return IsGiven(g, ingredient); }) &&
         std::all_of(when.begin(), when.end(),
                     [](const Compared& compared) { return compared.known && compared.within; });
}

// `with last_frame and a resolution of 720p`; empty for a rule that always applies.
std::string Condition(const Rule& rule, const Generation& g, const Offering& offering) {
  std::vector<std::string> parts;
  for (const Ingredient& ingredient : rule.present) parts.push_back(NameOf(ingredient));
  for (const Compared& compared : Compare(rule.when, g, offering)) {
    const std::string name(std::string_view(compared.path).substr(std::string_view("generation.").size()));
    parts.push_back(absl::StrCat(name, " among ", compared.text));
  }
  return parts.empty() ? "" : absl::StrCat(" with ", absl::StrJoin(parts, " and "));
}

class Finder {
 public:
  Finder(const Rule& rule, const Generation& g, const Offering& offering, std::vector<BrokenRule>& found)
      : rule_(rule), g_(g), condition_(Condition(rule, g, offering)), offering_(offering), found_(found) {}

  void Run() {
    for (const Ingredient& ingredient : rule_.needed) {
      if (!IsGiven(g_, ingredient)) Add(PathOf(ingredient), absl::StrCat("is required", condition_));
    }
    for (const Ingredient& ingredient : rule_.excluded) {
      if (IsGiven(g_, ingredient)) Add(PathOf(ingredient), absl::StrCat("cannot be had", condition_));
    }
    FindInOneOf();
    for (const Compared& compared : Compare(rule_.only, g_, offering_)) {
      if (compared.known && !compared.within)
        Add(compared.path, absl::StrCat("must be one of ", compared.text, condition_));
    }
  }

 private:
  void Add(std::string field, std::string description) {
    found_.push_back({std::move(field), std::move(description)});
  }

  void FindInOneOf() {
    if (rule_.exactly_one_of.empty()) return;
    const auto given = std::count_if(rule_.exactly_one_of.begin(), rule_.exactly_one_of.end(),
                                     [this](const Ingredient& i) { return IsGiven(g_, i); });
    if (given == 1) return;
    std::vector<std::string> names;
    for (const Ingredient& ingredient : rule_.exactly_one_of) names.push_back(NameOf(ingredient));
    Add(PathOf(rule_.exactly_one_of.front()),
        absl::StrCat("exactly one of ", absl::StrJoin(names, ", "), " is required", condition_));
  }

  const Rule& rule_;
  const Generation& g_;
  const std::string condition_;
  const Offering& offering_;
  std::vector<BrokenRule>& found_;
};

}  // namespace

std::vector<BrokenRule> FindBrokenRules(const Generation& generation, const Offering& offering) {
  std::vector<BrokenRule> found;
  for (const Rule& rule : offering.rules) {
    if (Applies(rule, generation, offering)) Finder(rule, generation, offering, found).Run();
  }
  return found;
}

}  // namespace zoetrope
