#include "tests/golden/offerings.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "tests/golden/offerings_openai.h"

namespace zoetrope::golden {
namespace {

Binding Bind(Field field, std::string path, Encoding encoding = Encoding::kNatural, std::string tag = "") {
  return {field, std::move(path), encoding, std::move(tag), {}};
}

Offering Base(std::string id, std::string dialect, std::string provider_model_id, Mode mode) {
  Offering offering;
  offering.model = id.substr(0, id.find('/'));
  offering.id = std::move(id);
  offering.dialect = std::move(dialect);
  offering.provider_model_id = std::move(provider_model_id);
  offering.mode = mode;
  offering.inline_images = true;
  return offering;
}

// https://docs.runpod.io/public-endpoints/models/sora-2
Offering SoraAtRunpod() {
  Offering o = Base("sora-2/image-to-video@runpod", "runpod", "sora-2-i2v", Mode::kImageToVideo);
  o.durations_ms = {4000, 8000, 12000};
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kFirstFrame, "image"),
                Bind(Field::kDuration, "duration")};
  return o;
}

// https://docs.runpod.io/public-endpoints/models/seedance-1-5-pro
Offering SeedanceAtRunpod() {
  Offering o =
      Base("seedance-1.5-pro/image-to-video@runpod", "runpod", "seedance-v1-5-pro-i2v", Mode::kImageToVideo);
  o.audio = AudioSupport::kSelectable;
  o.bindings = {Bind(Field::kPrompt, "prompt"),         Bind(Field::kFirstFrame, "image"),
                Bind(Field::kLastFrame, "last_image"),  Bind(Field::kDuration, "duration"),
                Bind(Field::kResolution, "resolution"), Bind(Field::kAspectRatio, "aspect_ratio"),
                Bind(Field::kAudio, "generate_audio"),  Bind(Field::kSeed, "seed")};
  o.bindings[5].spelling = {{"auto", ""}};
  o.extras = {
      {"camera_fixed", "camera_fixed", ParameterType::kBool, "", false, ParameterValue(false), {}, {}, {}}};
  return o;
}

std::vector<ExtraSpec> FalSoraExtras() {
  return {{"delete_video", "delete_video", ParameterType::kBool, "", false, ParameterValue(true), {}, {}, {}},
          {"snapshot",
           "model",
           ParameterType::kString,
           "",
           false,
           ParameterValue(std::string("sora-2")),
           {},
           {},
           {}},
          {"detect_and_block_ip",
           "detect_and_block_ip",
           ParameterType::kBool,
           "",
           false,
           ParameterValue(false),
           {},
           {},
           {}}};
}

// https://fal.ai/models/fal-ai/sora-2/image-to-video/api
Offering SoraAtFal() {
  Offering o = Base("sora-2/image-to-video@fal", "fal", "fal-ai/sora-2/image-to-video", Mode::kImageToVideo);
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kResolution, "resolution"),
                Bind(Field::kAspectRatio, "aspect_ratio"), Bind(Field::kDuration, "duration"),
                Bind(Field::kFirstFrame, "image_url")};
  o.extras = FalSoraExtras();
  return o;
}

Offering SoraTextAtFal() {
  Offering o = Base("sora-2/text-to-video@fal", "fal", "fal-ai/sora-2/text-to-video", Mode::kTextToVideo);
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kResolution, "resolution"),
                Bind(Field::kAspectRatio, "aspect_ratio"), Bind(Field::kDuration, "duration")};
  o.extras = FalSoraExtras();
  return o;
}

Offering SoraRemixAtFal() {
  Offering o = Base("sora-2/remix@fal", "fal", "fal-ai/sora-2/video-to-video/remix", Mode::kRemix);
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kSourceVideo, "video_id")};
  o.extras = {
      {"delete_video", "delete_video", ParameterType::kBool, "", false, ParameterValue(true), {}, {}, {}}};
  return o;
}

// https://fal.ai/models/fal-ai/bytedance/seedance/v1.5/pro/image-to-video/api
Offering SeedanceAtFal() {
  Offering o = Base("seedance-1.5-pro/image-to-video@fal", "fal",
                    "fal-ai/bytedance/seedance/v1.5/pro/image-to-video", Mode::kImageToVideo);
  o.audio = AudioSupport::kSelectable;
  o.bindings = {
      Bind(Field::kPrompt, "prompt"),           Bind(Field::kFirstFrame, "image_url"),
      Bind(Field::kLastFrame, "end_image_url"), Bind(Field::kDuration, "duration", Encoding::kDecimalString),
      Bind(Field::kResolution, "resolution"),   Bind(Field::kAspectRatio, "aspect_ratio"),
      Bind(Field::kAudio, "generate_audio"),    Bind(Field::kSeed, "seed")};
  o.constants = {{"enable_safety_checker", "true"}};
  return o;
}

