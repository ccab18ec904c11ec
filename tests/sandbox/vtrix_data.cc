// Vtrix's models. Source: https://doc.vtrix.ai/docs/api/openai/sora-2-i2v. It publishes no prices: $0.10 a
// second is made up, after the other resellers.
#include "tests/sandbox/endpoint_data.h"

namespace zoetrope::sandbox {

std::vector<Endpoint> VtrixEndpoints() {
  return {{.provider = Provider::kVtrix,
           .id = "sora_2_i2v",
           .fields = {{"prompt", Type::kString, true},
                      {"size", Type::kString, false, {"720x1280", "1280x720"}},
                      {"seconds", Type::kString, false, {"4", "8", "12"}},
                      {"input_reference", Type::kString},
                      {"remix_video_id", Type::kString}},
           .rates = {{"720p", 100'000'000}},
           .default_seconds = 4,
           .default_aspect = "9:16",
           .size_style = SizeStyle::kSizeText,
           .picture_key = "input_reference",
           .seconds_key = "seconds"}};
}

}  // namespace zoetrope::sandbox
