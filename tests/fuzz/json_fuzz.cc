// The reader of JSON that others wrote, and every typed read of what it made.
#include <nlohmann/json.hpp>
#include <string>

#include "server/base/limits.h"
#include "server/providers/json_reader.h"
#include "server/providers/json_value.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

// Reads `value` as everything, and what is in it, until `budget` values were read: of several members of one
// name the last is found, as often as the name stands there.
void CheckReads(const JsonValue& value, int depth, int& budget) {
  FUZZ_CHECK(depth <= limits::kJsonDepth);
  if (--budget < 0) return;
  const std::optional<std::string> text = value.Text();
  const std::optional<std::string> decimal = value.Decimal();
  const std::optional<std::int64_t> integer = value.Integer();
  if (decimal) FUZZ_CHECK(text == decimal && IsJsonNumber(*decimal));
  if (integer) FUZZ_CHECK(decimal.has_value());
  if (value.kind() == JsonValue::Kind::kNumber) FUZZ_CHECK(decimal.has_value());
  if (value.Bool()) FUZZ_CHECK(value.kind() == JsonValue::Kind::kBool || value.is_string());
  for (const JsonValue& item : value.Items()) CheckReads(item, depth + 1, budget);
  for (const std::string& key : value.Keys()) {
    const bool is_path = key.empty() || key.find('.') != std::string::npos;
    if (is_path || budget < 0) continue;
    const JsonValue* const member = value.Find(key);
    FUZZ_CHECK(member != nullptr);
    CheckReads(*member, depth + 1, budget);
  }
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  const std::string_view text = fuzz::TextOf(data, size);
  const absl::StatusOr<JsonValue> value = ParseJson(text);
  if (!value.ok()) {
    // What is refused is no JSON to another reader either, unless it is too large.
    FUZZ_CHECK(absl::IsResourceExhausted(value.status()) ||
               !nlohmann::json::accept(text.begin(), text.end()));
    return 0;
  }
  FUZZ_CHECK(nlohmann::json::accept(text.begin(), text.end()));
  int budget = 1'000;
  fuzz::CheckReads(*value, 0, budget);
  const std::string written = value->Write();
  const absl::StatusOr<JsonValue> again = ParseJson(written);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*again == *value);
  FUZZ_CHECK(again->Write() == written);
  return 0;
}
