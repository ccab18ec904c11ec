// The words of the catalogue's syntax, for its reader and its writer.
#ifndef ZOETROPE_SERVER_CATALOGUE_VOCABULARY_H_
#define ZOETROPE_SERVER_CATALOGUE_VOCABULARY_H_

#include <string>
#include <string_view>

#include "server/catalogue/yaml_reader.h"
#include "server/domain/offering.h"

namespace zoetrope {

inline constexpr Word<Mode> kModeWords[] = {
    {"text_to_video", Mode::kTextToVideo},
    {"image_to_video", Mode::kImageToVideo},
    {"first_last_frame", Mode::kFirstLastFrame},
    {"reference_to_video", Mode::kReferenceToVideo},
    {"remix", Mode::kRemix},
    {"extend", Mode::kExtend},
};

inline constexpr Word<LifecycleState> kLifecycleWords[] = {
    {"active", LifecycleState::kActive},
    {"deprecating", LifecycleState::kDeprecating},
    {"retired", LifecycleState::kRetired},
    {"disabled", LifecycleState::kDisabled},
};

inline constexpr Word<AudioSupport> kAudioWords[] = {
    {"never", AudioSupport::kNever},
    {"always", AudioSupport::kAlways},
    {"selectable", AudioSupport::kSelectable},
};

inline constexpr Word<Field> kFieldWords[] = {
    {"prompt", Field::kPrompt},
    {"negative_prompt", Field::kNegativePrompt},
    {"first_frame", Field::kFirstFrame},
    {"last_frame", Field::kLastFrame},
    {"reference_images", Field::kReferenceImages},
    {"reference_videos", Field::kReferenceVideos},
    {"reference_audios", Field::kReferenceAudios},
    {"audio_track", Field::kAudioTrack},
    {"source_video", Field::kSourceVideo},
    {"duration", Field::kDuration},
    {"resolution", Field::kResolution},
    {"aspect_ratio", Field::kAspectRatio},
    {"audio", Field::kAudio},
    {"seed", Field::kSeed},
    {"frame_rate", Field::kFrameRate},
    {"count", Field::kCount},
};

inline constexpr Word<Encoding> kEncodingWords[] = {
    {"natural", Encoding::kNatural},
    {"decimal_string", Encoding::kDecimalString},
    {"seconds_string", Encoding::kSecondsString},
    {"tagged_frame", Encoding::kTaggedFrame},
    {"array", Encoding::kArray},
    {"content_item", Encoding::kContentItem},
};

inline constexpr Word<ParameterType> kParameterTypeWords[] = {
    {"string", ParameterType::kString},
    {"integer", ParameterType::kInteger},
    {"number", ParameterType::kNumber},
    {"bool", ParameterType::kBool},
};

inline constexpr Word<PriceUnit> kPriceUnitWords[] = {
    {"second", PriceUnit::kSecond},
    {"video", PriceUnit::kVideo},
    {"million_tokens", PriceUnit::kMillionTokens},
};

inline constexpr Word<SurchargeUnit> kSurchargeUnitWords[] = {
    {"input_image", SurchargeUnit::kInputImage},
    {"input_video_second", SurchargeUnit::kInputVideoSecond},
};

template <typename T, std::size_t kSize>
std::string WordOf(const Word<T> (&words)[kSize], T value) {
  for (const Word<T>& word : words) {
    if (word.value == value) return std::string(word.text);
  }
  return "";
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_VOCABULARY_H_
