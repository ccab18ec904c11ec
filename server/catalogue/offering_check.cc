#include "server/catalogue/offering_check.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include "absl/time/civil_time.h"
#include "server/base/limits.h"
#include "server/catalogue/price_check.h"
#include "server/catalogue/rule_check.h"
#include "server/catalogue/vocabulary.h"

namespace zoetrope {
namespace {

constexpr std::string_view kAuto = "auto";

bool IsWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// Words joined by dots.
bool IsPath(std::string_view path) {
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    if (!IsWord(path.substr(0, dot))) return false;
    path.remove_prefix(dot + 1);
  }
  return IsWord(path);
}

class OfferingCheck {
 public:
  OfferingCheck(const Offering& offering, const std::string& path, const Report& report)
      : offering_(offering), path_(path), report_(report) {}

  void Run() {
    CheckValues();
    CheckLifecycle();
    CheckEvidence();
    CheckBindings();
    CheckInputs();
    CheckSelectors();
    CheckSizes();
    CheckPaths();
    for (std::size_t i = 0; i < offering_.extras.size(); ++i)
      CheckExtra(offering_.extras[i], At(path_, "extras", i));
    CheckExtraNames();
    CheckRules(offering_, path_, report_);
    CheckPrices(offering_, path_, report_);
  }

 private:
  void Complain(const std::string& at, std::string message) const { report_(at, std::move(message)); }

  void CheckValues() const {
    if (offering_.resolutions.empty()) Complain(At(path_, "resolutions"), "resolutions: must not be empty");
    if (offering_.aspect_ratios.empty())
      Complain(At(path_, "aspect_ratios"), "aspect_ratios: must not be empty");
    CheckUnique(offering_.resolutions, "resolutions");
    CheckUnique(offering_.aspect_ratios, "aspect_ratios");
    const std::vector<std::int64_t>& durations = offering_.durations_ms;
    for (std::size_t i = 0; i < durations.size(); ++i) {
      if (durations[i] < limits::kDurationMinMillis || durations[i] > limits::kDurationMaxMillis) {
        Complain(At(path_, "durations", i), "durations: a caller can ask for 1s to 60s only");
      }
      if (i > 0 && durations[i] <= durations[i - 1])
        Complain(At(path_, "durations", i), "durations: must rise");
    }
    const PromptLimits& prompt = offering_.prompt;
    if (prompt.max_chars != 0 && prompt.max_chars < prompt.min_chars) {
      Complain(At(path_, "prompt"), "prompt: max_chars is below min_chars");
    }
    CheckPictures();
  }

  void CheckPictures() const {
    const PictureLimits& pictures = offering_.pictures;
    const std::string at = At(path_, "pictures");
    const bool taken =
        Bound(Field::kFirstFrame) || Bound(Field::kLastFrame) || Bound(Field::kReferenceImages);
    if (!(pictures == PictureLimits()) && !taken) Complain(at, "pictures: none are taken");
    for (const std::string& type : pictures.content_types) {
      if (type != "image/jpeg" && type != "image/png" && type != "image/webp")
        Complain(at, type + ": no picture of a request is of this type");
    }
    if (pictures.max_side_px != 0 && pictures.max_side_px < pictures.min_side_px)
      Complain(at, "pictures: max_side_px is below min_side_px");
  }

