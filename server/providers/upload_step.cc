#include "server/providers/upload_step.h"

#include <algorithm>

namespace zoetrope {
namespace {

constexpr std::string_view kPrefix = "upload:";

}  // namespace

std::string UploadStep(std::string_view sha256) { return std::string(kPrefix) + std::string(sha256); }

std::vector<std::string> UploadSteps(const Generation& generation) {
  std::vector<std::string> steps;
  const auto add = [&steps](const Image& image) {
    if (image.blob() == nullptr) return;
    std::string step = UploadStep(image.blob()->sha256);
    if (std::find(steps.begin(), steps.end(), step) == steps.end()) steps.push_back(std::move(step));
  };
  if (generation.first_frame) add(*generation.first_frame);
  if (generation.last_frame) add(*generation.last_frame);
  for (const Image& image : generation.reference_images) add(image);
  return steps;
}

const MediaBytes* UploadedPicture(std::string_view step, const SubmitInput& input) {
  if (!step.starts_with(kPrefix)) return nullptr;
  const auto found = input.blobs.find(std::string(step.substr(kPrefix.size())));
  return found == input.blobs.end() ? nullptr : &found->second;
}

}  // namespace zoetrope
