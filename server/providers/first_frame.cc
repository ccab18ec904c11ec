#include "server/providers/first_frame.h"

#include <charconv>
#include <string>

#include "server/base/error.h"
#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

constexpr std::int32_t kLongestSide = 16'384;

std::string Text(PixelSize size) { return std::to_string(size.width) + "x" + std::to_string(size.height); }

// The size that is needed and that the picture given by value does not have.
std::optional<PixelSize> OtherSize(const Generation& generation, const Offering& offering,
                                   const Adapter& adapter) {
  if (!generation.first_frame || generation.first_frame->blob() == nullptr) return std::nullopt;
  const std::optional<PixelSize> needed = adapter.FirstFrameSize(generation, offering);
  if (!needed || generation.first_frame->blob()->pixels() == *needed) return std::nullopt;
  return needed;
}

std::optional<std::int32_t> ParseSide(std::string_view text) {
  std::int32_t side = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (error != std::errc() || end != text.data() + text.size() || side < 1 || side > kLongestSide)
    return std::nullopt;
  return side;
}

}  // namespace

std::optional<PixelSize> ParsePixelSize(std::string_view text) {
  const std::size_t times = text.find('x');
  if (times == std::string_view::npos) return std::nullopt;
  const std::optional<std::int32_t> width = ParseSide(text.substr(0, times));
  const std::optional<std::int32_t> height = ParseSide(text.substr(times + 1));
  if (!width || !height) return std::nullopt;
  return PixelSize{*width, *height};
}

std::optional<PixelSize> PixelSizeAt(const SizeRow& row, std::string_view path) {
  for (const JsonConstant& constant : row.set) {
    if (constant.path != path) continue;
    const absl::StatusOr<JsonValue> value = ParseJson(constant.text);
    return value.ok() ? ParsePixelSize(value->Text().value_or("")) : std::nullopt;
  }
  return std::nullopt;
}

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
