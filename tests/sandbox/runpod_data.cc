// RunPod's public endpoints. Source: https://docs.runpod.io/public-endpoints/models/…
#include "tests/sandbox/endpoint_data.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::int64_t kSoraRate = 100'000'000;  // $0.10 a second

Endpoint Sora() {
  return {.provider = Provider::kRunpod,
          .id = "sora-2-i2v",
          .fields = {{"prompt", Type::kString, true},
                     {"image", Type::kString, true},
                     {"duration", Type::kInteger, true, {"4", "8", "12"}}},
          .rates = {{"720p", kSoraRate}},
          .default_seconds = 4,
          .picture_key = "image"};
}

Endpoint Seedance() {
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

Endpoint Wan(bool with_picture) {
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

Endpoint Vidu(bool with_picture) {
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

// A small model: $0.02 a second and $0.04 at 1080p, a quarter of that as a draft. A picture takes the ratio
// away, a sound the length. The ratios are those of the vendor's own page.
Endpoint PVideo() {
  return {
      .provider = Provider::kRunpod,
      .id = "p-video",
      .fields = {{"prompt", Type::kString, true},
                 {"image", Type::kString},
                 {"audio", Type::kString},
                 {"duration", Type::kInteger, false, {}, 1, 10},
                 {"resolution", Type::kString, false, {"720p", "1080p"}},
                 {"aspect_ratio", Type::kString, false, {"16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "1:1"}},
                 {"fps", Type::kInteger, false, {"24", "48"}},
                 {"draft", Type::kBoolean},
                 {"save_audio", Type::kBoolean},
                 {"seed", Type::kInteger}},
      .rates = {{"720p", 20'000'000}, {"1080p", 40'000'000}},
      .default_aspect = "16:9",
      .picture_key = "image",
      .draft_key = "draft"};
}

// $0.10 a second, $0.15 with sound, as reported; its page is named veo-3-1-fast-i2v, the endpoint is not.
Endpoint Veo31Fast() {
  return {.provider = Provider::kRunpod,
          .id = "google-veo3-1-fast-i2v",
          .fields = {{"prompt", Type::kString, true},
                     {"image", Type::kString, true},
                     {"duration", Type::kInteger, false, {"4", "6", "8"}},
                     {"resolution", Type::kString, false, {"720p", "1080p"}},
                     {"aspect_ratio", Type::kString, false, {"16:9", "9:16"}},
                     {"generate_audio", Type::kBoolean},
                     {"seed", Type::kInteger}},
          .rates = {{"720p", 150'000'000, 100'000'000}, {"1080p", 150'000'000, 100'000'000}},
          .default_seconds = 8,
          .default_aspect = "16:9",
          .picture_key = "image",
          .audio_key = "generate_audio"};
}

}  // namespace

std::vector<Endpoint> RunpodEndpoints() {
  return {Sora(), Seedance(), Wan(true), Wan(false), Vidu(true), Vidu(false), PVideo(), Veo31Fast()};
}

}  // namespace zoetrope::sandbox
