#include "server/providers/first_frame.h"

#include <string>

#include "server/base/error.h"

namespace zoetrope {
namespace {

std::string Text(PixelSize size) { return std::to_string(size.width) + "x" + std::to_string(size.height); }

// The size that is needed and that the picture given by value does not have.
std::optional<PixelSize> OtherSize(const Generation& generation, const Offering& offering,
                                   const Adapter& adapter) {
  if (!generation.first_frame || generation.first_frame->blob() == nullptr) return std::nullopt;
  const std::optional<PixelSize> needed = adapter.FirstFrameSize(generation, offering);
  if (!needed || generation.first_frame->blob()->pixels() == *needed) return std::nullopt;
  return needed;
}

}  // namespace

absl::Status CheckFirstFrame(const Generation& generation, const Offering& offering, const Adapter& adapter) {
  const std::optional<PixelSize> needed = OtherSize(generation, offering, adapter);
  if (!needed || generation.first_frame->fit != ImageFit::kExact) return absl::OkStatus();
  return MakeFieldError(
      v1::ERROR_REASON_UNSUPPORTED_PARAMETER,
      {{"generation.first_frame", "must have " + Text(*needed) + " pixels here and has " +
                                      Text(generation.first_frame->blob()->pixels()) +
                                      "; or set its fit to IMAGE_FIT_COVER or IMAGE_FIT_CONTAIN"}});
}

std::optional<PixelSize> SizeToFit(const Generation& generation, const Offering& offering,
                                   const Adapter& adapter) {
  const std::optional<PixelSize> needed = OtherSize(generation, offering, adapter);
  if (!needed || generation.first_frame->fit == ImageFit::kExact) return std::nullopt;
  return needed;
}

void UseFittedFrame(const Offering& offering, const Adapter& adapter, Generation& generation) {
  const std::optional<PixelSize> needed = OtherSize(generation, offering, adapter);
  if (!needed) return;
  const BlobRef* const copy = generation.first_frame->InSize(*needed);
  if (copy != nullptr) generation.first_frame->source = BlobRef(*copy);
}

}  // namespace zoetrope
