// The tables themselves. Sources are the providers' public model pages:
//   https://docs.runpod.io/public-endpoints/models/…       https://fal.ai/models/…/llms.txt
//   https://runware.ai/docs/models/…
// A price that a provider does not publish per resolution is scaled from the published one; such rows say so.
#include "tests/sandbox/endpoint_data.h"

namespace zoetrope::sandbox {
namespace {

using Texts = std::vector<std::string_view>;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();
constexpr std::int64_t kSoraRate = 100'000'000;  // $0.10 a second everywhere

const Texts& SixAspects() {
  static const Texts kTexts = {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16"};
  return kTexts;
}

const Texts& SevenAspects() {
  static const Texts kTexts = {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "auto"};
  return kTexts;
}

// --- RunPod
// ---------------------------------------------------------------------------------------------------------

Endpoint RunpodSora() {
  return {.provider = Provider::kRunpod,
          .id = "sora-2-i2v",
          .fields = {{"prompt", Type::kString, true},
                     {"image", Type::kString, true},
                     {"duration", Type::kInteger, true, {"4", "8", "12"}}},
          .rates = {{"720p", kSoraRate}},
          .default_seconds = 4,
          .picture_key = "image"};
}

Endpoint RunpodSeedance() {
  return {.provider = Provider::kRunpod,
          .id = "seedance-v1-5-pro-i2v",
          .fields = {{"prompt", Type::kString, true},
                     {"image", Type::kString, true},
                     {"last_image", Type::kString},
                     {"duration", Type::kInteger, false, {}, 4, 12},
                     {"resolution", Type::kString, false, {"480p", "720p"}},
                     {"aspect_ratio", Type::kString, false, SixAspects()},
                     {"generate_audio", Type::kBoolean},
                     {"camera_fixed", Type::kBoolean},
                     {"seed", Type::kInteger, false, {}, -1, 2147483647}},
          .rates = {{"720p", 52'000'000}, {"480p", 24'000'000}},
          .default_aspect = "16:9",
          .picture_key = "image"};
}

Endpoint RunpodWan(bool with_picture) {
  Endpoint endpoint{.provider = Provider::kRunpod,
                    .id = with_picture ? "wan-2-6-i2v" : "wan-2-6-t2v",
                    .fields = {{"prompt", Type::kString, true},
                               {"negative_prompt", Type::kString},
                               {"audio", Type::kString},
                               {"duration", Type::kInteger, false, {"5", "10", "15"}},
                               {"shot_type", Type::kString, false, {"single", "multi"}},
                               {"enable_prompt_expansion", Type::kBoolean},
                               {"resolution", Type::kString, false, {"720p", "1080p"}},
                               {"seed", Type::kInteger, false, {}, -1, 2147483647}},
                    .rates = {{"720p", 100'000'000}, {"1080p", 150'000'000}},
                    .size_style = SizeStyle::kSizeText,
                    .quoted_fields = true};
  if (with_picture) {
    endpoint.fields.push_back({"image", Type::kString, true});
    endpoint.fields.push_back({"enable_safety_checker", Type::kBoolean});
    endpoint.fields.push_back({"size", Type::kString, false, {"1280*720", "1920*1080"}});
    endpoint.picture_key = "image";
  } else {
    endpoint.fields.push_back(
        {"size", Type::kString, false, {"1280*720", "720*1280", "1920*1080", "1080*1920"}});
  }
  return endpoint;
}

Endpoint RunpodVidu(bool with_picture) {
  Endpoint endpoint{
      .provider = Provider::kRunpod,
      .id = with_picture ? "vidu-q3-i2v" : "vidu-q3-t2v",
      .fields = {{"prompt", Type::kString, true},
                 {"duration", Type::kInteger, false, {}, 1, 16},
                 {"resolution", Type::kString, false, {"540p", "720p", "1080p"}},
                 {"generate_audio", Type::kBoolean},
                 {"bgm", Type::kBoolean},
                 {"movement_amplitude", Type::kString, false, {"auto", "small", "medium", "large"}},
                 {"seed", Type::kInteger, false, {}, -1, 2147483647}},
      // The same at every resolution.
      .rates = {{"720p", 150'000'000}, {"540p", 150'000'000}, {"1080p", 150'000'000}}};
  if (with_picture) {
    endpoint.fields.push_back({"image", Type::kString, true});
    endpoint.picture_key = "image";
  } else {
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "9:16", "4:3", "3:4", "1:1"}});
    endpoint.fields.push_back({"style", Type::kString, false, {"general", "anime"}});
    endpoint.default_aspect = "4:3";
  }
  return endpoint;
}

