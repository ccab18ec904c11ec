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
#include "server/domain/field.h"
#include "server/domain/generation.h"
#include "server/domain/price_row.h"
#include "server/domain/rule.h"

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

// Whether sound is there.
enum class AudioSupport { kNever, kAlways, kSelectable };

// A literal to be put into a request's JSON: `text` is JSON (`8`, `"720p"`, `true`) for the dotted `path`.
struct JsonConstant {
  std::string path;
  std::string text;

  bool operator==(const JsonConstant&) const = default;
};

// How a value is written.
enum class Encoding {
  kNatural,  // text as a JSON string, a switch as true/false, a number as a number; a picture as its URL or
             // data URI
  kDecimalString,  // a duration of 8 s as "8"
  kSecondsString,  // a duration of 8 s as "8s"
  kTaggedFrame,    // a picture appended to the array at `path` as {"image": …, "frame": tag}
  kArray,          // pictures or URLs as an array of strings at `path`
  kContentItem,  // appended to the array at `path` as {"type": tag, tag: {"url": …}}, with a `role` where the
                 // binding has one; a text as {"type": tag, tag: text}
};

// Where and how one field goes into a request.
struct Binding {
  Field field = Field::kPrompt;
  std::string path;  // dotted, as in `inputs.frameImages`
  Encoding encoding = Encoding::kNatural;
  std::string tag;                              // for kTaggedFrame and kContentItem
  std::map<std::string, std::string> spelling;  // canonical text → the provider's, where they differ
  std::string role = {};                        // for kContentItem; empty: none

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
  bool deletes_video = false;  // a switch that, when on, leaves no video at the provider to remix or extend

  bool operator==(const ExtraSpec&) const = default;
};

// Values a provider takes for the size of the prompt, in characters (code points) unless said otherwise.
struct PromptLimits {
  std::int32_t min_chars = 1;
  std::int32_t max_chars = 0;  // 0: not stated
  std::int32_t max_bytes = 0;  // 0: not stated

  bool operator==(const PromptLimits&) const = default;
};

// Whether a generation that brings no video is charged; nullopt: nothing is known of this one.
struct BillingHabit {
  std::optional<bool> failed;
  std::optional<bool> moderated;  // failed because of what was asked for, or of what came of it
  std::optional<bool> cancelled;  // while it was being made; one that waits costs nothing anywhere

  bool operator==(const BillingHabit&) const = default;
};

// What a provider takes for a picture; 0 or empty: not stated. Only of a picture given by value can it be
// seen before the submission.
struct PictureLimits {
  std::vector<std::string> content_types;
  std::int64_t max_bytes = 0;
  std::int32_t min_side_px = 0;
  std::int32_t max_side_px = 0;
  std::int32_t max_ratio_percent = 0;  // of the long side to the short one: 250 is 2.5:1

  bool operator==(const PictureLimits&) const = default;
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
  std::vector<std::int32_t> frame_rates;      // per second; empty: any that a binding takes
  std::int32_t default_frame_rate_hertz = 0;  // sent where the caller names none; 0: nothing is sent
  bool inline_images = false;                 // whether a picture's bytes can be sent
  std::int32_t count_max = 1;
  PromptLimits prompt;
  PictureLimits pictures;
  std::vector<Binding> bindings;  // each field at most once; a field without a binding cannot be sent
  std::vector<SizeRow>
      sizes;  // empty: resolution and aspect ratio go by their bindings, or follow the picture
  std::vector<JsonConstant> constants;
  std::vector<ExtraSpec> extras;
  std::map<std::string, std::string>
      refused_extras;            // what a reader of the provider's page may try, and why it is not taken
  std::vector<Rule> rules;       // all hold for what is sent
  std::vector<PriceRow> prices;  // empty: not published
  std::vector<Surcharge> surcharges;
  BillingHabit bills;
  Money unit_price_of_report;  // per unit, where the provider reports units instead of an amount; zero: it
                               // does not
  absl::Duration typical_duration = absl::Seconds(120);  // from acceptance to the result
  bool may_substitute = false;  // the provider may serve another model without saying so
  std::string source;           // https URL of the page that the row is from; empty: not stated
  std::string as_of_date;       // YYYY-MM-DD on which that was read

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
