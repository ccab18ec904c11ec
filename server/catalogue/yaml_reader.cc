#include "server/catalogue/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <tuple>

#include "server/base/strings.h"

namespace zoetrope {
namespace {

// A file with more problems than this is not a catalogue; the rest would not help its author.
constexpr std::size_t kMostProblems = 200;

// Looks at the events of a document before a tree is built from them.
class Guard : public YAML::EventHandler {
 public:
  Guard(YamlContext& context, const YamlLimits& limits) : context_(context), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { See(mark, "", anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Complain(mark, "aliases are not taken here");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string&) override {
    See(mark, tag, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    See(mark, tag, anchor);
    Enter(mark);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    See(mark, tag, anchor);
    Enter(mark);
  }
  void OnMapEnd() override { --depth_; }

 private:
  void Complain(const YAML::Mark& mark, const char* message) {
    if (++complaints_ <= 10) context_.Add(mark, message);
  }
  void See(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) Complain(mark, "anchors are not taken here");
    // "?" and "!" are how yaml-cpp calls plain and quoted values without a tag.
    if (!tag.empty() && tag != "?" && tag != "!") Complain(mark, "tags are not taken here");
    if (++nodes_ == limits_.nodes) Complain(mark, "the file has too many values");
  }
  void Enter(const YAML::Mark& mark) {
    if (++depth_ == limits_.depth + 1) Complain(mark, "values are nested too deeply");
  }

  YamlContext& context_;
  const YamlLimits& limits_;
  int depth_ = 0;
  int nodes_ = 0;
  int complaints_ = 0;
};

// Parses into `root`; throws what yaml-cpp throws.
void ParseOrThrow(const std::string& text, YamlContext& context, const YamlLimits& limits,
                  std::optional<YAML::Node>& root) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Guard guard(context, limits);
  if (!parser.HandleNextDocument(guard)) {
    context.Add(YAML::Mark::null_mark(), "the file is empty");
    return;
  }
  Guard second(context, limits);
  if (parser.HandleNextDocument(second))
    context.Add(YAML::Mark::null_mark(), "there must be one document only");
  if (context.ok()) root = YAML::Load(text);
}

std::optional<std::string> Scalar(const YAML::Node& node, const char* wanted, YamlContext& context) {
  if (node.IsScalar()) return node.Scalar();
  context.Add(node.Mark(), std::string("must be ") + wanted);
  return std::nullopt;
}

template <typename Number>
std::optional<Number> ParseNumber(const YAML::Node& node, const char* wanted, YamlContext& context) {
  const std::optional<std::string> text = Scalar(node, wanted, context);
  if (!text) return std::nullopt;
  Number value{};
  const char* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, value);
  if (IsQuoted(node) || error != std::errc() || stopped != end) {
    context.Add(node.Mark(), std::string("must be ") + wanted);
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string Format(const FileProblem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  return text + ": " + problem.message;
}

void YamlContext::Add(const YAML::Mark& mark, std::string message) {
  if (problems_.size() >= kMostProblems) return;
  const bool placed = !mark.is_null();
  problems_.push_back({file_, placed ? mark.line + 1 : 0, placed ? mark.column + 1 : 0, std::move(message)});
}

void YamlContext::AddAt(const std::string& path, std::string message) {
  std::string place = path;
  while (!place.empty() && !places_.contains(place)) {
    const std::size_t cut = place.find_last_of(".[");
    place.resize(cut == std::string::npos ? 0 : cut);
  }
  const auto found = places_.find(place);
  Add(found == places_.end() ? YAML::Mark::null_mark() : found->second, std::move(message));
}

std::vector<FileProblem> YamlContext::TakeProblems() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const FileProblem& a, const FileProblem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::move(problems_);
}

std::optional<YAML::Node> ParseYaml(std::string_view text, YamlContext& context, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    context.Add(YAML::Mark::null_mark(),
                "the file is longer than " + std::to_string(limits.bytes) + " bytes");
    return std::nullopt;
  }
  std::optional<YAML::Node> root;
  try {
    ParseOrThrow(std::string(text), context, limits, root);
  } catch (const YAML::Exception& error) {
    context.Add(error.mark, error.msg);
    root.reset();
  }
  return root;
}

bool IsQuoted(const YAML::Node& node) { return node.IsScalar() && node.Tag() == "!"; }

std::optional<std::string> ReadText(const YAML::Node& node, YamlContext& context) {
  return Scalar(node, "a text", context);
}

std::optional<bool> ReadBool(const YAML::Node& node, YamlContext& context) {
  const std::optional<std::string> text = Scalar(node, "true or false", context);
  if (!text) return std::nullopt;
  if (!IsQuoted(node) && *text == "true") return true;
  if (!IsQuoted(node) && *text == "false") return false;
  context.Add(node.Mark(), "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> ReadInteger(const YAML::Node& node, YamlContext& context) {
  return ParseNumber<std::int64_t>(node, "a whole number", context);
}

std::optional<double> ReadNumber(const YAML::Node& node, YamlContext& context) {
  std::optional<double> value = ParseNumber<double>(node, "a number", context);
  if (value && !std::isfinite(*value)) {
    context.Add(node.Mark(), "must be a finite number");
    value.reset();
  }
  return value;
}

std::optional<absl::Duration> ReadDuration(const YAML::Node& node, YamlContext& context) {
  constexpr const char* kWanted = "a length of time in whole milliseconds, such as 8s or 4500ms";
  const std::optional<std::string> text = Scalar(node, kWanted, context);
  if (!text) return std::nullopt;
  absl::Duration value;
  if (!absl::ParseDuration(*text, &value) || value <= absl::ZeroDuration() || value > absl::Hours(24) ||
      value % absl::Milliseconds(1) != absl::ZeroDuration()) {
    context.Add(node.Mark(), std::string("must be ") + kWanted);
    return std::nullopt;
  }
  return value;
}

std::optional<std::vector<YAML::Node>> ReadList(const YAML::Node& node, YamlContext& context) {
  if (!node.IsSequence()) {
    context.Add(node.Mark(), "must be a list");
    return std::nullopt;
  }
  std::vector<YAML::Node> items;
  for (const YAML::Node& item : node) items.push_back(item);
  return items;
}

YamlMap::YamlMap(const YAML::Node& node, std::string path, YamlContext& context)
    : path_(std::move(path)), context_(context), mark_(node.Mark()) {
  // A mapping that was put together here stands nowhere; its key does.
  if (!mark_.is_null()) context_.Remember(path_, mark_);
  if (!node.IsMap()) {
    context_.Add(mark_, "must be a mapping");
    return;
  }
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) {
      context_.Add(pair.first.Mark(), "a key must be a text");
      continue;
    }
    const std::string& key = pair.first.Scalar();
    const bool twice =
        std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; });
    if (twice) {
      context_.Add(pair.first.Mark(), key + ": stands here twice");
      continue;
    }
    entries_.emplace_back(key, pair.second);
    context_.Remember(PathOf(key), pair.first.Mark());
  }
}

