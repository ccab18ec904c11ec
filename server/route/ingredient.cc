#include "server/route/ingredient.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace zoetrope {

bool IsGiven(const Generation& generation, Field field) {
  switch (field) {
    case Field::kNegativePrompt:
      return !generation.negative_prompt.empty();
    case Field::kFirstFrame:
      return generation.first_frame.has_value();
    case Field::kLastFrame:
      return generation.last_frame.has_value();
    case Field::kReferenceImages:
      return !generation.reference_images.empty();
    case Field::kReferenceVideos:
      return !generation.reference_video_urls.empty();
    case Field::kReferenceAudios:
      return !generation.reference_audio_urls.empty();
    case Field::kAudioTrack:
      return !generation.audio_track_url.empty();
    case Field::kSourceVideo:
      return generation.source_video.has_value();
    case Field::kSeed:
      return generation.seed.has_value();
    case Field::kFrameRate:
      return generation.frame_rate_hertz > 0;
    case Field::kPrompt:
    case Field::kDuration:
    case Field::kResolution:
    case Field::kAspectRatio:
    case Field::kAudio:
    case Field::kCount:
      break;
  }
  return true;
}

const char* PathOf(Field field) {
  switch (field) {
    case Field::kPrompt:
      return "generation.prompt";
    case Field::kNegativePrompt:
      return "generation.negative_prompt";
    case Field::kFirstFrame:
      return "generation.first_frame";
    case Field::kLastFrame:
      return "generation.last_frame";
    case Field::kReferenceImages:
      return "generation.reference_images";
    case Field::kReferenceVideos:
      return "generation.reference_video_urls";
    case Field::kReferenceAudios:
      return "generation.reference_audio_urls";
    case Field::kAudioTrack:
      return "generation.audio_track_url";
    case Field::kSourceVideo:
      return "generation.source_video";
    case Field::kDuration:
      return "generation.duration";
    case Field::kResolution:
      return "generation.resolution";
    case Field::kAspectRatio:
      return "generation.aspect_ratio";
    case Field::kAudio:
      return "generation.audio";
    case Field::kSeed:
      return "generation.seed";
    case Field::kFrameRate:
      return "generation.frame_rate_hertz";
    case Field::kCount:
      return "generation.count";
  }
  return "generation";
}

bool IsGiven(const Generation& generation, const Ingredient& ingredient) {
  if (const Field* const field = std::get_if<Field>(&ingredient)) return IsGiven(generation, *field);
  const std::string& name = std::get<std::string>(ingredient);
  return std::any_of(generation.extras.begin(), generation.extras.end(),
                     [&name](const Parameter& extra) { return extra.name == name; });
}

std::string PathOf(const Ingredient& ingredient) {
  if (const Field* const field = std::get_if<Field>(&ingredient)) return PathOf(*field);
  return ExtraPath(std::get<std::string>(ingredient));
}

std::string ExtraPath(const std::string& name) { return absl::StrCat("generation.extras[\"", name, "\"]"); }

}  // namespace zoetrope
