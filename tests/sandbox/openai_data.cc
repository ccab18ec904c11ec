// OpenAI's video models. Sources: https://platform.openai.com/docs/api-reference/videos (fields, sizes,
// seconds), https://platform.openai.com/docs/guides/video-generation (1080p of the pro model),
// https://platform.openai.com/docs/pricing.
#include "tests/sandbox/endpoint_data.h"

namespace zoetrope::sandbox {
namespace {

Endpoint Model(std::string_view id, bool pro) {
  Endpoint endpoint{.provider = Provider::kOpenai,
                    .id = id,
                    .fields = {{"prompt", Type::kString, true, {}, 1, 32000},
                               {"model", Type::kString},
                               {"seconds", Type::kString, false, {"4", "8", "12"}},
                               {"input_reference", Type::kAny}},
                    .rejects_unknown = true,
                    .rates = {{"720p", 100'000'000}},
                    .default_seconds = 4,
                    .default_aspect = "9:16",
                    .size_style = SizeStyle::kSizeText,
                    .seconds_key = "seconds"};
  std::vector<std::string_view> sizes = {"720x1280", "1280x720"};
  if (pro) {
    sizes.insert(sizes.end(), {"1024x1792", "1792x1024", "1080x1920", "1920x1080"});
    endpoint.rates = {{"720p", 300'000'000},
                      {"1024x1792", 500'000'000},
                      {"1792x1024", 500'000'000},
                      {"1080p", 700'000'000}};
  }
  endpoint.fields.push_back({"size", Type::kString, false, sizes});
  return endpoint;
}

}  // namespace

std::vector<Endpoint> OpenaiEndpoints() {
  return {Model("sora-2", false), Model("sora-2-2025-10-06", false), Model("sora-2-2025-12-08", false),
          Model("sora-2-pro", true), Model("sora-2-pro-2025-10-06", true)};
}

}  // namespace zoetrope::sandbox
