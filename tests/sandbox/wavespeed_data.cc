// WaveSpeed's models. Sources: https://wavespeed.ai/models/openai/sora-2/image-to-video and its sisters under
// https://wavespeed.ai/docs/docs-api. Unknown keys are refused (additionalProperties is false in its
// schemas).
#include "tests/sandbox/endpoint_data.h"

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

// The substitute that WaveSpeed itself names for Sora 2: $1.20 for 5 s; the other resolutions are scaled by
// area.
Endpoint Seedance2() {
  return WithPicture(
      Model("bytedance/seedance-2.0/image-to-video",
            {{"prompt", Type::kString, true},
             {"last_image", Type::kString},
             {"duration", Type::kInteger, false, {}, 4, 15},
             {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
             {"aspect_ratio", Type::kString, false, {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16"}}},
            {{"720p", 240'000'000}, {"480p", 107'000'000}, {"1080p", 540'000'000}}));
}

// $0.26 for 5 s at 720p and $0.12 at 480p, with sound; sound doubles the price.
Endpoint Seedance15(bool with_picture) {
  Endpoint endpoint =
      Model(with_picture ? "bytedance/seedance-v1.5-pro/image-to-video"
                         : "bytedance/seedance-v1.5-pro/text-to-video",
            {{"prompt", Type::kString, true},
             {"duration", Type::kInteger, false, {}, 4, 12},
             {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
             {"aspect_ratio", Type::kString, false, {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16"}},
             {"generate_audio", Type::kBoolean},
             {"camera_fixed", Type::kBoolean},
             {"seed", Type::kInteger, false, {}, -1, 2147483647}},
            {{"720p", 52'000'000}, {"480p", 24'000'000}, {"1080p", 117'000'000}});
  endpoint.half_price_without = "generate_audio";
  if (!with_picture) return endpoint;
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

}  // namespace

std::vector<Endpoint> WavespeedEndpoints() {
  return {Sora(true),        Sora(false), Seedance2(), Seedance15(true),
          Seedance15(false), Wan26(true), Wan26(false)};
}

}  // namespace zoetrope::sandbox
