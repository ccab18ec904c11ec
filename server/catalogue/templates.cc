#include "server/catalogue/templates.h"

#include <set>

namespace zoetrope {
namespace {

constexpr std::string_view kKey = "template";

const std::set<std::string, std::less<>>& MergedKeys() {
  static const auto* const keys =
      new std::set<std::string, std::less<>>{"bindings", "constants", "refused_extras"};
  return *keys;
}

}  // namespace

Templates::Templates(YamlMap& file) {
  const std::optional<YAML::Node> node = file.Find("templates", Presence::kOptional);
  if (!node) return;
  YamlMap list(*node, file.PathOf("templates"), file.context());
  for (const auto& [name, value] : list.Entries()) {
    YamlMap map(value, list.PathOf(name), file.context());
    Entry entry;
    map.Text(kKey, Presence::kOptional, entry.base);
    if (const auto base = entries_.find(entry.base); base != entries_.end()) {
      base->second.used = true;
    } else if (!entry.base.empty()) {
      file.context().AddAt(map.PathOf(kKey), entry.base + ": is no template that stands before this one");
      entry.base.clear();
    }
    entry.node = value;
    if (value.IsMap()) entries_.emplace(name, std::move(entry));
  }
}

void Templates::Fill(YamlMap& offering) {
  std::string name;
  offering.Text(kKey, Presence::kOptional, name);
  if (name.empty()) return;
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    offering.context().AddAt(offering.PathOf(kKey), name + ": is no template of this file");
    return;
  }
  while (found != entries_.end()) {
    found->second.used = true;
    offering.FillFrom(found->second.node, MergedKeys());
    found = entries_.find(found->second.base);
  }
}

void Templates::Finish(YamlContext& context) const {
  for (const auto& [name, entry] : entries_) {
    if (!entry.used) context.AddAt("templates." + name, name + ": no offering uses this template");
  }
}

}  // namespace zoetrope
