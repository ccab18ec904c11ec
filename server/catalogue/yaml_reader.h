// Strict, typed reads of YAML, with the place of every problem.
//
// A reader goes on after a problem, so that one run finds them all: a value that cannot be read keeps its
// default, and whoever started the run looks at the problems before he uses anything. yaml-cpp's exceptions
// end in ParseYaml.
#ifndef ZOETROPE_SERVER_CATALOGUE_YAML_READER_H_
#define ZOETROPE_SERVER_CATALOGUE_YAML_READER_H_

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/catalogue/file_problem.h"

namespace zoetrope {

// What a file may be. Anchors, aliases, tags and several documents are refused: a small alias can stand for a
// very large value.
struct YamlLimits {
  std::size_t bytes = std::size_t{1} << 20;
  int depth = 16;
  int nodes = 50'000;
};

// The problems of one file, and where each of its values stands.
class YamlContext {
 public:
  explicit YamlContext(std::string_view file) : file_(file) {}

  void Add(const YAML::Mark& mark, std::string message);
  // At the value of that path, or at the nearest one around it. A path looks like
  // `models[0].prices[1].amount`.
  void AddAt(const std::string& path, std::string message);
  void Remember(const std::string& path, const YAML::Mark& mark) { places_.insert_or_assign(path, mark); }

  bool ok() const { return problems_.empty(); }
  // In the order of the file.
  std::vector<FileProblem> TakeProblems();

 private:
  std::string file_;
  std::map<std::string, YAML::Mark> places_;
  std::vector<FileProblem> problems_;
};

// The root of the one document of `text`; nullopt, with a problem, where there is none.
std::optional<YAML::Node> ParseYaml(std::string_view text, YamlContext& context,
                                    const YamlLimits& limits = {});

// One value each; nullopt, with a problem, where it is of another type. Nothing is converted: `"4"` is no
// number, `yes` no switch.
std::optional<std::string> ReadText(const YAML::Node& node, YamlContext& context);
std::optional<bool> ReadBool(const YAML::Node& node, YamlContext& context);
std::optional<std::int64_t> ReadInteger(const YAML::Node& node, YamlContext& context);
std::optional<double> ReadNumber(const YAML::Node& node, YamlContext& context);
// Such as `8s` or `4500ms`; positive, in whole milliseconds.
std::optional<absl::Duration> ReadDuration(const YAML::Node& node, YamlContext& context);
// The items of a list.
std::optional<std::vector<YAML::Node>> ReadList(const YAML::Node& node, YamlContext& context);
// Whether a scalar stands in quotes, which makes it a text.
bool IsQuoted(const YAML::Node& node);

enum class Presence { kRequired, kOptional };

// A word of a closed vocabulary.
template <typename T>
struct Word {
  std::string_view text;
  T value;
};

// One mapping, read key by key. Keys that no one has asked for by the time of Finish are problems.
class YamlMap {
 public:
  YamlMap(const YAML::Node& node, std::string path, YamlContext& context);

  const std::string& path() const { return path_; }
  YamlContext& context() const { return context_; }
  // Keys as they stand, for mappings whose keys are data. They count as asked for.
  const std::vector<std::pair<std::string, YAML::Node>>& Entries();

  // The value of `key`; nullopt where it is missing, which is a problem when it is required.
  std::optional<YAML::Node> Find(std::string_view key, Presence presence);
  std::string PathOf(std::string_view key) const;

  // Each leaves `out` alone where the key is missing or ill-typed.
  void Text(std::string_view key, Presence presence, std::string& out);
  void Texts(std::string_view key, Presence presence, std::vector<std::string>& out);
  void Bool(std::string_view key, Presence presence, bool& out);
  void Integer(std::string_view key, Presence presence, std::int64_t min, std::int64_t max,
               std::int32_t& out);
  void Duration(std::string_view key, Presence presence, absl::Duration& out);
  template <typename T, std::size_t kSize>
  void Choice(std::string_view key, Presence presence, const Word<T> (&words)[kSize], T& out);

  // Takes what `defaults` has and this mapping has not. Where both have a mapping at a key of `merged`, the
  // same holds between these two; any other value of this mapping's own stands in place of the other's.
  void FillFrom(const YAML::Node& defaults, const std::set<std::string, std::less<>>& merged);

  void Finish();

 private:
  std::string path_;
  YamlContext& context_;
  YAML::Mark mark_;
  std::vector<std::pair<std::string, YAML::Node>> entries_;
  std::set<std::string, std::less<>> asked_;
};

template <typename T, std::size_t kSize>
void YamlMap::Choice(std::string_view key, Presence presence, const Word<T> (&words)[kSize], T& out) {
  const std::optional<YAML::Node> node = Find(key, presence);
  if (!node) return;
  const std::optional<std::string> text = ReadText(*node, context_);
  if (!text) return;
  std::string known;
  for (const Word<T>& word : words) {
    if (*text == word.text) {
      out = word.value;
      return;
    }
    known += known.empty() ? "" : ", ";
    known += word.text;
  }
  context_.Add(node->Mark(), std::string(key) + ": must be one of " + known);
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_YAML_READER_H_
