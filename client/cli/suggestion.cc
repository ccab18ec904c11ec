#include "client/cli/suggestion.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

namespace zoetrope::cli {
namespace {

// More slips than this in one word are another word.
constexpr size_t kMaxSlips = 2;

// Letters to insert, delete or replace to make one word of the other (Levenshtein).
size_t Slips(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

void AddFlagsOf(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
}

}  // namespace

std::string SuggestFor(std::span<char* const> arguments, const CLI::App& app) {
  const CLI::App* current = &app;
  for (std::string_view word : arguments) {
    // Flags may carry their value behind an equals sign.
    word = word.substr(0, word.find('='));
    std::vector<std::string> names = CommandsOf(*current);
    const auto known = std::find(names.begin(), names.end(), word);
    if (known != names.end()) {
      current = current->get_subcommand(*known);
      continue;
    }
    if (word.substr(0, 2) == "--") {
      names.clear();
      AddFlagsOf(app, names);
      if (current != &app) AddFlagsOf(*current, names);
    }
    const auto nearest = std::min_element(names.begin(), names.end(), [word](const auto& a, const auto& b) {
      return Slips(word, a) < Slips(word, b);
    });
    if (nearest == names.end()) continue;
    const size_t slips = Slips(word, *nearest);
    if (slips > 0 && slips <= kMaxSlips && slips < word.size()) return *nearest;
  }
  return "";
}

}  // namespace zoetrope::cli
