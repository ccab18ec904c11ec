#include "server/route/explain.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/route/value_text.h"

namespace zoetrope {
namespace {

using Offerings = std::vector<const Offering*>;

std::string ModeText(Mode mode) {
  switch (mode) {
    case Mode::kTextToVideo:
      return "from a prompt alone";
    case Mode::kImageToVideo:
      return "from a first frame";
    case Mode::kFirstLastFrame:
      return "from a first and a last frame";
    case Mode::kReferenceToVideo:
      return "from references";
    case Mode::kRemix:
      return "as a remix of an earlier video";
    case Mode::kExtend:
      return "as an extension of an earlier video";
  }
  return "";
}

// Values of `list` at any of the offerings, in the order in which they first stand there.
std::string UnionText(const Offerings& offerings, std::vector<std::string> Offering::*list) {
  std::vector<std::string> values;
  for (const Offering* const offering : offerings) {
    for (const std::string& value : offering->*list) {
      if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
    }
  }
  return absl::StrJoin(values, ", ");
}

std::string ExplainMode(const Offerings& offerings) {
  std::set<Mode> modes;
  for (const Offering* const offering : offerings) modes.insert(offering->mode);
  std::vector<std::string> texts;
  for (const Mode mode : modes) texts.push_back(ModeText(mode));
  return absl::StrCat("can be had ", absl::StrJoin(texts, ", or "), " only");
}

std::string ExplainPrompt(const Offerings& offerings) {
  std::vector<std::string> texts;
  for (const Offering* const offering : offerings) {
    const PromptLimits& limits = offering->prompt;
    std::string text = absl::StrCat("at least ", limits.min_chars);
    if (limits.max_chars != 0) absl::StrAppend(&text, " and at most ", limits.max_chars);
    absl::StrAppend(&text, " characters");
    if (limits.max_bytes != 0) absl::StrAppend(&text, " and at most ", limits.max_bytes, " bytes of UTF-8");
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return absl::StrCat("must have ", absl::StrJoin(texts, ", or "));
}

std::string PicturesText(const PictureLimits& limits) {
  std::vector<std::string> rules;
  if (!limits.content_types.empty())
    rules.push_back(absl::StrCat("of type ", absl::StrJoin(limits.content_types, " or ")));
  if (limits.max_bytes != 0) rules.push_back(absl::StrCat("of at most ", limits.max_bytes, " bytes"));
  if (limits.min_side_px != 0)
    rules.push_back(absl::StrCat("at least ", limits.min_side_px, " pixels wide and high"));
  if (limits.max_side_px != 0)
    rules.push_back(absl::StrCat("at most ", limits.max_side_px, " pixels wide and high"));
  constexpr std::int32_t kPercent = 100;
  if (limits.max_ratio_percent != 0) {
    const std::int32_t rest = limits.max_ratio_percent % kPercent;
    rules.push_back(absl::StrCat("at most ", limits.max_ratio_percent / kPercent, rest < 10 ? ".0" : ".",
                                 rest, " times as long as it is short"));
  }
  return absl::StrJoin(rules, ", ");
}

std::string ExplainPicture(const Offerings& offerings) {
  std::vector<std::string> texts;
  for (const Offering* const offering : offerings) {
    std::string text = PicturesText(offering->pictures);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return absl::StrCat("must be ", absl::StrJoin(texts, "; or "));
}

std::string ExplainDuration(const Offerings& offerings) {
  std::set<std::int64_t> durations;
  for (const Offering* const offering : offerings) {
    durations.insert(offering->durations_ms.begin(), offering->durations_ms.end());
  }
  std::vector<std::string> texts;
  for (const std::int64_t duration : durations) texts.push_back(SecondsText(duration));
  return absl::StrCat("must be one of ", absl::StrJoin(texts, ", "), " seconds");
}

std::string ExplainAudio(const Offerings& offerings) {
  return offerings.front()->audio == AudioSupport::kAlways ? "must be true: the video always has sound"
                                                           : "must be false: the video never has sound";
}

std::string ExplainFrameRate(const Offerings& offerings) {
  std::set<std::int32_t> rates;
  for (const Offering* const offering : offerings) {
    rates.insert(offering->frame_rates.begin(), offering->frame_rates.end());
  }
  return absl::StrCat("must be one of ", absl::StrJoin(rates, ", "), " frames per second");
}

std::string ExplainCount(const Offerings& offerings) {
  std::int32_t most = 0;
  for (const Offering* const offering : offerings) most = std::max(most, offering->count_max);
  return absl::StrCat("must be at most ", most);
}

std::string ValueText(const ParameterValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value)) return *text;
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) return absl::StrCat(*whole);
  if (const auto* const number = std::get_if<double>(&value)) return absl::StrCat(*number);
  return std::get<bool>(value) ? "true" : "false";
}

std::string SpecText(const ExtraSpec& spec) {
  std::string text;
  switch (spec.type) {
    case ParameterType::kString:
      text = "a text (string_value)";
      break;
    case ParameterType::kInteger:
      text = "a whole number (integer_value)";
      break;
    case ParameterType::kNumber:
      text = "a number (number_value)";
      break;
    case ParameterType::kBool:
      text = "a switch (bool_value)";
      break;
  }
  if (!spec.allowed_values.empty()) {
    std::vector<std::string> values;
    for (const ParameterValue& value : spec.allowed_values) values.push_back(ValueText(value));
    absl::StrAppend(&text, ", one of ", absl::StrJoin(values, ", "));
  }
  if (spec.minimum) absl::StrAppend(&text, ", at least ", *spec.minimum);
  if (spec.maximum) absl::StrAppend(&text, spec.minimum ? " and at most " : ", at most ", *spec.maximum);
  return text;
}

std::string ExplainUnknownExtra(const std::string& name, const Offerings& offerings) {
  std::set<std::string> declared;
  for (const Offering* const offering : offerings) {
    if (const auto refused = offering->refused_extras.find(name); refused != offering->refused_extras.end()) {
      return absl::StrCat("is not taken: ", refused->second);
    }
    for (const ExtraSpec& spec : offering->extras) declared.insert(spec.name);
  }
  if (declared.empty()) return "is not known, and there are no extras here";
  return absl::StrCat("is not known; the extras here are ", absl::StrJoin(declared, ", "));
}

std::string ExplainDeclaredExtra(const char* verb, const std::string& name, const Offerings& offerings) {
  std::vector<std::string> texts;
  for (const Offering* const offering : offerings) {
    for (const ExtraSpec& spec : offering->extras) {
      if (spec.name != name) continue;
      std::string text = SpecText(spec);
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
    }
  }
  return absl::StrCat(verb, absl::StrJoin(texts, "; or "));
}

}  // namespace