const std::vector<std::pair<std::string, YAML::Node>>& YamlMap::Entries() {
  for (const auto& [key, value] : entries_) asked_.insert(key);
  return entries_;
}

std::string YamlMap::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::optional<YAML::Node> YamlMap::Find(std::string_view key, Presence presence) {
  asked_.insert(std::string(key));
  for (const auto& [name, value] : entries_) {
    if (name != key) continue;
    if (!value.IsNull()) return value;
    context_.AddAt(PathOf(key), name + ": has no value");
    return std::nullopt;
  }
  if (presence == Presence::kRequired) context_.Add(mark_, std::string(key) + ": is missing");
  return std::nullopt;
}

void YamlMap::Text(std::string_view key, Presence presence, std::string& out) {
  const std::optional<YAML::Node> node = Find(key, presence);
  if (!node) return;
  std::optional<std::string> text = ReadText(*node, context_);
  if (text && text->empty()) {
    context_.Add(node->Mark(), std::string(key) + ": must not be empty");
  } else if (text) {
    out = *std::move(text);
  }
}

void YamlMap::Texts(std::string_view key, Presence presence, std::vector<std::string>& out) {
  const std::optional<YAML::Node> node = Find(key, presence);
  if (!node) return;
  const std::optional<std::vector<YAML::Node>> items = ReadList(*node, context_);
  if (!items) return;
  out.clear();
  for (std::size_t i = 0; i < items->size(); ++i) {
    context_.Remember(PathOf(key) + "[" + std::to_string(i) + "]", (*items)[i].Mark());
    if (std::optional<std::string> text = ReadText((*items)[i], context_)) out.push_back(*std::move(text));
  }
}

void YamlMap::Bool(std::string_view key, Presence presence, bool& out) {
  const std::optional<YAML::Node> node = Find(key, presence);
  if (!node) return;
  if (const std::optional<bool> value = ReadBool(*node, context_)) out = *value;
}

void YamlMap::Integer(std::string_view key, Presence presence, std::int64_t min, std::int64_t max,
                      std::int32_t& out) {
  const std::optional<YAML::Node> node = Find(key, presence);
  if (!node) return;
  const std::optional<std::int64_t> value = ReadInteger(*node, context_);
  if (!value) return;
  if (*value < min || *value > max) {
    context_.Add(node->Mark(),
                 std::string(key) + ": must lie from " + std::to_string(min) + " to " + std::to_string(max));
    return;
  }
  out = static_cast<std::int32_t>(*value);
}

void YamlMap::Duration(std::string_view key, Presence presence, absl::Duration& out) {
  const std::optional<YAML::Node> node = Find(key, presence);
  if (!node) return;
  if (const std::optional<absl::Duration> value = ReadDuration(*node, context_)) out = *value;
}

void YamlMap::FillFrom(const YAML::Node& defaults, const std::set<std::string, std::less<>>& merged) {
  for (const auto& pair : defaults) {
    if (!pair.first.IsScalar()) continue;
    const std::string& key = pair.first.Scalar();
    const auto own =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; });
    if (own == entries_.end()) {
      entries_.emplace_back(key, pair.second);
      context_.Remember(PathOf(key), pair.first.Mark());
    } else if (merged.contains(key) && own->second.IsMap() && pair.second.IsMap()) {
      YAML::Node both(YAML::NodeType::Map);
      std::set<std::string> names;
      for (const auto& item : own->second) {
        both.force_insert(item.first, item.second);
        if (item.first.IsScalar()) names.insert(item.first.Scalar());
      }
      for (const auto& item : pair.second) {
        if (item.first.IsScalar() && !names.contains(item.first.Scalar()))
          both.force_insert(item.first, item.second);
      }
      own->second.reset(both);  // an assignment would change the tree that others read
    }
  }
}

void YamlMap::Finish() {
  for (const auto& [key, value] : entries_) {
    if (!asked_.contains(key)) context_.AddAt(PathOf(key), key + ": is not a known key here");
  }
}

}  // namespace zoetrope
