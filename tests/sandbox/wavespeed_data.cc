// WaveSpeed's models. Sources: https://wavespeed.ai/models/openai/sora-2/image-to-video and its sisters under
// https://wavespeed.ai/docs/docs-api. Unknown keys are refused (additionalProperties is false in its
// schemas).
#include "tests/sandbox/endpoint_data.h"

#include <utility>

namespace zoetrope::sandbox {
namespace {

Endpoint Model(std::string_view id, std::vector<Field> fields, std::vector<Rate> rates) {
  Endpoint endpoint{.provider = Provider::kWavespeed,
                    .id = id,
                    .fields = std::move(fields),
                    .rejects_unknown = true,
                    .rates = std::move(rates)};
  endpoint.fields.push_back({"enable_sync_mode", Type::kBoolean});
  return endpoint;
}

Endpoint WithPicture(Endpoint endpoint) {
  endpoint.fields.insert(endpoint.fields.begin() + 1, {"image", Type::kString, true});
  endpoint.picture_key = "image";
  return endpoint;
}

Endpoint Sora(bool with_picture) {
  Endpoint endpoint = Model(
      with_picture ? "openai/sora-2/image-to-video" : "openai/sora-2/text-to-video",
      {{"prompt", Type::kString, true}, {"duration", Type::kInteger, false, {"4", "8", "12", "16", "20"}}},
      {{"720p", 100'000'000}});
  endpoint.default_seconds = 4;
  if (with_picture) return WithPicture(std::move(endpoint));
  endpoint.fields.push_back({"size", Type::kString, false, {"720*1280", "1280*720"}});
  endpoint.size_style = SizeStyle::kSizeText;
  endpoint.default_aspect = "9:16";
  return endpoint;
}

// The substitute that WaveSpeed itself names for Sora 2: $1.20 for 5 s, $0.80 in Fast, as the pages of both
// say. For the other tiers half and two and a half times as much, as of the siblings that publish them. Of
// generate_audio only siblings' pages and integrators speak.
Endpoint Seedance20(bool fast, bool with_picture) {
  std::string_view id =
      with_picture ? "bytedance/seedance-2.0/image-to-video" : "bytedance/seedance-2.0/text-to-video";
  if (fast) {
    id = with_picture ? "bytedance/seedance-2.0-fast/image-to-video"
                      : "bytedance/seedance-2.0-fast/text-to-video";
  }
  Endpoint endpoint = Model(id,
                            {{"prompt", Type::kString, true},
                             {"duration", Type::kInteger, false, {}, 4, 15},
                             {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
                             {"aspect_ratio", Type::kString, false, SixAspects()},
                             {"generate_audio", Type::kBoolean}},
                            {{"720p", 240'000'000}, {"480p", 120'000'000}, {"1080p", 600'000'000}});
  if (fast) endpoint.rates = {{"720p", 160'000'000}, {"480p", 80'000'000}, {"1080p", 400'000'000}};
  endpoint.same_area = true;
  if (with_picture) {
    endpoint.fields.push_back({"last_image", Type::kString});
    return WithPicture(std::move(endpoint));
  }
  endpoint.fields.push_back({"reference_images", Type::kArray});
  endpoint.fields.push_back({"reference_videos", Type::kArray});
  endpoint.fields.push_back({"reference_audios", Type::kArray});
  endpoint.default_aspect = "16:9";
  return endpoint;
}

// $0.26 for 5 s at 720p and $0.12 at 480p, with sound; sound doubles the price.
Endpoint Seedance15(bool with_picture) {
  Endpoint endpoint = Model(with_picture ? "bytedance/seedance-v1.5-pro/image-to-video"
                                         : "bytedance/seedance-v1.5-pro/text-to-video",
                            {{"prompt", Type::kString, true},
                             {"duration", Type::kInteger, false, {}, 4, 12},
                             {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
                             {"aspect_ratio", Type::kString, false, SixAspects()},
                             {"generate_audio", Type::kBoolean},
                             {"camera_fixed", Type::kBoolean},
                             {"seed", Type::kInteger, false, {}, -1, 2147483647}},
                            {{"720p", 52'000'000, 26'000'000},
                             {"480p", 24'000'000, 12'000'000},
                             {"1080p", 117'000'000, 58'500'000}});
  endpoint.audio_key = "generate_audio";
  if (!with_picture) {
    Texts durations = Whole(4, 12);
    durations.push_back("-1");  // the model decides
    endpoint.fields[1] = {"duration", Type::kInteger, false, durations};
    return endpoint;
  }
  endpoint.fields.push_back({"last_image", Type::kString});
  return WithPicture(std::move(endpoint));
}

Endpoint Wan26(bool with_picture) {
  Endpoint endpoint = Model(with_picture ? "alibaba/wan-2.6/image-to-video" : "alibaba/wan-2.6/text-to-video",
                            {{"prompt", Type::kString, true},
                             {"negative_prompt", Type::kString},
                             {"audio", Type::kString},
                             {"duration", Type::kInteger, false, {"5", "10", "15"}},
                             {"shot_type", Type::kString, false, {"single", "multi"}},
                             {"enable_prompt_expansion", Type::kBoolean},
                             {"seed", Type::kInteger, false, {}, -1, 2147483647}},
                            {{"720p", 100'000'000}, {"1080p", 150'000'000}});
  if (with_picture) {
    endpoint.fields.push_back({"resolution", Type::kString, false, {"720p", "1080p"}});
    return WithPicture(std::move(endpoint));
  }
  endpoint.fields.push_back(
      {"size", Type::kString, false, {"1280*720", "720*1280", "1920*1080", "1080*1920"}});
  endpoint.size_style = SizeStyle::kSizeText;
  return endpoint;
}

// https://wavespeed.ai/docs/docs-api/kwaivgi/kwaivgi-kling-v3.0-{std,pro}-{image,text}-to-video. The tier is
// in the id. $0.42 and $0.56 for 5 silent seconds; what sound costs is not published: half as much again, as
// elsewhere.
Endpoint Kling30(bool pro, bool with_picture) {
  std::string_view id =
      with_picture ? "kwaivgi/kling-v3.0-std/image-to-video" : "kwaivgi/kling-v3.0-std/text-to-video";
  if (pro)
    id = with_picture ? "kwaivgi/kling-v3.0-pro/image-to-video" : "kwaivgi/kling-v3.0-pro/text-to-video";
  Endpoint endpoint = Model(id,
                            {{.path = "prompt", .required = true, .unless = "multi_prompt"},
                             {"multi_prompt", Type::kArray, false, {}, 1, 6},
                             {"negative_prompt", Type::kString},
                             {"duration", Type::kInteger, false, {}, 3, 15},
                             {"cfg_scale", Type::kNumber, false, {}, 0, 1},
                             {"sound", Type::kBoolean},
                             {"shot_type", Type::kString, false, {"customize", "intelligent"}},
                             {"element_list", Type::kArray}},
                            {{"720p", 126'000'000, 84'000'000}});
  if (pro) endpoint.rates = {{"1080p", 168'000'000, 112'000'000}};
  endpoint.rules = {{.when = "multi_prompt", .then = "prompt"},
                    {.when = "multi_prompt", .then = "end_image"}};
  endpoint.audio_key = "sound";
  endpoint.audio = false;
  if (with_picture) {
    endpoint.fields.push_back({"end_image", Type::kString});
    return WithPicture(std::move(endpoint));
  }
  endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "9:16", "1:1"}});
  endpoint.default_aspect = "16:9";
  return endpoint;
}

// Fields as the page of the sibling from text has them
// (https://wavespeed.ai/docs/docs-api/wavespeed-ai/ltx-2.3-text-to-video), prices as an integrator does.
Endpoint Ltx23() {
  return WithPicture(Model("wavespeed-ai/ltx-2.3/image-to-video",
                           {{"prompt", Type::kString, true},
                            {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
                            {"duration", Type::kInteger, false, {}, 5, 20},
                            {"seed", Type::kInteger, false, {}, -1, 2147483647}},
                           {{"720p", 40'000'000}, {"480p", 20'000'000}, {"1080p", 60'000'000}}));
}

// https://wavespeed.ai/docs/docs-api/pixverse/pixverse-pixverse-v6-text-to-video, which names one ratio; the
// prices are another reseller's.
Endpoint PixverseV6() {
  Endpoint endpoint = Model("pixverse/pixverse-v6/text-to-video",
                            {{"prompt", Type::kString, true},
                             {"aspect_ratio", Type::kString, false, {"16:9"}},
                             {"resolution", Type::kString, false, {"360p", "540p", "720p", "1080p"}},
                             {"duration", Type::kInteger, false, {}, 1, 15},
                             {"generate_audio_switch", Type::kBoolean},
                             {"thinking_type", Type::kString, false, {"enabled", "disabled", "auto"}}},
                            {{"720p", 60'000'000, 45'000'000},
                             {"360p", 35'000'000, 25'000'000},
                             {"540p", 45'000'000, 35'000'000},
                             {"1080p", 115'000'000, 90'000'000}});
  endpoint.audio_key = "generate_audio_switch";
  endpoint.audio = false;
  endpoint.default_aspect = "16:9";
  return endpoint;
}

// https://wavespeed.ai/docs/docs-api/minimax/minimax-hailuo-2.3-{i2v,t2v}-standard: a price for the clip.
Endpoint Hailuo23(bool with_picture) {
  Endpoint endpoint =
      Model(with_picture ? "minimax/hailuo-2.3/i2v-standard" : "minimax/hailuo-2.3/t2v-standard",
            {{"prompt", Type::kString, true},
             {"duration", Type::kInteger, false, {"6", "10"}},
             {"enable_prompt_expansion", Type::kBoolean}},
            {{"768p", 0}});
  endpoint.clip_prices = {{6, 280'000'000}, {10, 560'000'000}};
  if (!with_picture) endpoint.clip_prices[0].nanos = 230'000'000;
  endpoint.default_seconds = 6;
  if (with_picture) return WithPicture(std::move(endpoint));
  endpoint.default_aspect = "16:9";
  return endpoint;
}

// …-{i2v,t2v}-pro: 5 s of 1080p for $0.49, and nothing to choose.
Endpoint Hailuo23Pro(bool with_picture) {
  Endpoint endpoint = Model(with_picture ? "minimax/hailuo-2.3/i2v-pro" : "minimax/hailuo-2.3/t2v-pro",
                            {{"prompt", Type::kString, !with_picture}}, {{"1080p", 0}});
  endpoint.clip_prices = {{5, 490'000'000}};
  if (with_picture) return WithPicture(std::move(endpoint));
  endpoint.default_aspect = "16:9";
  return endpoint;
}

// https://wavespeed.ai/docs/docs-api/vidu/vidu-q3-text-to-video; with a picture
// https://wavespeed.ai/models/vidu/q3-pro/image-to-video/llms.txt, the sibling's; the vendor's rates, as
// another reseller has them.
Endpoint ViduQ3(bool with_picture) {
  Endpoint endpoint =
      Model(with_picture ? "vidu/q3/image-to-video" : "vidu/q3/text-to-video",
            {{"prompt", Type::kString, true},
             {"resolution", Type::kString, false, {"540p", "720p", "1080p"}},
             {"duration", Type::kInteger, false, {}, 1, 16},
             {"movement_amplitude", Type::kString, false, {"auto", "small", "medium", "large"}},
             {"generate_audio", Type::kBoolean},
             {"bgm", Type::kBoolean}},
            {{"720p", 150'000'000}, {"540p", 70'000'000}, {"1080p", 160'000'000}});
  if (with_picture) return WithPicture(std::move(endpoint));
  endpoint.fields.push_back({"style", Type::kString, false, {"general", "anime"}});
  endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "4:3", "9:16"}});
  endpoint.fields.push_back({"seed", Type::kInteger, false, {}, -1, 2147483647});
  endpoint.default_aspect = "16:9";
  return endpoint;
}

}  // namespace

std::vector<Endpoint> WavespeedEndpoints() {
  std::vector<Endpoint> all = {Sora(true), Sora(false), Ltx23(), PixverseV6()};
  for (const bool with_picture : {true, false}) {
    all.push_back(Seedance15(with_picture));
    all.push_back(Wan26(with_picture));
    all.push_back(Hailuo23(with_picture));
    all.push_back(Hailuo23Pro(with_picture));
    all.push_back(ViduQ3(with_picture));
    for (const bool second : {false, true}) {
      all.push_back(Seedance20(second, with_picture));
      all.push_back(Kling30(second, with_picture));
    }
  }
  return all;
}

}  // namespace zoetrope::sandbox
