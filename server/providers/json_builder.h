// Builds a request's JSON by dotted paths. Deterministic: members stand in the order in which they were first
// named.
#ifndef ZOETROPE_SERVER_PROVIDERS_JSON_BUILDER_H_
#define ZOETROPE_SERVER_PROVIDERS_JSON_BUILDER_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "server/providers/json_value.h"

namespace zoetrope {

// An object under construction. A path that is set twice, or that leads through something which is no object,
// is an error and not an overwrite: what the dialect has set, data cannot replace.
class JsonBuilder {
 public:
  // Sets the member at `path` (`inputs.videoId`), making the objects that lead there.
  absl::Status Set(std::string_view path, JsonValue value);
  // Appends to the array at `path`, making it if need be.
  absl::Status Append(std::string_view path, JsonValue value);
  // Sets the member at `path` to a JSON text from the catalogue, such as `8` or `"720p"`.
  absl::Status SetLiteral(std::string_view path, std::string_view json);

  const JsonValue& value() const { return root_; }
  JsonValue Take() { return std::move(root_); }

 private:
  JsonValue root_ = JsonValue::Object();
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_JSON_BUILDER_H_