  void CheckUnique(const std::vector<std::string>& values, std::string_view key) const {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty()) Complain(At(path_, key, i), std::string(key) + ": must not be empty");
      if (!seen.insert(values[i]).second) Complain(At(path_, key, i), values[i] + ": stands here twice");
    }
  }

  void CheckLifecycle() const {
    const Lifecycle& lifecycle = offering_.lifecycle;
    if (!lifecycle.sunset_date.empty() && !IsDate(lifecycle.sunset_date)) {
      Complain(At(path_, "lifecycle.sunset_date"), "sunset_date: must be a day as YYYY-MM-DD");
    }
  }

  void CheckBindings() const {
    for (const Binding& binding : offering_.bindings) {
      const std::string name = WordOf(kFieldWords, binding.field);
      const std::string at = At(path_, "bindings." + name);
      const bool is_frame = binding.field == Field::kFirstFrame || binding.field == Field::kLastFrame;
      const bool is_list = binding.field == Field::kReferenceImages ||
                           binding.field == Field::kReferenceVideos ||
                           binding.field == Field::kReferenceAudios;
      switch (binding.encoding) {
        case Encoding::kNatural:
          if (is_list) Complain(at, name + ": a list needs the encoding array");
          break;
        case Encoding::kDecimalString:
        case Encoding::kSecondsString:
          if (binding.field != Field::kDuration) Complain(at, name + ": this encoding is for a duration");
          break;
        case Encoding::kTaggedFrame:
          if (!is_frame) Complain(at, name + ": the encoding tagged_frame is for a frame");
          if (binding.tag.empty()) Complain(at, name + ": the encoding tagged_frame needs a tag");
          break;
        case Encoding::kArray:
          if (!is_frame && !is_list)
            Complain(at, name + ": the encoding array is for pictures, videos and sounds");
          break;
        case Encoding::kContentItem:
          if (!is_frame && !is_list && binding.field != Field::kPrompt)
            Complain(at, name + ": the encoding content_item is for the prompt, pictures, videos and sounds");
          if (binding.tag.empty()) Complain(at, name + ": the encoding content_item needs a tag");
          break;
      }
      if (!binding.tag.empty() && !IsItem(binding)) {
        Complain(at, name + ": a tag needs the encoding tagged_frame or content_item");
      }
      if (!binding.role.empty() && binding.encoding != Encoding::kContentItem) {
        Complain(at, name + ": a role needs the encoding content_item");
      }
      CheckSpelling(binding, name, at);
    }
  }

  // Whether several bindings may share the path, each with items of its own.
  static bool IsItem(const Binding& binding) {
    return binding.encoding == Encoding::kTaggedFrame || binding.encoding == Encoding::kContentItem;
  }

  void CheckSpelling(const Binding& binding, const std::string& name, const std::string& at) const {
    if (binding.spelling.empty()) return;
    static const std::vector<std::string> kSwitch = {"true", "false"};
    if (binding.field != Field::kResolution && binding.field != Field::kAspectRatio &&
        binding.field != Field::kAudio) {
      Complain(at, name + ": only a resolution, an aspect ratio or sound has a spelling");
      return;
    }
    const auto& offered = binding.field == Field::kAudio        ? kSwitch
                          : binding.field == Field::kResolution ? offering_.resolutions
                                                                : offering_.aspect_ratios;
    for (const auto& [canonical, spelt] : binding.spelling) {
      if (!Contains(offered, canonical))
        Complain(at, name + ": spells " + canonical + ", which is not offered");
    }
  }

  bool Bound(Field field) const { return offering_.Find(field) != nullptr; }

  // Which inputs the mode is made of; what it is not made of could never be used.
  void CheckInputs() const {
    const Mode mode = offering_.mode;
    const bool reference = mode == Mode::kReferenceToVideo;
    const bool earlier = mode == Mode::kRemix || mode == Mode::kExtend;
    Need(Field::kPrompt);
    if (mode == Mode::kImageToVideo || mode == Mode::kFirstLastFrame) Need(Field::kFirstFrame);
    if (mode == Mode::kFirstLastFrame) Need(Field::kLastFrame);
    if (earlier) Need(Field::kSourceVideo);
    if (reference && !Bound(Field::kReferenceImages) && !Bound(Field::kReferenceVideos) &&
        !Bound(Field::kReferenceAudios)) {
      Complain(At(path_, "bindings"), "bindings: this mode needs a reference");
    }
    if (mode == Mode::kTextToVideo || earlier) Forbid(Field::kFirstFrame);
    if (mode != Mode::kFirstLastFrame && !reference) Forbid(Field::kLastFrame);
    if (!earlier) Forbid(Field::kSourceVideo);
    if (!reference) {
      Forbid(Field::kReferenceImages);
      Forbid(Field::kReferenceVideos);
      Forbid(Field::kReferenceAudios);
    }
  }

  void Need(Field field) const {
    if (!Bound(field))
      Complain(At(path_, "bindings"), "bindings: this mode needs " + WordOf(kFieldWords, field));
  }
  void Forbid(Field field) const {
    const std::string name = WordOf(kFieldWords, field);
    if (Bound(field)) Complain(At(path_, "bindings." + name), name + ": this mode never has it");
  }

  // A choice that is offered must be sent, and what is sent must be a choice.
  void CheckSelectors() const {
    if (offering_.durations_ms.size() > 1 && !Bound(Field::kDuration)) {
      Complain(At(path_, "durations"), "durations: more than one, and no binding to say which");
    }
    if (offering_.durations_ms.empty() && Bound(Field::kDuration)) {
      Complain(At(path_, "bindings.duration"), "duration: is bound, and no durations are listed");
    }
    if (offering_.sizes.empty()) {
      if (offering_.resolutions.size() > 1 && !Bound(Field::kResolution)) {
        Complain(At(path_, "resolutions"),
                 "resolutions: more than one, and neither binding nor sizes to say which");
      }
      if (offering_.aspect_ratios.size() > 1 && !Bound(Field::kAspectRatio)) {
        Complain(At(path_, "aspect_ratios"),
                 "aspect_ratios: more than one, and neither binding nor sizes to say which");
      }
    } else if (Bound(Field::kResolution) || Bound(Field::kAspectRatio)) {
      Complain(At(path_, "sizes"), "sizes: stand in place of the bindings of resolution and aspect_ratio");
    }
    CheckFrameRates();
    if ((offering_.audio == AudioSupport::kSelectable) != Bound(Field::kAudio)) {
      Complain(At(path_, "audio"), "audio: selectable and the binding of audio go together");
    }
    if (offering_.count_max > 1 && !Bound(Field::kCount)) {
      Complain(At(path_, "count_max"), "count_max: more than one, and no binding of count");
    }
    if (offering_.count_max > limits::kCountMax) {
      Complain(At(path_, "count_max"), "count_max: a caller can ask for 4 only");
    }
  }

  void CheckFrameRates() const {
    const std::vector<std::int32_t>& rates = offering_.frame_rates;
    const std::int32_t standard = offering_.default_frame_rate_hertz;
    if ((!rates.empty() || standard != 0) && !Bound(Field::kFrameRate)) {
      Complain(At(path_, "frame_rates"), "frame_rates: no binding of frame_rate");
    }
    if (standard != 0 && !rates.empty() && !Contains(rates, standard)) {
      Complain(At(path_, "default_frame_rate"), "default_frame_rate: is not among frame_rates");
    }
  }

  void CheckEvidence() const {
    if (offering_.source.empty() != offering_.as_of_date.empty())
      Complain(At(path_, "source"), "source: the page and the day go together");
    if (!offering_.source.empty() && !offering_.source.starts_with("https://"))
      Complain(At(path_, "source"), "source: must be the https URL of a public page");
    if (!offering_.as_of_date.empty() && !IsDate(offering_.as_of_date))
      Complain(At(path_, "as_of_date"), "as_of_date: must be a day as YYYY-MM-DD");
  }

  void CheckSizes() const {
    if (offering_.sizes.empty()) return;
    std::set<std::pair<std::string, std::string>> covered;
    for (std::size_t i = 0; i < offering_.sizes.size(); ++i) {
      const SizeRow& row = offering_.sizes[i];
      const std::string at = At(path_, "sizes", i);
      if (!Contains(offering_.resolutions, row.resolution))
        Complain(at, row.resolution + ": is not an offered resolution");
      if (!Contains(offering_.aspect_ratios, row.aspect_ratio))
        Complain(at, row.aspect_ratio + ": is not an offered ratio");
      if (row.set.empty()) Complain(at, "set: must not be empty");
      if (!covered.emplace(row.resolution, row.aspect_ratio).second)
        Complain(at, "this size stands here twice");
    }
    for (const std::string& resolution : offering_.resolutions) {
      for (const std::string& ratio : offering_.aspect_ratios) {
        // Whoever follows the picture is told no size.
        if (ratio == kAuto || covered.contains({resolution, ratio})) continue;
        Complain(At(path_, "sizes"), "sizes: " + resolution + " at " + ratio + " is offered and has no row");
      }
    }
  }

  // Two writers of one place, or one inside the other.
  void CheckPaths() const {
    std::map<std::string, std::string> writers;  // path → who
    const auto add = [&](const std::string& place, const std::string& who, const std::string& at) {
      if (!IsPath(place)) {
        Complain(at, who + ": " + place + " is not a dotted path");
        return;
      }
      for (const auto& [other, writer] : writers) {
        const bool inside = place.starts_with(other + ".") || other.starts_with(place + ".");
        if (other == place || inside)
          Complain(at, who + ": " + place + " collides with " + writer + " at " + other);
      }
      writers.emplace(place, who);
    };
    std::map<std::string, std::set<std::string>> items;
    for (const Binding& binding : offering_.bindings) {
      const std::string name = WordOf(kFieldWords, binding.field);
      const std::string at = At(path_, "bindings." + name);
      if (IsItem(binding)) {
        std::set<std::string>& tags = items[binding.path];
        if (!tags.insert(binding.tag + " " + binding.role).second)
          Complain(at, name + ": the tag " + binding.tag + " is taken");
        if (tags.size() > 1) continue;  // a further item of the same array
      }
      add(binding.path, name, at);
    }
    for (const JsonConstant& constant : offering_.constants) {
      add(constant.path, "a constant", At(path_, "constants." + constant.path));
    }
    for (std::size_t i = 0; i < offering_.extras.size(); ++i) {
      add(offering_.extras[i].path, offering_.extras[i].name, At(path_, "extras", i));
    }
    const std::map<std::string, std::string> others = writers;
    for (std::size_t i = 0; i < offering_.sizes.size(); ++i) {
      writers = others;  // rows stand for one another
      for (const JsonConstant& constant : offering_.sizes[i].set)
        add(constant.path, "a size", At(path_, "sizes", i));
    }
  }

  void CheckExtra(const ExtraSpec& extra, const std::string& at) const {
    const bool numeric = extra.type == ParameterType::kInteger || extra.type == ParameterType::kNumber;
    if ((extra.minimum || extra.maximum) && !numeric)
      Complain(at, extra.name + ": only a number has a range");
    if (extra.minimum && extra.maximum && *extra.minimum > *extra.maximum)
      Complain(at, extra.name + ": an empty range");
    if (extra.deletes_video && extra.type != ParameterType::kBool)
      Complain(at, extra.name + ": only a bool deletes the video");
    if (extra.required && extra.default_value) Complain(at, extra.name + ": is required and has a default");
    if (extra.default_value && !extra.allowed_values.empty() &&
        !Contains(extra.allowed_values, *extra.default_value)) {
      Complain(at, extra.name + ": the default is not an allowed value");
    }
    std::vector<ParameterValue> values = extra.allowed_values;
    if (extra.default_value) values.push_back(*extra.default_value);
    for (const ParameterValue& value : values) {
      if (value.index() != static_cast<std::size_t>(extra.type)) {
        Complain(at, extra.name + ": a value is not of the declared type");
        continue;
      }
      const double number = std::holds_alternative<std::int64_t>(value)
                                ? static_cast<double>(std::get<std::int64_t>(value))
                            : std::holds_alternative<double>(value) ? std::get<double>(value)
                                                                    : 0;
      if (numeric &&
          ((extra.minimum && number < *extra.minimum) || (extra.maximum && number > *extra.maximum))) {
        Complain(at, extra.name + ": a value lies outside of the range");
      }
    }
  }

  void CheckExtraNames() const {
    std::set<std::string> names;
    for (std::size_t i = 0; i < offering_.extras.size(); ++i) {
      const std::string& name = offering_.extras[i].name;
      const std::string at = At(path_, "extras", i);
      if (!IsPath(name) || name.size() > limits::kExtraNameChars)
        Complain(at, name + ": is not a name for an extra");
      if (!names.insert(name).second) Complain(at, name + ": stands here twice");
      if (offering_.refused_extras.contains(name)) Complain(at, name + ": is taken and refused");
    }
  }

  const Offering& offering_;
  const std::string& path_;
  const Report& report_;
};

}  // namespace

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t length) {
    int value = -1;
    const char* const begin = text.data() + from;
    const auto [end, error] = std::from_chars(begin, begin + length, value);
    return error == std::errc() && end == begin + length ? value : -1;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  // CivilDay carries what does not fit over to the next month.
  const absl::CivilDay civil(year, month, day);
  return civil.year() == year && civil.month() == month && civil.day() == day;
}

void CheckOffering(const Offering& offering, const std::string& path, const Report& report) {
  OfferingCheck(offering, path, report).Run();
}

}  // namespace zoetrope