// --- fal
// ------------------------------------------------------------------------------------------------------------

Endpoint FalSora(bool with_picture) {
  Endpoint endpoint{
      .provider = Provider::kFal,
      .id = with_picture ? "fal-ai/sora-2/image-to-video" : "fal-ai/sora-2/text-to-video",
      // The page prints the default as "4" and the examples as 4; both are taken.
      .fields = {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                 {"duration", Type::kIntegerOrDigits, false, {"4", "8", "12"}},
                 {"delete_video", Type::kBoolean},
                 {"model", Type::kString, false, {"sora-2", "sora-2-2025-12-08", "sora-2-2025-10-06"}},
                 {"detect_and_block_ip", Type::kBoolean}},
      .rates = {{"720p", kSoraRate}},
      .default_seconds = 4};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.fields.push_back({"resolution", Type::kString, false, {"auto", "720p"}});
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"auto", "9:16", "16:9"}});
    endpoint.picture_key = "image_url";
  } else {
    endpoint.fields.push_back({"resolution", Type::kString, false, {"720p"}});
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"9:16", "16:9"}});
    endpoint.default_aspect = "16:9";
  }
  return endpoint;
}

Endpoint FalSoraRemix() {
  return {.provider = Provider::kFal,
          .id = "fal-ai/sora-2/video-to-video/remix",
          .fields = {{"video_id", Type::kString, true},
                     {"prompt", Type::kString, true, {}, 1, kNoLimit},
                     {"delete_video", Type::kBoolean}},
          .rates = {{"720p", kSoraRate}},
          .default_seconds = 4,
          .default_aspect = "16:9"};
}

Endpoint FalSeedance(bool with_picture) {
  Endpoint endpoint{
      .provider = Provider::kFal,
      .id = with_picture ? "fal-ai/bytedance/seedance/v1.5/pro/image-to-video"
                         : "fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
      .fields = {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                 {"aspect_ratio", Type::kString, false, SevenAspects()},
                 {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
                 {"duration", Type::kString, false, {"4", "5", "6", "7", "8", "9", "10", "11", "12"}},
                 {"camera_fixed", Type::kBoolean},
                 {"seed", Type::kInteger, false, {}, -1, kNoLimit},
                 {"enable_safety_checker", Type::kBoolean},
                 {"generate_audio", Type::kBoolean}},
      // Priced by tokens; about $0.052 a second at 720p with sound, the others scaled by area.
      .rates = {{"720p", 52'000'000}, {"480p", 24'000'000}, {"1080p", 117'000'000}},
      .default_aspect = "16:9"};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.fields.push_back({"end_image_url", Type::kString});
    endpoint.picture_key = "image_url";
  }
  return endpoint;
}

Endpoint FalWan(bool with_picture) {
  Endpoint endpoint{.provider = Provider::kFal,
                    .id = with_picture ? "wan/v2.6/image-to-video" : "wan/v2.6/text-to-video",
                    .fields = {{"prompt", Type::kString, true, {}, 1, 1500},
                               {"audio_url", Type::kString},
                               {"resolution", Type::kString, false, {"720p", "1080p"}},
                               {"duration", Type::kString, false, {"5", "10", "15"}},
                               {"negative_prompt", Type::kString, false, {}, 0, 500},
                               {"enable_prompt_expansion", Type::kBoolean},
                               {"multi_shots", Type::kBoolean},
                               {"seed", Type::kInteger},
                               {"enable_safety_checker", Type::kBoolean}},
                    .rates = {{"1080p", 150'000'000}, {"720p", 100'000'000}}};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.picture_key = "image_url";
  } else {
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "9:16", "1:1", "4:3", "3:4"}});
    endpoint.default_aspect = "16:9";
  }
  return endpoint;
}

Endpoint FalVidu(bool with_picture) {
  Endpoint endpoint{
      .provider = Provider::kFal,
      .id = with_picture ? "fal-ai/vidu/q3/image-to-video" : "fal-ai/vidu/q3/text-to-video",
      .fields = {{"prompt", Type::kString, !with_picture, {}, 0, 2000},
                 {"duration", Type::kInteger, false, {}, 1, 16},
                 {"resolution", Type::kString, false, {"360p", "540p", "720p", "1080p"}},
                 {"audio", Type::kBoolean},
                 {"seed", Type::kInteger}},
      // $0.07 a second, 2.2 times as much at 720p and above.
      .rates = {{"720p", 154'000'000}, {"1080p", 154'000'000}, {"540p", 70'000'000}, {"360p", 70'000'000}}};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.fields.push_back({"end_image_url", Type::kString});
    endpoint.picture_key = "image_url";
  } else {
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "9:16", "4:3", "3:4", "1:1"}});
    endpoint.default_aspect = "16:9";
  }
  return endpoint;
}

