// fal's endpoints that other resellers have too. Source: https://fal.ai/models/…/llms.txt. A price that is
// not published per resolution is scaled from the published one; such rows say so.
#include "tests/sandbox/endpoint_data.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::int64_t kSoraRate = 100'000'000;  // $0.10 a second

Endpoint Sora(bool with_picture) {
  Endpoint endpoint{
      .provider = Provider::kFal,
      .id = with_picture ? "fal-ai/sora-2/image-to-video" : "fal-ai/sora-2/text-to-video",
      // The pages print the default of `duration` as "4" and the examples as 4; both are taken.
      .fields = {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                 {"delete_video", Type::kBoolean},
                 {"model", Type::kString, false, {"sora-2", "sora-2-2025-12-08", "sora-2-2025-10-06"}},
                 {"detect_and_block_ip", Type::kBoolean}},
      .rates = {{"720p", kSoraRate}},
      .default_seconds = 4};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.fields.push_back({"duration", Type::kIntegerOrDigits, false, {"4", "8", "12"}});
    endpoint.fields.push_back({"resolution", Type::kString, false, {"auto", "720p"}});
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"auto", "9:16", "16:9"}});
    endpoint.picture_key = "image_url";
  } else {
    endpoint.fields.push_back({"duration", Type::kIntegerOrDigits, false, Whole(4, 20, 4)});
    endpoint.fields.push_back({"resolution", Type::kString, false, {"720p"}});
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"9:16", "16:9"}});
    endpoint.default_aspect = "16:9";
  }
  return endpoint;
}

Endpoint SoraRemix() {
  return {.provider = Provider::kFal,
          .id = "fal-ai/sora-2/video-to-video/remix",
          .fields = {{"video_id", Type::kString, true},
                     {"prompt", Type::kString, true, {}, 1, kNoLimit},
                     {"delete_video", Type::kBoolean}},
          .rates = {{"720p", kSoraRate}},
          .default_seconds = 4,
          .default_aspect = "16:9"};
}

Endpoint Seedance(bool with_picture) {
  Endpoint endpoint{.provider = Provider::kFal,
                    .id = with_picture ? "fal-ai/bytedance/seedance/v1.5/pro/image-to-video"
                                       : "fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
                    .fields = {{"prompt", Type::kString, true, {}, 1, kNoLimit},
                               {"aspect_ratio",
                                Type::kString,
                                false,
                                {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "auto"}},
                               {"resolution", Type::kString, false, {"480p", "720p", "1080p"}},
                               {"duration", Type::kString, false, Whole(4, 12)},
                               {"camera_fixed", Type::kBoolean},
                               {"seed", Type::kInteger, false, {}, -1, kNoLimit},
                               {"enable_safety_checker", Type::kBoolean},
                               {"generate_audio", Type::kBoolean}},
                    // Priced by tokens; about $0.052 a second at 720p with sound and half of that without,
                    // the others scaled by area.
                    .rates = {{"720p", 52'000'000, 26'000'000},
                              {"480p", 24'000'000, 12'000'000},
                              {"1080p", 117'000'000, 58'500'000}},
                    .default_aspect = "16:9",
                    .audio_key = "generate_audio",
                    .same_area = true,
                    .returns_seed = true};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.fields.push_back({"end_image_url", Type::kString});
    endpoint.picture_key = "image_url";
  }
  return endpoint;
}

Endpoint Wan(bool with_picture) {
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
                    .rates = {{"1080p", 150'000'000}, {"720p", 100'000'000}},
                    .returns_seed = true};
  if (with_picture) {
    endpoint.fields.push_back({"image_url", Type::kString, true});
    endpoint.picture_key = "image_url";
  } else {
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "9:16", "1:1", "4:3", "3:4"}});
    endpoint.default_aspect = "16:9";
  }
  return endpoint;
}

Endpoint Vidu(bool with_picture) {
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
    endpoint.rules = {{.when = "end_image_url", .then = "resolution", .only = {"540p", "720p", "1080p"}}};
    endpoint.picture_key = "image_url";
  } else {
    endpoint.fields.push_back({"aspect_ratio", Type::kString, false, {"16:9", "9:16", "4:3", "3:4", "1:1"}});
    endpoint.default_aspect = "16:9";
  }
  return endpoint;
}

}  // namespace

std::vector<Endpoint> FalEndpoints() {
  return {Sora(true), Sora(false), SoraRemix(), Seedance(true), Seedance(false),
          Wan(true),  Wan(false),  Vidu(true),  Vidu(false)};
}

}  // namespace zoetrope::sandbox