std::string Explain(const ObstacleAt& obstacle, const Generation& generation, const Offerings& offerings) {
  if (offerings.empty()) return "cannot be had";
  switch (obstacle.kind) {
    case Obstacle::kMode:
      return absl::StrCat("a video ", ModeText(ModeOf(generation)), " is not to be had here; it ",
                          ExplainMode(offerings));
    case Obstacle::kPromptLength:
      return ExplainPrompt(offerings);
    case Obstacle::kInput:
      return "is not taken here";
    case Obstacle::kInlineImage:
      return "must be a URL: pictures by value are not taken here";
    case Obstacle::kPicture:
      return ExplainPicture(offerings);
    case Obstacle::kDuration:
      return ExplainDuration(offerings);
    case Obstacle::kResolution:
      return absl::StrCat("must be one of ", UnionText(offerings, &Offering::resolutions));
    case Obstacle::kAspectRatio:
      return absl::StrCat("must be one of ", UnionText(offerings, &Offering::aspect_ratios));
    case Obstacle::kAudio:
      return ExplainAudio(offerings);
    case Obstacle::kFrameRate:
      return ExplainFrameRate(offerings);
    case Obstacle::kCount:
      return ExplainCount(offerings);
    case Obstacle::kUnknownExtra:
      return ExplainUnknownExtra(obstacle.extra, offerings);
    case Obstacle::kExtraValue:
      return ExplainDeclaredExtra("must be ", obstacle.extra, offerings);
    case Obstacle::kMissingExtra:
      return ExplainDeclaredExtra("is required: ", obstacle.extra, offerings);
    case Obstacle::kRule:
      return obstacle.description;
  }
  return "";
}

}  // namespace zoetrope
