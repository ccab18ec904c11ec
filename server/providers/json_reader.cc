#include "server/providers/json_reader.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/base/limits.h"

namespace zoetrope {
namespace {

// Receives the parser's events and builds the tree. Every callback returns false to stop the parser.
class TreeBuilder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return Add(JsonValue()); }
  bool boolean(bool value) { return Add(JsonValue::OfBool(value)); }
  bool number_integer(number_integer_t value) { return Add(JsonValue::OfNumber(std::to_string(value))); }
  bool number_unsigned(number_unsigned_t value) { return Add(JsonValue::OfNumber(std::to_string(value))); }
  // Fractions, exponents, and integers beyond 64 bits: the raw text is exact, the double is not.
  bool number_float(number_float_t, const string_t& raw) { return Add(JsonValue::OfNumber(raw)); }
  bool string(string_t& text) { return Add(JsonValue::OfString(std::move(text))); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return Open(JsonValue::Object()); }
  bool start_array(std::size_t) { return Open(JsonValue::Array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(string_t& text) {
    keys_.back() = std::move(text);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) { return false; }

  bool exceeded() const { return exceeded_; }
  JsonValue TakeRoot() { return std::move(root_); }

 private:
  bool Add(JsonValue value) {
    if (++nodes_ > limits::kJsonNodes) return Exceed();
    Place(std::move(value));
    return true;
  }
  bool Open(JsonValue container) {
    if (++nodes_ > limits::kJsonNodes || static_cast<int>(open_.size()) >= limits::kJsonDepth)
      return Exceed();
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool Close() {
    JsonValue done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    Place(std::move(done));
    return true;
  }
  void Place(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object()) {
      open_.back().Insert(std::move(keys_.back()), std::move(value));
    } else {
      open_.back().Append(std::move(value));
    }
  }
  bool Exceed() {
    exceeded_ = true;
    return false;
  }

  JsonValue root_;
  std::vector<JsonValue> open_;    // the containers around the current place, outermost first
  std::vector<std::string> keys_;  // the name that each of them is about to give a member
  int nodes_ = 0;
  bool exceeded_ = false;
};

}  // namespace

absl::StatusOr<JsonValue> ParseJson(std::string_view text) {
  if (text.size() > limits::kProviderBodyBytes) return absl::ResourceExhaustedError("JSON text is too long");
  TreeBuilder builder;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return builder.TakeRoot();
  if (builder.exceeded()) return absl::ResourceExhaustedError("JSON text is too deep or has too many values");
  return absl::InvalidArgumentError("not a JSON text");
}

}  // namespace zoetrope
