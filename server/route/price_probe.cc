#include "server/route/price_probe.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "server/route/rule_check.h"

namespace zoetrope {
namespace {

// Of example.com, which is nobody's (RFC 2606): the price of a picture does not depend on what is in it.
constexpr const char* kPicture = "https://example.com/picture.png";

// What the model does by itself where the offering can do it, else the first that it can.
std::string Preferred(const std::string& by_default, const std::vector<std::string>& listed) {
  const bool has_default = std::find(listed.begin(), listed.end(), by_default) != listed.end();
  return has_default || listed.empty() ? by_default : listed.front();
}

Generation Plain(const Model& model, const Offering& offering) {
  Generation plain;
  plain.model = model.id;
  plain.prompt = "A paper boat sets off";
  const bool from_picture = offering.mode == Mode::kImageToVideo || offering.mode == Mode::kFirstLastFrame;
  if (from_picture) plain.first_frame = Image{std::string(kPicture), ImageFit::kExact};
  if (offering.mode == Mode::kFirstLastFrame) plain.last_frame = plain.first_frame;
  plain.aspect_ratio =
      Preferred(from_picture ? model.default_aspect_ratio_with_image : model.default_aspect_ratio,
                offering.aspect_ratios);
  plain.count = 1;
  return plain;
}

std::vector<bool> Sounds(AudioSupport audio) {
  if (audio == AudioSupport::kNever) return {false};
  if (audio == AudioSupport::kAlways) return {true};
  return {false, true};
}

}  // namespace

std::vector<Generation> PriceProbes(const Model& model, const Offering& offering) {
  if (offering.mode != Mode::kTextToVideo && offering.mode != Mode::kImageToVideo &&
      offering.mode != Mode::kFirstLastFrame)
    return {};
  std::vector<std::int64_t> durations = offering.durations_ms;
  if (durations.empty()) durations.push_back(model.default_duration_ms);
  std::vector<std::string> resolutions = offering.resolutions;
  if (resolutions.empty()) resolutions.push_back(model.default_resolution);
  std::vector<Generation> probes;
  for (const std::int64_t duration : durations) {
    for (const std::string& resolution : resolutions) {
      for (const bool audio : Sounds(offering.audio)) {
        Generation probe = Plain(model, offering);
        probe.duration_ms = duration;
        probe.resolution = resolution;
        probe.audio = audio;
        if (!FindBrokenRules(probe, offering).empty()) continue;
        if (probes.size() == kPriceProbesMax) return probes;
        probes.push_back(std::move(probe));
      }
    }
  }
  return probes;
}

}  // namespace zoetrope
