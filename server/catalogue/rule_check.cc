#include "server/catalogue/rule_check.h"

#include "server/catalogue/vocabulary.h"

namespace zoetrope {
namespace {

// Whether a generation may go without it; a rule about the others would hold always or never.
bool IsOptional(Field field) {
  switch (field) {
    case Field::kPrompt:
    case Field::kDuration:
    case Field::kResolution:
    case Field::kAspectRatio:
    case Field::kAudio:
    case Field::kCount:
      return false;
    case Field::kNegativePrompt:
    case Field::kFirstFrame:
    case Field::kLastFrame:
    case Field::kReferenceImages:
    case Field::kReferenceVideos:
    case Field::kReferenceAudios:
    case Field::kAudioTrack:
    case Field::kSourceVideo:
    case Field::kSeed:
    case Field::kFrameRate:
      return true;
  }
  return false;
}

class RuleCheck {
 public:
  RuleCheck(const Offering& offering, const Rule& rule, const std::string& at, const Report& report)
      : offering_(offering), rule_(rule), at_(at), report_(report) {}

  void Run() const {
    if (rule_.needed.empty() && rule_.excluded.empty() && rule_.exactly_one_of.empty() &&
        rule_.only == Choices()) {
      report_(at_, "rules: this one asks for nothing");
    }
    CheckIngredients(rule_.present, At(at_, "when.present"));
    CheckIngredients(rule_.needed, At(at_, "requires"));
    CheckIngredients(rule_.excluded, At(at_, "excludes"));
    CheckIngredients(rule_.exactly_one_of, At(at_, "exactly_one_of"));
    if (rule_.exactly_one_of.size() == 1)
      report_(At(at_, "exactly_one_of"), "exactly_one_of: one alone is `requires`");
    CheckChoices(rule_.when, At(at_, "when"));
    CheckChoices(rule_.only, At(at_, "only"));
  }

 private:
  void CheckIngredients(const std::vector<Ingredient>& ingredients, const std::string& at) const {
    for (const Ingredient& ingredient : ingredients) {
      if (const std::string* const name = std::get_if<std::string>(&ingredient)) {
        const bool declared = std::any_of(offering_.extras.begin(), offering_.extras.end(),
                                          [&](const ExtraSpec& extra) { return extra.name == *name; });
        if (!declared) report_(at, *name + ": is not an extra of this offering");
        continue;
      }
      const Field field = std::get<Field>(ingredient);
      const std::string word = WordOf(kFieldWords, field);
      if (!IsOptional(field)) {
        report_(at, word + ": is there always");
      } else if (offering_.Find(field) == nullptr) {
        report_(at, word + ": has no binding");
      }
    }
  }

  template <typename T>
  void CheckOffered(const std::vector<T>& values, const std::vector<T>& offered, const std::string& at,
                    std::string_view key) const {
    const bool known =
        std::all_of(values.begin(), values.end(), [&](const T& value) { return Contains(offered, value); });
    if (!known) report_(At(at, key), std::string(key) + ": has a value that is not offered");
  }

  void CheckChoices(const Choices& choices, const std::string& at) const {
    CheckOffered(choices.durations_ms, offering_.durations_ms, at, "duration");
    CheckOffered(choices.resolutions, offering_.resolutions, at, "resolution");
    CheckOffered(choices.aspect_ratios, offering_.aspect_ratios, at, "aspect_ratio");
    CheckOffered(choices.frame_rates, offering_.frame_rates, at, "frame_rate");
    if (choices.audio && offering_.audio != AudioSupport::kSelectable)
      report_(At(at, "audio"), "audio: is not selectable");
  }

  const Offering& offering_;
  const Rule& rule_;
  const std::string& at_;
  const Report& report_;
};

}  // namespace

void CheckRules(const Offering& offering, const std::string& path, const Report& report) {
  for (std::size_t i = 0; i < offering.rules.size(); ++i) {
    const std::string at = At(path, "rules", i);
    RuleCheck(offering, offering.rules[i], at, report).Run();
  }
}

}  // namespace zoetrope
