// JSON as a small tree that keeps each number as it was written, so that money never passes through a float.
#ifndef ZOETROPE_SERVER_PROVIDERS_JSON_VALUE_H_
#define ZOETROPE_SERVER_PROVIDERS_JSON_VALUE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope {

// One value. The typed reads are tolerant, because providers are not strict: a number may come as a string
// and a string as a number; whatever does not fit reads as nullopt, never as a default. Paths are dotted
// names of nested members (`output.cost`); the empty path is the value itself.
class JsonValue {
 public:
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  JsonValue() = default;  // null
  static JsonValue OfBool(bool value);
  static JsonValue OfNumber(std::string text);  // `text` must be a JSON number
  static JsonValue OfNumber(std::int64_t value);
  static JsonValue OfString(std::string text);
  static JsonValue Array() { return JsonValue(Kind::kArray, {}); }
  static JsonValue Object() { return JsonValue(Kind::kObject, {}); }

  Kind kind() const { return kind_; }
  bool is_object() const { return kind_ == Kind::kObject; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_string() const { return kind_ == Kind::kString; }

  // The member at `path`; nullptr where there is none. Of members with the same name the last counts.
  const JsonValue* Find(std::string_view path) const;

  // A string, or a number as it was written.
  std::optional<std::string> Text(std::string_view path = {}) const;
  // `8`, `"8"` and `8.0`.
  std::optional<std::int64_t> Integer(std::string_view path = {}) const;
  // The exact text of a number, or of a string that is a number.
  std::optional<std::string> Decimal(std::string_view path = {}) const;
  // true, false, `"true"` and `"false"`.
  std::optional<bool> Bool(std::string_view path = {}) const;
  // The elements of an array; none where there is no array.
  std::span<const JsonValue> Items(std::string_view path = {}) const;
  // The names of an object's members; none where there is no object.
  std::span<const std::string> Keys(std::string_view path = {}) const;

  // For those who build. `this` must be an array, an object.
  JsonValue& Append(JsonValue value);
  JsonValue& Insert(std::string key, JsonValue value);  // does not look for a member of that name
  JsonValue* FindMember(std::string_view key);

  // Compact JSON: members in the order of their insertion, numbers as given, invalid UTF-8 replaced by
  // U+FFFD.
  std::string Write() const;

  bool operator==(const JsonValue&) const = default;

 private:
  JsonValue(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  void WriteTo(std::string& out) const;

  Kind kind_ = Kind::kNull;
  std::string text_;               // of a string, a number; `true` or `false`
  std::vector<std::string> keys_;  // of an object, beside children_
  std::vector<JsonValue> children_;
};

// Whether `text` is a number by RFC 8259 §6.
bool IsJsonNumber(std::string_view text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_JSON_VALUE_H_
