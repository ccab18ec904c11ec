// fal's endpoints of models that came after Sora. Sources: fal's own typed list of its endpoints,
// https://github.com/fal-ai/fal-js, libs/client/src/types/endpoints.ts (2026-08-02), for the fields; the
// models' pages, https://fal.ai/models/…, for the prices (2026-09-04), except where a row says otherwise.
#include "tests/sandbox/endpoint_data.h"

#include <utility>

namespace zoetrope::sandbox {
namespace {

Endpoint Model(std::string_view id, std::vector<Field> fields, std::vector<Rate> rates) {
  return {.provider = Provider::kFal, .id = id, .fields = std::move(fields), .rates = std::move(rates)};
}

// Adds the picture, which endpoints name differently, or what a video from text has in its place.
void AddPicture(Endpoint* endpoint, std::string_view key) {
  endpoint->fields.push_back({key, Type::kString, true});
  endpoint->picture_key = key;
}

void AddAspects(Endpoint* endpoint, Texts aspects) {
  endpoint->default_aspect = aspects.front();
  endpoint->fields.push_back({"aspect_ratio", Type::kString, false, std::move(aspects)});
}

Texts WithAuto(Texts texts) {
  texts.insert(texts.begin(), "auto");
  return texts;
}

// Billed by tokens: $0.014 for 1000, and sound costs nothing. Fast is $0.2419 a second at 720p, which are
// 21600 tokens, so $0.0112 for 1000; it has no more than 720p.
Endpoint Seedance20(bool fast, bool with_picture) {
  std::string_view id =
      with_picture ? "bytedance/seedance-2.0/image-to-video" : "bytedance/seedance-2.0/text-to-video";
  if (fast) {
    id = with_picture ? "bytedance/seedance-2.0/fast/image-to-video"
                      : "bytedance/seedance-2.0/fast/text-to-video";
  }
  Endpoint endpoint = Model(id,
                            {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                             {"duration", Type::kString, false, WithAuto(Whole(4, 15))},
                             {"resolution", Type::kString, false,
                              fast ? Texts{"480p", "720p"} : Texts{"480p", "720p", "1080p", "4k"}},
                             {"aspect_ratio", Type::kString, false, WithAuto(SixAspects())},
                             {"generate_audio", Type::kBoolean},
                             {"bitrate_mode", Type::kString, false, {"standard", "high"}},
                             {"end_user_id", Type::kString}},
                            {{"720p", fast ? 241'920'000 : 302'400'000}});  // billing units; tokens decide
  endpoint.nanos_per_token = fast ? 11'200 : 14'000;
  endpoint.same_area = true;
  endpoint.returns_seed = true;
  if (with_picture) {
    AddPicture(&endpoint, "image_url");
    endpoint.fields.push_back({"end_image_url", Type::kString});
  }
  return endpoint;
}

// The tier is in the id, and the length is text. Shots take the prompt's place.
Endpoint Kling30(bool pro, bool with_picture) {
  std::string_view id = with_picture ? "fal-ai/kling-video/v3/standard/image-to-video"
                                     : "fal-ai/kling-video/v3/standard/text-to-video";
  if (pro) {
    id =
        with_picture ? "fal-ai/kling-video/v3/pro/image-to-video" : "fal-ai/kling-video/v3/pro/text-to-video";
  }
  Endpoint endpoint = Model(id,
                            {{.path = "prompt", .required = true, .unless = "multi_prompt"},
                             {"multi_prompt", Type::kArray, false, {}, 1, 6},
                             {"negative_prompt", Type::kString},
                             {"duration", Type::kString, false, Whole(3, 15)},
                             {"generate_audio", Type::kBoolean},
                             {"cfg_scale", Type::kNumber, false, {}, 0, 1},
                             {"shot_type", Type::kString, false, {"customize", "intelligent"}},
                             {"elements", Type::kArray}},
                            {{"720p", 126'000'000, 84'000'000}});
  if (pro) endpoint.rates = {{"1080p", 168'000'000, 112'000'000}};
  endpoint.rules = {{.when = "multi_prompt", .then = "prompt"}};
  endpoint.audio_key = "generate_audio";
  if (with_picture) {
    AddPicture(&endpoint, "start_image_url");
    endpoint.fields.push_back({"end_image_url", Type::kString});
  } else {
    AddAspects(&endpoint, {"16:9", "9:16", "1:1"});
  }
  return endpoint;
}

// The length is a number, though the page prints the default as text. Fast goes on to 20 s at 25 frames per
// second and 1080p. $0.06 a second at 1080p (public tables have $0.04 or $0.06 for Fast); the larger tiers
// are not published and cost two and four times as much, as at the vendor.
Endpoint Ltx23(bool fast, bool with_picture) {
  std::string_view id = with_picture ? "fal-ai/ltx-2.3/image-to-video" : "fal-ai/ltx-2.3/text-to-video";
  if (fast) id = with_picture ? "fal-ai/ltx-2.3/image-to-video/fast" : "fal-ai/ltx-2.3/text-to-video/fast";
  Endpoint endpoint = Model(id,
                            {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                             {"duration", Type::kInteger, false, fast ? Whole(6, 20, 2) : Whole(6, 10, 2)},
                             {"resolution", Type::kString, false, {"1080p", "1440p", "2160p"}},
                             {"fps", Type::kInteger, false, {"24", "25", "48", "50"}},
                             {"generate_audio", Type::kBoolean}},
                            {{"1080p", 60'000'000}, {"1440p", 120'000'000}, {"2160p", 240'000'000}});
  endpoint.default_seconds = 6;
  if (fast) {
    endpoint.rules = {{.when = "duration", .is = Whole(12, 20, 2), .then = "resolution", .only = {"1080p"}},
                      {.when = "duration", .is = Whole(12, 20, 2), .then = "fps", .only = {"25"}}};
  }
  if (with_picture) {
    AddPicture(&endpoint, "image_url");
    endpoint.fields.push_back({"end_image_url", Type::kString});
    AddAspects(&endpoint, {"auto", "16:9", "9:16"});
  } else {
    AddAspects(&endpoint, {"16:9", "9:16"});
  }
  return endpoint;
}

// https://fal.ai/models/pixverse/v6/text-to-video for the prices. The limits of both prompts count bytes.
Endpoint PixverseV6(std::string_view id) {
  Endpoint endpoint =
      Model(id,
            {{.path = "prompt", .required = true, .min = 1, .max = 2048, .in_bytes = true},
             {.path = "negative_prompt", .max = 2048, .in_bytes = true},
             {"duration", Type::kInteger, false, {}, 1, 15},
             {"resolution", Type::kString, false, {"360p", "540p", "720p", "1080p"}},
             {"generate_audio_switch", Type::kBoolean},
             {"generate_multi_clip_switch", Type::kBoolean},
             {"style", Type::kString, false, {"anime", "3d_animation", "clay", "comic", "cyberpunk"}},
             {"thinking_type", Type::kString, false, {"enabled", "disabled", "auto"}},
             {"seed", Type::kInteger}},
            {{"720p", 60'000'000, 45'000'000},
             {"360p", 35'000'000, 25'000'000},
             {"540p", 45'000'000, 35'000'000},
             {"1080p", 115'000'000, 90'000'000}});
  endpoint.audio_key = "generate_audio_switch";
  endpoint.audio = false;
  return endpoint;
}

std::vector<Endpoint> PixverseEndpoints() {
  const Texts aspects = {"16:9", "4:3", "1:1", "3:4", "9:16", "2:3", "3:2", "21:9"};
  Endpoint from_picture = PixverseV6("fal-ai/pixverse/v6/image-to-video");
  AddPicture(&from_picture, "image_url");
  Endpoint transition = PixverseV6("fal-ai/pixverse/v6/transition");
  AddPicture(&transition, "first_image_url");
  transition.fields.push_back({"end_image_url", Type::kString});
  AddAspects(&transition, aspects);
  Endpoint from_text = PixverseV6("fal-ai/pixverse/v6/text-to-video");
  AddAspects(&from_text, aspects);
  return {from_picture, transition, from_text};
}

// The standard tier, 768p; a price for the clip by its length.
Endpoint Hailuo23(bool with_picture) {
  Endpoint endpoint = Model(with_picture ? "fal-ai/minimax/hailuo-2.3/standard/image-to-video"
                                         : "fal-ai/minimax/hailuo-2.3/standard/text-to-video",
                            {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                             {"duration", Type::kString, false, {"6", "10"}},
                             {"prompt_optimizer", Type::kBoolean}},
                            {{"768p", 0}});
  endpoint.clip_prices = {{6, 280'000'000}, {10, 560'000'000}};
  endpoint.default_seconds = 6;
  if (with_picture) AddPicture(&endpoint, "image_url");
  return endpoint;
}

// Pro, 1080p: $0.49 a clip, whose length nobody chooses.
Endpoint Hailuo23Pro(bool with_picture) {
  Endpoint endpoint =
      Model(with_picture ? "fal-ai/minimax/hailuo-2.3/pro/image-to-video"
                         : "fal-ai/minimax/hailuo-2.3/pro/text-to-video",
            {{"prompt", Type::kString, true, {}, 1, kNoLimit}, {"prompt_optimizer", Type::kBoolean}},
            {{"1080p", 0}});
  endpoint.clip_prices = {{6, 490'000'000}};
  endpoint.default_seconds = 6;
  if (with_picture) AddPicture(&endpoint, "image_url");
  return endpoint;
}

// The length has its unit, and the id of a video from text no suffix.
Endpoint Veo31Fast(bool with_picture) {
  Endpoint endpoint = Model(with_picture ? "fal-ai/veo3.1/fast/image-to-video" : "fal-ai/veo3.1/fast",
                            {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                             {"negative_prompt", Type::kString},
                             {"duration", Type::kString, false, {"4s", "6s", "8s"}},
                             {"resolution", Type::kString, false, {"720p", "1080p", "4k"}},
                             {"generate_audio", Type::kBoolean},
                             {"seed", Type::kInteger},
                             {"auto_fix", Type::kBoolean},
                             {"safety_tolerance", Type::kString, false, Whole(1, 6)}},
                            {{"720p", 150'000'000, 100'000'000},
                             {"1080p", 150'000'000, 100'000'000},
                             {"4k", 350'000'000, 300'000'000}});
  endpoint.default_seconds = 8;
  endpoint.audio_key = "generate_audio";
  if (with_picture) {
    AddPicture(&endpoint, "image_url");
    AddAspects(&endpoint, {"auto", "16:9", "9:16"});
  } else {
    AddAspects(&endpoint, {"16:9", "9:16"});
  }
  return endpoint;
}

}  // namespace

std::vector<Endpoint> FalVendorEndpoints() {
  std::vector<Endpoint> all = PixverseEndpoints();
  for (const bool with_picture : {true, false}) {
    for (const bool second : {false, true}) {
      all.push_back(Seedance20(second, with_picture));
      all.push_back(Kling30(second, with_picture));
      all.push_back(Ltx23(second, with_picture));
    }
    all.push_back(Hailuo23(with_picture));
    all.push_back(Hailuo23Pro(with_picture));
    all.push_back(Veo31Fast(with_picture));
  }
  return all;
}

}  // namespace zoetrope::sandbox
