// Reads JSON that someone else wrote, within bounds.
#ifndef ZOETROPE_SERVER_PROVIDERS_JSON_READER_H_
#define ZOETROPE_SERVER_PROVIDERS_JSON_READER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/providers/json_value.h"

namespace zoetrope {

// INVALID_ARGUMENT for what is no JSON text in UTF-8; RESOURCE_EXHAUSTED for what exceeds
// limits::kProviderBodyBytes, limits::kJsonDepth or limits::kJsonNodes. Reading stops at the first excess: 20
// MB of `[` cost no more than 33 bytes of it. Of members with the same name the last counts. Errors do not
// quote the text.
absl::StatusOr<JsonValue> ParseJson(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_JSON_READER_H_
