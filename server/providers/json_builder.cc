#include "server/providers/json_builder.h"

#include "absl/status/statusor.h"
#include "server/base/status_macros.h"
#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

absl::Status PathError(std::string_view path, std::string_view what) {
  std::string message = "path `";
  message += path;
  message += "` ";
  message += what;
  return absl::FailedPreconditionError(message);
}

// The object that holds the last name of `path`; `name` becomes that name.
absl::StatusOr<JsonValue*> HolderOf(JsonValue& root, std::string_view path, std::string_view& name) {
  JsonValue* holder = &root;
  std::string_view rest = path;
  while (true) {
    const std::size_t dot = rest.find('.');
    name = rest.substr(0, dot);
    if (name.empty()) return PathError(path, "has an empty name");
    if (!holder->is_object()) return PathError(path, "leads through something that is no object");
    if (dot == std::string_view::npos) return holder;
    JsonValue* next = holder->FindMember(name);
    holder = next != nullptr ? next : &holder->Insert(std::string(name), JsonValue::Object());
    rest = rest.substr(dot + 1);
  }
}

}  // namespace

absl::Status JsonBuilder::Set(std::string_view path, JsonValue value) {
  std::string_view name;
  ZOETROPE_ASSIGN_OR_RETURN(JsonValue * holder, HolderOf(root_, path, name));
  if (holder->FindMember(name) != nullptr) return PathError(path, "is set twice");
  holder->Insert(std::string(name), std::move(value));
  return absl::OkStatus();
}

absl::Status JsonBuilder::Append(std::string_view path, JsonValue value) {
  std::string_view name;
  ZOETROPE_ASSIGN_OR_RETURN(JsonValue * holder, HolderOf(root_, path, name));
  JsonValue* array = holder->FindMember(name);
  if (array == nullptr) array = &holder->Insert(std::string(name), JsonValue::Array());
  if (!array->is_array()) return PathError(path, "is set already, and not to an array");
  array->Append(std::move(value));
  return absl::OkStatus();
}

absl::Status JsonBuilder::SetLiteral(std::string_view path, std::string_view json) {
  absl::StatusOr<JsonValue> value = ParseJson(json);
  if (!value.ok()) return PathError(path, "has a literal that is no JSON");
  return Set(path, *std::move(value));
}

}  // namespace zoetrope
