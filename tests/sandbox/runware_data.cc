// Runware's models. Source: https://runware.ai/docs/models/…; where it publishes no price the rows say so.
#include "tests/sandbox/endpoint_data.h"

#include <utility>

namespace zoetrope::sandbox {
namespace {

std::vector<Field> CommonFields() {
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

Endpoint Model(std::string_view id, double prompt_max, std::vector<Field> fields, std::vector<Rate> rates) {
  Endpoint endpoint{.provider = Provider::kRunware,
                    .id = id,
                    .fields = CommonFields(),
                    .rejects_unknown = true,
                    .rates = std::move(rates),
                    .size_style = SizeStyle::kWidthHeight,
                    .prompt_key = "positivePrompt"};
  endpoint.fields.push_back({"positivePrompt", Type::kString, true, {}, 2, prompt_max});
  endpoint.fields.insert(endpoint.fields.end(), fields.begin(), fields.end());
  return endpoint;
}

Endpoint Sora() {
  Endpoint endpoint =
      Model("openai:3@1", 6000,
            {{"duration", Type::kNumber, false, Whole(4, 20, 4)}, {"inputs.videoId", Type::kString}},
            {{"720p", 100'000'000}});
  endpoint.default_seconds = 4;
  endpoint.sizes = {{1280, 720}, {720, 1280}};
  endpoint.max_frames = 1;
  return endpoint;
}

const std::vector<Size>& BytedanceSizes() {
  static const std::vector<Size> kSizes = {{864, 496}, {496, 864},   {1280, 720},  {720, 1280},
                                           {960, 960}, {1920, 1080}, {1080, 1920}, {1440, 1440}};
  return kSizes;
}

// Its price is not published; the rates of the other resellers.
Endpoint Seedance15() {
  Endpoint endpoint = Model("bytedance:seedance@1.5-pro", 3000,
                            {{"duration", Type::kInteger, false, {}, 4, 12},
                             {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
                             {"settings.audio", Type::kBoolean},
                             {"providerSettings.bytedance.cameraFixed", Type::kBoolean}},
                            {{"720p", 52'000'000}, {"480p", 24'000'000}, {"1080p", 117'000'000}});
  endpoint.sizes = BytedanceSizes();
  return endpoint;
}

// https://github.com/Runware/runware-skills (skills/product-ad-video) and the models' pages of 2026-09-16;
// prices as audited on 2026-09-24. A tier with frames, a size without; references instead of frames; no seed.
Endpoint Seedance20(bool fast) {
  Endpoint endpoint = Model(fast ? "bytedance:seedance@2.0-fast" : "bytedance:seedance@2.0", 10000,
                            {{"duration", Type::kInteger, false, {}, 4, 15},
                             {"resolution", Type::kString, false,
                              fast ? Texts{"480p", "720p"} : Texts{"480p", "720p", "1080p", "4k"}},
                             {"settings.audio", Type::kBoolean},
                             {"inputs.referenceImages", Type::kArray, false, {}, 1, 9},
                             {"inputs.referenceVideos", Type::kArray, false, {}, 1, 3}},
                            {{"720p", 160'000'000}, {"480p", 70'000'000}, {"1080p", 400'000'000}});
  if (fast) endpoint.rates = {{"720p", 130'000'000}, {"480p", 60'000'000}};
  endpoint.rules = {{.when = "inputs.frameImages", .then = "inputs.referenceImages"},
                    {.when = "inputs.frameImages", .then = "inputs.referenceVideos"}};
  endpoint.sizes = BytedanceSizes();
  if (fast) endpoint.sizes.resize(5);
  endpoint.dimensions = Dimensions::kNoFrames;
  return endpoint;
}

// The same pages. The tier is in the id; silent unless told otherwise; no seed. The sizes of Standard are
// those that others send.
Endpoint Kling30(bool pro) {
  const std::string_view tier = pro ? "1080p" : "720p";
  Endpoint endpoint = Model(pro ? "klingai:kling-video@3-pro" : "klingai:kling-video@3-standard", kNoLimit,
                            {{"duration", Type::kInteger, false, {}, 3, 15},
                             {"resolution", Type::kString, false, {tier}},
                             {"providerSettings.klingai.sound", Type::kBoolean},
                             {"providerSettings.klingai.multiPrompt", Type::kArray}},
                            {{"720p", 126'000'000, 84'000'000}});
  if (pro) endpoint.rates = {{"1080p", 168'000'000, 112'000'000}};
  endpoint.audio_key = "providerSettings.klingai.sound";
  endpoint.audio = false;
  endpoint.sizes = pro ? std::vector<Size>{{1920, 1080}, {1080, 1920}, {1440, 1440}}
                       : std::vector<Size>{{1280, 720}, {720, 1280}, {960, 960}};
  endpoint.dimensions = Dimensions::kNoFrames;
  return endpoint;
}

// https://runware.ai/docs/en/providers/lightricks; Fast $0.06 a second at 1080p (a table of 2026-09-24), the
// other's price is not published and taken to be the same. Wants its size with frames, too.
Endpoint Ltx23(bool fast) {
  Endpoint endpoint = Model(fast ? "lightricks:ltx@2.3-fast" : "lightricks:ltx@2.3", kNoLimit,
                            {{"duration", Type::kNumber, false, Whole(6, 10, 2)},
                             {"fps", Type::kInteger, false, {"24", "25", "48", "50"}},
                             {"providerSettings.lightricks.generateAudio", Type::kBoolean}},
                            {{"1080p", 60'000'000}, {"720p", 30'000'000}});
  endpoint.default_seconds = 6;
  endpoint.sizes = {{1920, 1080}, {1080, 1920}, {1280, 720}, {720, 1280}};
  endpoint.dimensions = Dimensions::kAlways;
  return endpoint;
}

// https://github.com/Runware/sdk-python (runware/types.py), sizes from the page of 2026-09-16. Its price is
// not published; $0.05 a second is what integrators write.
Endpoint ViduQ3() {
  Endpoint endpoint = Model("vidu:4@1", kNoLimit,
                            {{"duration", Type::kInteger, false, {}, 1, 16},
                             {"resolution", Type::kString, false, {"540p", "720p", "1080p"}},
                             {"seed", Type::kInteger, false, {}, 0, 2147483647},
                             {"providerSettings.vidu.audio", Type::kBoolean},
                             {"providerSettings.vidu.bgm", Type::kBoolean},
                             {"providerSettings.vidu.movementAmplitude",
                              Type::kString,
                              false,
                              {"auto", "small", "medium", "large"}},
                             {"providerSettings.vidu.style", Type::kString, false, {"general", "anime"}}},
                            {{"720p", 50'000'000}, {"1080p", 50'000'000}});
  endpoint.sizes = {{1280, 720}, {720, 1280}, {960, 960}, {1920, 1080}};
  return endpoint;
}

}  // namespace

std::vector<Endpoint> RunwareEndpoints() {
  return {Sora(),        Seedance15(), Seedance20(false), Seedance20(true), Kling30(false),
          Kling30(true), Ltx23(false), Ltx23(true),       ViduQ3()};
}

}  // namespace zoetrope::sandbox
