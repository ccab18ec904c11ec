#include "server/catalogue/syntax_parts.h"

namespace zoetrope {
namespace {

// More lengths than a caller can ask for are a slip of the pen.
constexpr std::int64_t kMostDurations = 1'000;

void ReadRange(const YAML::Node& node, const std::string& path, YamlContext& context,
               std::vector<std::int64_t>& out) {
  YamlMap range(node, path, context);
  absl::Duration from;
  absl::Duration to;
  absl::Duration step = absl::Seconds(1);
  range.Duration("from", Presence::kRequired, from);
  range.Duration("to", Presence::kRequired, to);
  range.Duration("step", Presence::kOptional, step);
  range.Finish();
  if (from == absl::ZeroDuration() || to == absl::ZeroDuration()) return;  // told already
  if (from > to || (to - from) % step != absl::ZeroDuration() || (to - from) / step >= kMostDurations) {
    context.Add(node.Mark(), "must reach from the shortest to the longest in whole steps");
    return;
  }
  for (absl::Duration at = from; at <= to; at += step) out.push_back(absl::ToInt64Milliseconds(at));
}

}  // namespace

std::string ItemPath(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::optional<Money> ReadAmount(YamlMap& map, std::string_view key, Presence presence) {
  const std::optional<YAML::Node> node = map.Find(key, presence);
  if (!node) return std::nullopt;
  const std::optional<std::string> text = ReadText(*node, map.context());
  if (!text) return std::nullopt;
  const absl::StatusOr<Money> amount = ParseMoney(*text);
  if (!amount.ok() || amount->nanos() <= 0) {
    map.context().Add(node->Mark(), std::string(key) + ": must be a positive decimal number of US dollars");
    return std::nullopt;
  }
  // ParseMoney rounds; a price that is written down must not need it.
  const std::size_t point = text->find('.');
  if (text->find_first_of("eE") != std::string::npos ||
      (point != std::string::npos && text->size() - point - 1 > 9)) {
    map.context().Add(node->Mark(), std::string(key) + ": must be a plain decimal with at most nine places");
    return std::nullopt;
  }
  return *amount;
}

void ReadDurations(YamlMap& map, std::string_view key, std::vector<std::int64_t>& out) {
  const std::optional<YAML::Node> node = map.Find(key, Presence::kOptional);
  if (!node) return;
  if (node->IsMap()) return ReadRange(*node, map.PathOf(key), map.context(), out);
  const std::optional<std::vector<YAML::Node>> items = ReadList(*node, map.context());
  if (!items) return;
  for (std::size_t i = 0; i < items->size(); ++i) {
    map.context().Remember(ItemPath(map.PathOf(key), i), (*items)[i].Mark());
    if (const std::optional<absl::Duration> value = ReadDuration((*items)[i], map.context())) {
      out.push_back(absl::ToInt64Milliseconds(*value));
    }
  }
}

void ReadIntegers(YamlMap& map, std::string_view key, std::vector<std::int32_t>& out) {
  const std::optional<YAML::Node> node = map.Find(key, Presence::kOptional);
  if (!node) return;
  const std::optional<std::vector<YAML::Node>> items = ReadList(*node, map.context());
  if (!items) return;
  for (std::size_t i = 0; i < items->size(); ++i) {
    map.context().Remember(ItemPath(map.PathOf(key), i), (*items)[i].Mark());
    const std::optional<std::int64_t> value = ReadInteger((*items)[i], map.context());
    if (!value) continue;
    if (*value < 1 || *value > 1'000'000) {
      map.context().Add((*items)[i].Mark(), std::string(key) + ": must lie from 1 to 1000000");
      continue;
    }
    out.push_back(static_cast<std::int32_t>(*value));
  }
}

std::string DurationText(std::int64_t millis) {
  return millis % 1000 == 0 ? std::to_string(millis / 1000) + "s" : std::to_string(millis) + "ms";
}

std::string JsonString(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\u00";
      quoted += kHex[byte >> 4];
      quoted += kHex[byte & 0xf];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

void FlowMap::Add(std::string_view key, const std::string& value) {
  text_ += text_.empty() ? "" : ", ";
  text_ += key;
  text_ += ": ";
  text_ += value;
}

}  // namespace zoetrope
