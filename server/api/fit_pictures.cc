#include "server/api/fit_pictures.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/crypto.h"
#include "server/base/error.h"
#include "server/base/strings.h"
#include "server/providers/first_frame.h"
#include "server/validate/image_fit.h"

namespace zoetrope {

std::set<PixelSize> SizesToFit(const Generation& generation, const std::vector<Candidate>& candidates,
                               const std::vector<Provider>& providers, const Catalogue& catalogue) {
  std::set<PixelSize> sizes;
  if (!generation.first_frame || generation.first_frame->fit == ImageFit::kExact) return sizes;
  for (const Candidate& candidate : candidates) {
    const auto provider = std::find_if(providers.begin(), providers.end(), [&candidate](const Provider& p) {
      return p.name == candidate.provider;
    });
    const Offering* const offering = catalogue.FindOffering(candidate.offering);
    if (provider == providers.end() || provider->adapter == nullptr || offering == nullptr) continue;
    const std::optional<PixelSize> size = SizeToFit(generation, *offering, *provider->adapter);
    if (size) sizes.insert(*size);
  }
  return sizes;
}

absl::Status FitFirstFrame(const std::set<PixelSize>& sizes, Generation& generation,
                           std::map<std::string, MediaBytes>& blobs) {
  if (sizes.empty()) return absl::OkStatus();
  Image& frame = *generation.first_frame;
  const auto original = blobs.find(frame.blob()->sha256);
  if (original == blobs.end()) return absl::InternalError("a picture without bytes");
  for (const PixelSize& size : sizes) {
    absl::StatusOr<MediaBytes> copy = FitImage(original->second, size.width, size.height, frame.fit);
    if (absl::IsInvalidArgument(copy.status())) {
      return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD,
                            {{"generation.first_frame.data", std::string(ToStd(copy.status().message()))}});
    }
    if (!copy.ok()) return copy.status();
    BlobRef blob{Sha256Hex(copy->bytes), copy->content_type, static_cast<std::int64_t>(copy->bytes.size()),
                 size.width, size.height};
    blobs.try_emplace(blob.sha256, *std::move(copy));
    frame.fitted.push_back(std::move(blob));
  }
  return absl::OkStatus();
}

}  // namespace zoetrope
