// A first frame given by value, at offerings that take it in one size only.
#ifndef ZOETROPE_SERVER_PROVIDERS_FIRST_FRAME_H_
#define ZOETROPE_SERVER_PROVIDERS_FIRST_FRAME_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "server/domain/generation.h"
#include "server/domain/offering.h"
#include "server/providers/adapter.h"

namespace zoetrope {

// `1280x720`; nullopt for what is no such text, or has a side beyond 16384.
std::optional<PixelSize> ParsePixelSize(std::string_view text);

// The size that a row of an offering's table writes as such a text at `path`; nullopt where it writes none.
std::optional<PixelSize> PixelSizeAt(const SizeRow& row, std::string_view path);

// OK, or MakeFieldError with the size that is needed, where the picture has another one and must stay as it
// is.
absl::Status CheckFirstFrame(const Generation& generation, const Offering& offering, const Adapter& adapter);

// The size in which a copy of the picture must be made for this offering; nullopt: it can be sent as it is.
std::optional<PixelSize> SizeToFit(const Generation& generation, const Offering& offering,
                                   const Adapter& adapter);

// Puts the copy of the size that is needed in place of the picture, if there is one.
void UseFittedFrame(const Offering& offering, const Adapter& adapter, Generation& generation);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_FIRST_FRAME_H_
