#include "server/providers/json_value.h"

#include <charconv>
#include <system_error>

#include "server/base/utf8.h"

namespace zoetrope {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool TakeDigits(std::string_view& text) {
  const std::size_t before = text.size();
  while (!text.empty() && IsDigit(text.front())) text.remove_prefix(1);
  return text.size() < before;
}

void WriteEscape(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

void WriteString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      WriteEscape(c, out);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = Utf8SequenceLength(text);
    out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

// `8`, `-8`, `8.0` and `8.000`; neither a fraction nor an exponent.
std::optional<std::int64_t> ParseWhole(std::string_view text) {
  if (!IsJsonNumber(text)) return std::nullopt;
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos) {
    if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
    text = text.substr(0, point);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool IsJsonNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0' && IsDigit(text[1])) return false;
  if (!TakeDigits(text)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!TakeDigits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!TakeDigits(text)) return false;
  }
  return text.empty();
}

JsonValue JsonValue::OfBool(bool value) { return JsonValue(Kind::kBool, value ? "true" : "false"); }

JsonValue JsonValue::OfNumber(std::string text) { return JsonValue(Kind::kNumber, std::move(text)); }

JsonValue JsonValue::OfNumber(std::int64_t value) { return JsonValue(Kind::kNumber, std::to_string(value)); }

JsonValue JsonValue::OfString(std::string text) { return JsonValue(Kind::kString, std::move(text)); }

const JsonValue* JsonValue::Find(std::string_view path) const {
  const JsonValue* value = this;
  while (!path.empty()) {
    if (!value->is_object()) return nullptr;
    const std::size_t dot = path.find('.');
    const std::string_view key = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    std::size_t i = value->keys_.size();
    while (i > 0 && value->keys_[i - 1] != key) --i;
    if (i == 0) return nullptr;
    value = &value->children_[i - 1];
  }
  return value;
}

std::optional<std::string> JsonValue::Text(std::string_view path) const {
  const JsonValue* value = Find(path);
  if (value == nullptr || (value->kind_ != Kind::kString && value->kind_ != Kind::kNumber))
    return std::nullopt;
  return value->text_;
}

std::optional<std::int64_t> JsonValue::Integer(std::string_view path) const {
  const std::optional<std::string> text = Text(path);
  return text ? ParseWhole(*text) : std::nullopt;
}

std::optional<std::string> JsonValue::Decimal(std::string_view path) const {
  std::optional<std::string> text = Text(path);
  if (!text || !IsJsonNumber(*text)) return std::nullopt;
  return text;
}

std::optional<bool> JsonValue::Bool(std::string_view path) const {
  const JsonValue* value = Find(path);
  if (value == nullptr || (value->kind_ != Kind::kBool && value->kind_ != Kind::kString)) return std::nullopt;
  if (value->text_ == "true") return true;
  if (value->text_ == "false") return false;
  return std::nullopt;
}

std::span<const JsonValue> JsonValue::Items(std::string_view path) const {
  const JsonValue* value = Find(path);
  if (value == nullptr || !value->is_array()) return {};
  return value->children_;
}

std::span<const std::string> JsonValue::Keys(std::string_view path) const {
  const JsonValue* value = Find(path);
  if (value == nullptr || !value->is_object()) return {};
  return value->keys_;
}

JsonValue& JsonValue::Append(JsonValue value) {
  children_.push_back(std::move(value));
  return children_.back();
}

JsonValue& JsonValue::Insert(std::string key, JsonValue value) {
  keys_.push_back(std::move(key));
  children_.push_back(std::move(value));
  return children_.back();
}

JsonValue* JsonValue::FindMember(std::string_view key) {
  for (std::size_t i = keys_.size(); i > 0; --i) {
    if (keys_[i - 1] == key) return &children_[i - 1];
  }
  return nullptr;
}

std::string JsonValue::Write() const {
  std::string out;
  WriteTo(out);
  return out;
}

void JsonValue::WriteTo(std::string& out) const {
  switch (kind_) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBool:
    case Kind::kNumber:
      out += text_;
      return;
    case Kind::kString:
      WriteString(text_, out);
      return;
    case Kind::kArray:
    case Kind::kObject:
      break;
  }
  out += is_object() ? '{' : '[';
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (i > 0) out += ',';
    if (is_object()) {
      WriteString(keys_[i], out);
      out += ':';
    }
    children_[i].WriteTo(out);
  }
  out += is_object() ? '}' : ']';
}

}  // namespace zoetrope
