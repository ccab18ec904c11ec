// What the reader and the writer of several kinds of rows share.
#ifndef ZOETROPE_SERVER_CATALOGUE_SYNTAX_PARTS_H_
#define ZOETROPE_SERVER_CATALOGUE_SYNTAX_PARTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/money.h"
#include "server/catalogue/yaml_reader.h"

namespace zoetrope {

// `path[index]`.
std::string ItemPath(const std::string& path, std::size_t index);

// A positive amount that needs no rounding; nullopt, with a problem where something else stands there.
std::optional<Money> ReadAmount(YamlMap& map, std::string_view key, Presence presence);

// Lengths as a list, or as a range `{from: 4s, to: 15s, step: 1s}` with both ends, whose step is 1s where
// none is named. In milliseconds.
void ReadDurations(YamlMap& map, std::string_view key, std::vector<std::int64_t>& out);

// Whole numbers above zero.
void ReadIntegers(YamlMap& map, std::string_view key, std::vector<std::int32_t>& out);

// Runs `read(item map)` for each item of the list at `key`, where there is one.
template <typename Read>
void ForEachMap(YamlMap& map, std::string_view key, Read read) {
  const std::optional<YAML::Node> node = map.Find(key, Presence::kOptional);
  if (!node) return;
  const std::optional<std::vector<YAML::Node>> items = ReadList(*node, map.context());
  if (!items) return;
  for (std::size_t i = 0; i < items->size(); ++i) {
    YamlMap item((*items)[i], ItemPath(map.PathOf(key), i), map.context());
    read(item);
    item.Finish();
  }
}

// `8s`, or `4500ms` where the seconds are not whole.
std::string DurationText(std::int64_t millis);

// `text` as a JSON string, which is a YAML string as well.
std::string JsonString(std::string_view text);

// Builds `{a: 1, b: 2}`.
class FlowMap {
 public:
  void Add(std::string_view key, const std::string& value);
  bool empty() const { return text_.empty(); }
  std::string Text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

// `[a, b]`.
template <typename Items, typename Write>
std::string FlowList(const Items& items, Write write) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + write(item);
  return "[" + text + "]";
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_SYNTAX_PARTS_H_
