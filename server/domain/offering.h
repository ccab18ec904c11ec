// A catalogue's rows as values: what one model in one mode at one provider's dialect can do, how it is asked
// for, what it costs.
#ifndef ZOETROPE_SERVER_DOMAIN_OFFERING_H_
#define ZOETROPE_SERVER_DOMAIN_OFFERING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/generation.h"

namespace zoetrope {

enum class LifecycleState { kActive, kDeprecating, kRetired, kDisabled };

struct Lifecycle {
  LifecycleState state = LifecycleState::kActive;
  std::string
      sunset_date;  // YYYY-MM-DD; empty: none known. From that day (UTC) on the model counts as retired.
  std::string replacement;  // model id
  std::string reason;

  bool operator==(const Lifecycle&) const = default;
};

enum class PriceUnit { kSecond, kVideo };

// A row holds for a generation when every condition that it has holds; the row with the most conditions
// counts.
struct PriceRow {
  PriceUnit unit = PriceUnit::kSecond;
  Money amount;
  std::string resolution;                   // empty: all
  std::optional<bool> audio;                // nullopt: both
  std::optional<std::int64_t> duration_ms;  // nullopt: all
  bool estimate = false;                    // the provider bills by something that is known only afterwards
  std::string source;
  std::string as_of_date;  // YYYY-MM-DD

  bool operator==(const PriceRow&) const = default;
};

// Whether sound is there.
enum class AudioSupport { kNever, kAlways, kSelectable };

// A literal to be put into a request's JSON: `text` is JSON (`8`, `"720p"`, `true`) for the dotted `path`.
struct JsonConstant {
  std::string path;
  std::string text;

  bool operator==(const JsonConstant&) const = default;
};

// A field of the generation that a request can carry.
enum class Field {
  kPrompt,
  kNegativePrompt,
  kFirstFrame,
  kLastFrame,
  kReferenceImages,
  kReferenceVideos,
  kReferenceAudios,
  kAudioTrack,
  kSourceVideo,
  kDuration,
  kResolution,
  kAspectRatio,
  kAudio,
  kSeed,
  kFrameRate,
  kCount,
};

// How a value is written.
enum class Encoding {
  kNatural,  // text as a JSON string, a switch as true/false, a number as a number; a picture as its URL or
             // data URI
  kDecimalString,  // a duration of 8 s as "8"
  kSecondsString,  // a duration of 8 s as "8s"
  kTaggedFrame,    // a picture appended to the array at `path` as {"image": …, "frame": tag}
  kArray,          // pictures or URLs as an array of strings at `path`
};

// Where and how one field goes into a request.
struct Binding {
  Field field = Field::kPrompt;
  std::string path;  // dotted, as in `inputs.frameImages`
  Encoding encoding = Encoding::kNatural;
  std::string tag;                              // for kTaggedFrame
  std::map<std::string, std::string> spelling;  // canonical text → the provider's, where they differ

  bool operator==(const Binding&) const = default;
};

// Some offerings take sizes as a closed list instead of a tier and a ratio.
struct SizeRow {
  std::string resolution;
  std::string aspect_ratio;
  std::vector<JsonConstant> set;

  bool operator==(const SizeRow&) const = default;
};

enum class ParameterType { kString, kInteger, kNumber, kBool };

// Something that only this offering has.
struct ExtraSpec {
  std::string name;
  std::string path;
  ParameterType type = ParameterType::kString;
  std::string description;
  bool required = false;
  std::optional<ParameterValue>
      default_value;                           // is sent when the caller names none; nullopt: nothing is sent
  std::vector<ParameterValue> allowed_values;  // empty: the range decides
  std::optional<double> minimum;
  std::optional<double> maximum;

  bool operator==(const ExtraSpec&) const = default;
};

// Values a provider takes for the size of the prompt, in characters (code points) unless said otherwise.
struct PromptLimits {
  std::int32_t min_chars = 1;
  std::int32_t max_chars = 0;  // 0: not stated
  std::int32_t max_bytes = 0;  // 0: not stated

  bool operator==(const PromptLimits&) const = default;
};

struct Offering {
  std::string id;                 // unique in the catalogue, as in `sora-2/image-to-video@fal`
  std::string model;              // id of the model
  std::string dialect;            // name of the adapter
  std::string provider_model_id;  // endpoint or model id at the provider
  Mode mode = Mode::kTextToVideo;
  Lifecycle lifecycle;                     // of its own; the model's holds as well
  std::vector<std::int64_t> durations_ms;  // sorted; empty: the provider chooses
  std::vector<std::string> resolutions;
  std::vector<std::string> aspect_ratios;
  AudioSupport audio = AudioSupport::kAlways;
  bool inline_images = false;  // whether a picture's bytes can be sent
  std::int32_t count_max = 1;
  PromptLimits prompt;
  std::vector<Binding> bindings;  // each field at most once; a field without a binding cannot be sent
  std::vector<SizeRow>
      sizes;  // empty: resolution and aspect ratio go by their bindings, or follow the picture
  std::vector<JsonConstant> constants;
  std::vector<ExtraSpec> extras;
  std::map<std::string, std::string>
      refused_extras;            // what a reader of the provider's page may try, and why it is not taken
  std::vector<PriceRow> prices;  // empty: not published
  Money unit_price_of_report;    // per unit, where the provider reports units instead of an amount; zero: it
                                 // does not
  absl::Duration typical_duration = absl::Seconds(120);  // from acceptance to the result
  bool may_substitute = false;  // the provider may serve another model without saying so

  // The row's text in the catalogue's own syntax, and its SHA-256: attempts keep it, so that a change of the
  // catalogue does not change what a running job was built from.
  std::string text;
  std::string revision;

  const Binding* Find(Field field) const {
    for (const Binding& binding : bindings) {
      if (binding.field == field) return &binding;
    }
    return nullptr;
  }
};

struct Model {
  std::string id;
  std::string display_name;
  std::string vendor;
  std::vector<std::string> aliases;
  Lifecycle lifecycle;
  std::int64_t default_duration_ms = 0;
  std::string default_resolution;
  std::string default_aspect_ratio;             // with no picture
  std::string default_aspect_ratio_with_image;  // `auto` where the video follows the picture
  bool default_audio = true;
  std::vector<Offering> offerings;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_OFFERING_H_
