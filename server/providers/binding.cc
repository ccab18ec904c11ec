#include "server/providers/binding.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/crypto.h"
#include "server/base/status_macros.h"
#include "server/providers/upload_step.h"

namespace zoetrope {
namespace {

constexpr std::string_view kAuto = "auto";

absl::Status NoPlace(std::string_view what) {
  return absl::FailedPreconditionError("the offering has no place for " + std::string(what));
}

// 8000 as `8`, 4500 as `4.5`.
std::string Seconds(std::int64_t millis) {
  std::string text = std::to_string(millis / 1000);
  if (const std::int64_t rest = millis % 1000; rest != 0) {
    std::string fraction = std::to_string(1000 + rest).substr(1);
    while (fraction.ends_with('0')) fraction.pop_back();
    text += "." + fraction;
  }
  return text;
}

absl::StatusOr<JsonValue> Picture(const Image& image, const SubmitInput& input) {
  if (image.url() != nullptr) return JsonValue::OfString(*image.url());
  if (!input.offering.inline_images) return NoPlace("a picture given by value");
  const auto uploaded = input.preparations.find(UploadStep(image.blob()->sha256));
  if (uploaded != input.preparations.end()) return JsonValue::OfString(uploaded->second);
  const auto blob = input.blobs.find(image.blob()->sha256);
  if (blob == input.blobs.end()) return absl::InternalError("a picture's bytes are not there");
  return JsonValue::OfString("data:" + blob->second.content_type + ";base64," + Base64(blob->second.bytes));
}

JsonValue ToJson(const ParameterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return JsonValue::OfString(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return JsonValue::OfNumber(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return JsonValue::OfBool(*flag);
  char buffer[32];  // the shortest text that reads back as the same double has at most 24 characters
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), std::get<double>(value)).ptr;
  return JsonValue::OfNumber(std::string(buffer, end));
}

// The values that `field` has in the generation: none, one, or a list. `text` is the canonical spelling of a
// single value.
struct FieldValues {
  std::vector<JsonValue> values;
  std::string text;
};

absl::StatusOr<FieldValues> PictureValues(std::span<const Image> images, const SubmitInput& input) {
  FieldValues out;
  for (const Image& image : images) {
    ZOETROPE_ASSIGN_OR_RETURN(JsonValue picture, Picture(image, input));
    out.values.push_back(std::move(picture));
  }
  return out;
}

FieldValues TextValue(std::string text) {
  FieldValues out;
  if (!text.empty()) out.values.push_back(JsonValue::OfString(text));
  out.text = std::move(text);
  return out;
}

FieldValues TextValues(const std::vector<std::string>& texts) {
  FieldValues out;
  for (const std::string& text : texts) out.values.push_back(JsonValue::OfString(text));
  return out;
}

FieldValues NumberValue(std::string text) {
  FieldValues out;
  out.values.push_back(JsonValue::OfNumber(text));
  out.text = std::move(text);
  return out;
}

FieldValues Duration(std::int64_t millis, Encoding encoding) {
  std::string text = Seconds(millis);
  FieldValues out = NumberValue(text);
  if (encoding == Encoding::kDecimalString) out.values = {JsonValue::OfString(text)};
  if (encoding == Encoding::kSecondsString) out.values = {JsonValue::OfString(text + "s")};
  return out;
}

absl::StatusOr<FieldValues> ValuesOf(const Binding& binding, const SubmitInput& input) {
  const Generation& g = input.generation;
  const auto optional_picture = [&input](const std::optional<Image>& image) {
    return PictureValues(image ? std::span<const Image>(&*image, 1) : std::span<const Image>(), input);
  };
  switch (binding.field) {
    case Field::kPrompt:
      return TextValue(g.prompt);
    case Field::kNegativePrompt:
      return TextValue(g.negative_prompt);
    case Field::kFirstFrame:
      return optional_picture(g.first_frame);
    case Field::kLastFrame:
      return optional_picture(g.last_frame);
    case Field::kReferenceImages:
      return PictureValues(g.reference_images, input);
    case Field::kReferenceVideos:
      return TextValues(g.reference_video_urls);
    case Field::kReferenceAudios:
      return TextValues(g.reference_audio_urls);
    case Field::kAudioTrack:
      return TextValue(g.audio_track_url);
    case Field::kSourceVideo:
      return TextValue(g.source_video ? g.source_video->provider_video_id : "");
    case Field::kDuration:
      return g.duration_ms ? Duration(*g.duration_ms, binding.encoding) : FieldValues();
    case Field::kResolution:
      return TextValue(g.resolution);
    case Field::kAspectRatio:
      return TextValue(g.aspect_ratio);
    case Field::kAudio:
      if (!g.audio) return FieldValues();
      return FieldValues{{JsonValue::OfBool(*g.audio)}, *g.audio ? "true" : "false"};
    case Field::kSeed:
      return g.seed ? NumberValue(std::to_string(*g.seed)) : FieldValues();
    case Field::kFrameRate: {
      const std::int32_t rate =
          g.frame_rate_hertz > 0 ? g.frame_rate_hertz : input.offering.default_frame_rate_hertz;
      return rate > 0 ? NumberValue(std::to_string(rate)) : FieldValues();
    }
    case Field::kCount:
      return NumberValue(std::to_string(std::max(g.count, 1)));
  }
  return absl::InternalError("a binding of an unknown field");
}

// `value` as the array at the binding's path holds it.
JsonValue Item(const Binding& binding, JsonValue value) {
  if (binding.encoding == Encoding::kArray) return value;
  JsonValue item = JsonValue::Object();
  if (binding.encoding == Encoding::kTaggedFrame) {
    item.Insert("image", std::move(value));
    item.Insert("frame", JsonValue::OfString(binding.tag));
    return item;
  }
  item.Insert("type", JsonValue::OfString(binding.tag));
  if (binding.field != Field::kPrompt) {
    JsonValue address = JsonValue::Object();
    address.Insert("url", std::move(value));
    value = std::move(address);
  }
  item.Insert(binding.tag, std::move(value));
  if (!binding.role.empty()) item.Insert("role", JsonValue::OfString(binding.role));
  return item;
}

absl::Status AddField(const Binding& binding, const SubmitInput& input, JsonBuilder& builder) {
  ZOETROPE_ASSIGN_OR_RETURN(FieldValues field, ValuesOf(binding, input));
  if (field.values.empty()) return absl::OkStatus();
  if (const auto spelled = binding.spelling.find(field.text);
      !field.text.empty() && spelled != binding.spelling.end()) {
    if (spelled->second.empty()) return absl::OkStatus();
    field.values = {JsonValue::OfString(spelled->second)};
  }
  const bool list = binding.encoding == Encoding::kArray || binding.encoding == Encoding::kTaggedFrame ||
                    binding.encoding == Encoding::kContentItem;
  if (!list) {
    if (field.values.size() > 1) return NoPlace("more than one value at `" + binding.path + "`");
    return builder.Set(binding.path, std::move(field.values.front()));
  }
  for (JsonValue& value : field.values) {
    ZOETROPE_RETURN_IF_ERROR(builder.Append(binding.path, Item(binding, std::move(value))));
  }
  return absl::OkStatus();
}

// What the caller gave and no binding would carry. Resolution, aspect ratio, duration and sound are not here:
// an offering may have only one of each, and then has nothing to bind.
absl::Status CheckPlaces(const Generation& g, const Offering& offering) {
  const struct {
    Field field;
    bool given;
    std::string_view name;
  } kPlaces[] = {
      {Field::kPrompt, !g.prompt.empty(), "a prompt"},
      {Field::kNegativePrompt, !g.negative_prompt.empty(), "a negative prompt"},
      {Field::kFirstFrame, g.first_frame.has_value(), "a first frame"},
      {Field::kLastFrame, g.last_frame.has_value(), "a last frame"},
      {Field::kReferenceImages, !g.reference_images.empty(), "reference images"},
      {Field::kReferenceVideos, !g.reference_video_urls.empty(), "reference videos"},
      {Field::kReferenceAudios, !g.reference_audio_urls.empty(), "reference audio"},
      {Field::kAudioTrack, !g.audio_track_url.empty(), "an audio track"},
      {Field::kSourceVideo, g.source_video.has_value(), "a source video"},
      {Field::kSeed, g.seed.has_value(), "a seed"},
      {Field::kFrameRate, g.frame_rate_hertz > 0, "a frame rate"},
      {Field::kCount, g.count > 1, "more than one video"},
  };
  for (const auto& place : kPlaces) {
    if (place.given && offering.Find(place.field) == nullptr) return NoPlace(place.name);
  }
  for (const Parameter& extra : g.extras) {
    const bool known = std::any_of(offering.extras.begin(), offering.extras.end(),
                                   [&extra](const ExtraSpec& spec) { return spec.name == extra.name; });
    if (!known) return NoPlace("the parameter `" + extra.name + "`");
  }
  return absl::OkStatus();
}

absl::Status AddExtras(const SubmitInput& input, JsonBuilder& builder) {
  for (const ExtraSpec& spec : input.offering.extras) {
    const auto& given = input.generation.extras;
    const auto found =
        std::find_if(given.begin(), given.end(), [&spec](const Parameter& p) { return p.name == spec.name; });
    if (found != given.end()) {
      ZOETROPE_RETURN_IF_ERROR(builder.Set(spec.path, ToJson(found->value)));
    } else if (spec.default_value) {
      ZOETROPE_RETURN_IF_ERROR(builder.Set(spec.path, ToJson(*spec.default_value)));
    } else if (spec.required) {
      return absl::FailedPreconditionError("the parameter `" + spec.name + "` is required");
    }
  }
  return absl::OkStatus();
}

// `16:9` as the logarithm of width by height, so that nearness is the same for upright and lying pictures.
std::optional<double> LogRatio(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  int width = 0;
  int height = 0;
  const auto left = std::from_chars(text.data(), text.data() + colon, width);
  const auto right = std::from_chars(text.data() + colon + 1, text.data() + text.size(), height);
  if (left.ptr != text.data() + colon || right.ptr != text.data() + text.size() || width <= 0 || height <= 0)
    return std::nullopt;
  return std::log(static_cast<double>(width) / height);
}

}  // namespace

absl::StatusOr<const SizeRow*> ChooseSize(const Generation& generation, const Offering& offering) {
  const SizeRow* nearest = nullptr;
  double distance = 0;
  const BlobRef* frame = generation.first_frame ? generation.first_frame->blob() : nullptr;
  const bool measured = frame != nullptr && frame->width_px > 0 && frame->height_px > 0;
  for (const SizeRow& row : offering.sizes) {
    if (row.resolution != generation.resolution) continue;
    if (row.aspect_ratio == generation.aspect_ratio) return &row;
    const std::optional<double> ratio = LogRatio(row.aspect_ratio);
    if (generation.aspect_ratio != kAuto || !measured || !ratio) continue;
    const double off = std::abs(*ratio - std::log(static_cast<double>(frame->width_px) / frame->height_px));
    if (nearest == nullptr || off < distance) {
      nearest = &row;
      distance = off;
    }
  }
  if (nearest == nullptr && !offering.sizes.empty() && generation.aspect_ratio != kAuto) {
    return NoPlace("the resolution and aspect ratio");
  }
  return nearest;
}

absl::Status AddInput(const SubmitInput& input, JsonBuilder& builder) {
  ZOETROPE_RETURN_IF_ERROR(CheckPlaces(input.generation, input.offering));
  for (const Binding& binding : input.offering.bindings) {
    ZOETROPE_RETURN_IF_ERROR(AddField(binding, input, builder));
  }
  ZOETROPE_ASSIGN_OR_RETURN(const SizeRow* size, ChooseSize(input.generation, input.offering));
  if (size != nullptr) {
    for (const JsonConstant& constant : size->set) {
      ZOETROPE_RETURN_IF_ERROR(builder.SetLiteral(constant.path, constant.text));
    }
  }
  for (const JsonConstant& constant : input.offering.constants) {
    ZOETROPE_RETURN_IF_ERROR(builder.SetLiteral(constant.path, constant.text));
  }
  return AddExtras(input, builder);
}

}  // namespace zoetrope