std::vector<SizeRow> SoraSizes() {
  return {{"720p", "16:9", {{"width", "1280"}, {"height", "720"}}},
          {"720p", "9:16", {{"width", "720"}, {"height", "1280"}}}};
}

std::vector<ExtraSpec> RunwareSoraExtras() {
  return {{"output_format",
           "outputFormat",
           ParameterType::kString,
           "",
           false,
           ParameterValue(std::string("MP4")),
           {},
           {},
           {}},
          {"output_quality", "outputQuality", ParameterType::kInteger, "", false, std::nullopt, {}, 20, 99},
          {"ttl", "ttl", ParameterType::kInteger, "", false, std::nullopt, {}, 60, {}},
          {"safety_check_content",
           "safety.checkContent",
           ParameterType::kBool,
           "",
           false,
           std::nullopt,
           {},
           {},
           {}},
          {"safety_mode", "safety.mode", ParameterType::kString, "", false, std::nullopt, {}, {}, {}}};
}

// https://runware.ai/docs/models/openai-sora-2
Offering SoraAtRunware() {
  Offering o = Base("sora-2/image-to-video@runware", "runware", "openai:3@1", Mode::kImageToVideo);
  o.count_max = 4;
  o.bindings = {Bind(Field::kPrompt, "positivePrompt"), Bind(Field::kDuration, "duration"),
                Bind(Field::kFirstFrame, "inputs.frameImages", Encoding::kTaggedFrame, "first"),
                Bind(Field::kCount, "numberResults")};
  o.sizes = SoraSizes();
  o.extras = RunwareSoraExtras();
  return o;
}

Offering SoraTextAtRunware() {
  Offering o = SoraAtRunware();
  o.id = "sora-2/text-to-video@runware";
  o.mode = Mode::kTextToVideo;
  std::erase_if(o.bindings, [](const Binding& b) { return b.field == Field::kFirstFrame; });
  return o;
}

Offering SoraRemixAtRunware() {
  Offering o = SoraTextAtRunware();
  o.id = "sora-2/remix@runware";
  o.mode = Mode::kRemix;
  o.sizes.clear();
  o.bindings.push_back(Bind(Field::kSourceVideo, "inputs.videoId"));
  return o;
}

// https://doc.vtrix.ai/docs/api/openai/sora-2-i2v
Offering SoraAtVtrix() {
  Offering o = Base("sora-2/image-to-video@vtrix", "vtrix", "sora_2_i2v", Mode::kImageToVideo);
  o.durations_ms = {4000, 8000, 12000};
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kDuration, "seconds", Encoding::kDecimalString),
                Bind(Field::kFirstFrame, "input_reference")};
  o.sizes = {{"720p", "16:9", {{"size", "\"1280x720\""}}}, {"720p", "9:16", {{"size", "\"720x1280\""}}}};
  return o;
}

Offering SoraRemixAtVtrix() {
  Offering o = Base("sora-2/remix@vtrix", "vtrix", "sora_2_i2v", Mode::kRemix);
  o.durations_ms = {4000, 8000, 12000};
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kDuration, "seconds", Encoding::kDecimalString),
                Bind(Field::kSourceVideo, "remix_video_id")};
  return o;
}

// https://wavespeed.ai/docs/docs-api/openai/openai-sora-2-image-to-video
Offering SoraAtWavespeed() {
  Offering o = Base("sora-2/image-to-video@wavespeed", "wavespeed", "openai/sora-2/image-to-video",
                    Mode::kImageToVideo);
  o.durations_ms = {4000, 8000, 12000, 16000, 20000};
  o.bindings = {Bind(Field::kPrompt, "prompt"), Bind(Field::kFirstFrame, "image"),
                Bind(Field::kDuration, "duration")};
  return o;
}

}  // namespace

std::vector<Offering> AllOfferings() {
  std::vector<Offering> all = {SoraAtRunpod(),  SeedanceAtRunpod(),  SoraAtFal(),
                               SoraTextAtFal(), SoraRemixAtFal(),    SeedanceAtFal(),
                               SoraAtRunware(), SoraTextAtRunware(), SoraRemixAtRunware(),
                               SoraAtVtrix(),   SoraRemixAtVtrix(),  SoraAtWavespeed()};
  for (Offering& offering : OpenaiOfferings()) all.push_back(std::move(offering));
  return all;
}

Offering FindOffering(std::string_view id) {
  for (const Offering& offering : AllOfferings()) {
    if (offering.id == id) return offering;
  }
  std::fprintf(stderr, "no such offering: %s\n", std::string(id).c_str());
  std::abort();
}

}  // namespace zoetrope::golden