// --- Runware
// --------------------------------------------------------------------------------------------------------

std::vector<Field> RunwareFields() {
  return {{"taskType", Type::kString, true, {"videoInference"}},
          {"taskUUID", Type::kString, true},
          {"model", Type::kString, true},
          {"outputType", Type::kAny},
          {"outputFormat", Type::kString, false, {"MP4", "WEBM", "MOV"}},
          {"outputQuality", Type::kInteger, false, {}, 20, 99},
          {"webhookURL", Type::kString},
          {"deliveryMethod", Type::kString, false, {"async"}},
          {"uploadEndpoint", Type::kString},
          {"safety.checkContent", Type::kBoolean},
          {"safety.mode", Type::kString, false, {"none", "fast", "full"}},
          {"ttl", Type::kInteger, false, {}, 60, kNoLimit},
          {"includeCost", Type::kBoolean},
          {"numberResults", Type::kInteger, false, {}, 1, 4},
          {"width", Type::kInteger},
          {"height", Type::kInteger},
          {"inputs.frameImages", Type::kAny}};
}

Endpoint RunwareSora() {
  Endpoint endpoint{.provider = Provider::kRunware,
                    .id = "openai:3@1",
                    .fields = RunwareFields(),
                    .rejects_unknown = true,
                    .rates = {{"720p", kSoraRate}},
                    .default_seconds = 4,
                    .size_style = SizeStyle::kWidthHeight,
                    .prompt_key = "positivePrompt"};
  endpoint.fields.push_back({"positivePrompt", Type::kString, true, {}, 2, 6000});
  endpoint.fields.push_back({"duration", Type::kNumber, false, {"4", "8", "12", "16", "20"}});
  endpoint.fields.push_back({"inputs.videoId", Type::kString});
  return endpoint;
}

Endpoint RunwareSeedance() {
  Endpoint endpoint{.provider = Provider::kRunware,
                    .id = "bytedance:seedance@1.5-pro",
                    .fields = RunwareFields(),
                    .rejects_unknown = true,
                    // Not published; the rates of the other resellers.
                    .rates = {{"720p", 52'000'000}, {"480p", 24'000'000}, {"1080p", 117'000'000}},
                    .size_style = SizeStyle::kWidthHeight,
                    .prompt_key = "positivePrompt"};
  endpoint.fields.push_back({"positivePrompt", Type::kString, true, {}, 2, 3000});
  endpoint.fields.push_back({"duration", Type::kInteger, false, {}, 4, 12});
  endpoint.fields.push_back({"resolution", Type::kString, false, {"480p", "720p", "1080p"}});
  endpoint.fields.push_back({"settings.audio", Type::kBoolean});
  endpoint.fields.push_back({"providerSettings.bytedance.cameraFixed", Type::kBoolean});
  return endpoint;
}

std::vector<Endpoint> AllEndpoints() {
  std::vector<Endpoint> all = {
      RunpodSora(),       RunpodSeedance(),  RunpodWan(true), RunpodWan(false), RunpodVidu(true),
      RunpodVidu(false),  FalSora(true),     FalSora(false),  FalSoraRemix(),   FalSeedance(true),
      FalSeedance(false), FalWan(true),      FalWan(false),   FalVidu(true),    FalVidu(false),
      RunwareSora(),      RunwareSeedance(),
  };
  const auto add = [&](const std::vector<Endpoint>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  add(OpenaiEndpoints());
  add(WavespeedEndpoints());
  add(VtrixEndpoints());
  return all;
}

const std::vector<Endpoint>& Endpoints() {
  static const std::vector<Endpoint> kEndpoints = AllEndpoints();
  return kEndpoints;
}

}  // namespace

const Endpoint* FindEndpoint(Provider provider, std::string_view id) {
  for (const Endpoint& endpoint : Endpoints()) {
    if (endpoint.provider == provider && endpoint.id == id) return &endpoint;
  }
  return nullptr;
}

std::vector<const Endpoint*> EndpointsOf(Provider provider) {
  std::vector<const Endpoint*> found;
  for (const Endpoint& endpoint : Endpoints()) {
    if (endpoint.provider == provider) found.push_back(&endpoint);
  }
  return found;
}

}  // namespace zoetrope::sandbox
