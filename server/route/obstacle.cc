#include "server/route/obstacle.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"
#include "server/route/ingredient.h"
#include "server/route/rule_check.h"

namespace zoetrope {
namespace {

template <typename T>
bool Contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

bool PromptFits(const std::string& prompt, const PromptLimits& limits) {
  const auto chars = static_cast<std::int64_t>(CountCodePoints(prompt).value_or(0));
  if (chars < limits.min_chars || (limits.max_chars != 0 && chars > limits.max_chars)) return false;
  return limits.max_bytes == 0 || prompt.size() <= static_cast<std::size_t>(limits.max_bytes);
}

bool Matches(const ParameterValue& value, const ExtraSpec& spec) {
  // The alternatives of ParameterValue stand in the order of ParameterType.
  if (value.index() != static_cast<std::size_t>(spec.type)) return false;
  if (!spec.allowed_values.empty() && !Contains(spec.allowed_values, value)) return false;
  if (const std::int64_t* const whole = std::get_if<std::int64_t>(&value)) {
    const auto number = static_cast<double>(*whole);
    return !(spec.minimum && number < *spec.minimum) && !(spec.maximum && number > *spec.maximum);
  }
  if (const double* const number = std::get_if<double>(&value)) {
    // Written so that NaN matches nothing.
    return (!spec.minimum || *number >= *spec.minimum) && (!spec.maximum || *number <= *spec.maximum) &&
           *number == *number;
  }
  return true;
}

const ExtraSpec* FindExtra(const Offering& offering, const std::string& name) {
  for (const ExtraSpec& spec : offering.extras) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

// The field by which a caller chose the mode that he has.
std::string ModeField(const Generation& generation) {
  switch (ModeOf(generation)) {
    case Mode::kTextToVideo:
    case Mode::kImageToVideo:
      return "generation.first_frame";
    case Mode::kFirstLastFrame:
      return "generation.last_frame";
    case Mode::kReferenceToVideo:
      if (!generation.reference_images.empty()) return "generation.reference_images";
      return generation.reference_video_urls.empty() ? "generation.reference_audio_urls"
                                                     : "generation.reference_video_urls";
    case Mode::kRemix:
    case Mode::kExtend:
      return "generation.source_video";
  }
  return "generation";
}

// What an offering may have no place for.
constexpr Field kInputs[] = {
    Field::kNegativePrompt,  Field::kFirstFrame,      Field::kLastFrame,
    Field::kReferenceImages, Field::kReferenceVideos, Field::kReferenceAudios,
    Field::kAudioTrack,      Field::kSourceVideo,     Field::kSeed,
    Field::kFrameRate,
};

// Whether the mode itself is what the input is for: then kMode has said it.
bool MakesMode(Field field) {
  return field == Field::kFirstFrame || field == Field::kLastFrame || field == Field::kReferenceImages ||
         field == Field::kReferenceVideos || field == Field::kReferenceAudios || field == Field::kSourceVideo;
}

bool PictureFits(const BlobRef& picture, const PictureLimits& limits) {
  if (!limits.content_types.empty() && !Contains(limits.content_types, picture.content_type)) return false;
  if (limits.max_bytes != 0 && picture.size_bytes > limits.max_bytes) return false;
  const std::int64_t shorter = std::min(picture.width_px, picture.height_px);
  const std::int64_t longer = std::max(picture.width_px, picture.height_px);
  if (shorter < limits.min_side_px || (limits.max_side_px != 0 && longer > limits.max_side_px)) return false;
  constexpr std::int64_t kPercent = 100;
  return limits.max_ratio_percent == 0 || longer * kPercent <= shorter * limits.max_ratio_percent;
}

void FindInPictures(const Generation& generation, const Offering& offering, std::vector<ObstacleAt>& found) {
  const auto check = [&](const Image& image, const std::string& path) {
    if (image.blob() == nullptr) return;
    if (!offering.inline_images) return found.push_back({Obstacle::kInlineImage, path + ".data", ""});
    if (!PictureFits(*image.blob(), offering.pictures))
      found.push_back({Obstacle::kPicture, path + ".data", ""});
  };
  if (generation.first_frame) check(*generation.first_frame, "generation.first_frame");
  if (generation.last_frame) check(*generation.last_frame, "generation.last_frame");
  for (std::size_t i = 0; i < generation.reference_images.size(); ++i) {
    check(generation.reference_images[i], absl::StrCat("generation.reference_images[", i, "]"));
  }
}

void FindInExtras(const Generation& generation, const Offering& offering, std::vector<ObstacleAt>& found) {
  for (const Parameter& extra : generation.extras) {
    const ExtraSpec* const spec = FindExtra(offering, extra.name);
    if (spec == nullptr) {
      found.push_back({Obstacle::kUnknownExtra, ExtraPath(extra.name), extra.name});
    } else if (!Matches(extra.value, *spec)) {
      found.push_back({Obstacle::kExtraValue, ExtraPath(extra.name), extra.name});
    }
  }
  for (const ExtraSpec& spec : offering.extras) {
    const bool given = std::any_of(generation.extras.begin(), generation.extras.end(),
                                   [&](const Parameter& extra) { return extra.name == spec.name; });
    if (spec.required && !given) found.push_back({Obstacle::kMissingExtra, ExtraPath(spec.name), spec.name});
  }
}

bool AudioFits(const Generation& generation, const Offering& offering) {
  if (!generation.audio || offering.audio == AudioSupport::kSelectable) return true;
  return *generation.audio == (offering.audio == AudioSupport::kAlways);
}

}  // namespace

std::vector<ObstacleAt> FindObstacles(const Generation& generation, const Offering& offering) {
  std::vector<ObstacleAt> found;
  const bool other_mode = ModeOf(generation) != offering.mode;
  if (other_mode) found.push_back({Obstacle::kMode, ModeField(generation), ""});
  if (!PromptFits(generation.prompt, offering.prompt))
    found.push_back({Obstacle::kPromptLength, "generation.prompt", ""});
  for (const Field field : kInputs) {
    if (!IsGiven(generation, field) || offering.Find(field) != nullptr || (other_mode && MakesMode(field)))
      continue;
    found.push_back({Obstacle::kInput, PathOf(field), ""});
  }
  FindInPictures(generation, offering, found);
  if (generation.duration_ms && !offering.durations_ms.empty() &&
      !Contains(offering.durations_ms, *generation.duration_ms)) {
    found.push_back({Obstacle::kDuration, "generation.duration", ""});
  }
  if (!Contains(offering.resolutions, generation.resolution)) {
    found.push_back({Obstacle::kResolution, "generation.resolution", ""});
  }
  if (!Contains(offering.aspect_ratios, generation.aspect_ratio)) {
    found.push_back({Obstacle::kAspectRatio, "generation.aspect_ratio", ""});
  }
  if (!AudioFits(generation, offering)) found.push_back({Obstacle::kAudio, "generation.audio", ""});
  if (generation.frame_rate_hertz > 0 && !offering.frame_rates.empty() &&
      !Contains(offering.frame_rates, generation.frame_rate_hertz)) {
    found.push_back({Obstacle::kFrameRate, "generation.frame_rate_hertz", ""});
  }
  if (generation.count > offering.count_max) found.push_back({Obstacle::kCount, "generation.count", ""});
  FindInExtras(generation, offering, found);
  // A rule speaks of values that the offering has; what it has not is said above.
  if (!found.empty()) return found;
  for (BrokenRule& broken : FindBrokenRules(generation, offering)) {
    found.push_back({Obstacle::kRule, std::move(broken.field), "", std::move(broken.description)});
  }
  return found;
}

}  // namespace zoetrope
