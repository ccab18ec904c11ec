#include "client/cli/usage.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

// More slips than this in one word are another word.
constexpr size_t kMaxSlips = 2;

// Something that a word can stand for: how it is written, and where that is.
struct Candidate {
  std::string word;
  std::string shown;
};

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

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// The commands of `app`, and those one below: `submit` may be written where `job submit` is meant.
std::vector<Candidate> CommandCandidates(const CLI::App& app) {
  std::vector<Candidate> candidates;
  for (const CLI::App* command : CommandsOf(app)) {
    candidates.push_back({command->get_name(), command->get_name()});
    for (const CLI::App* below : CommandsOf(*command)) {
      candidates.push_back({below->get_name(), absl::StrCat(command->get_name(), " ", below->get_name())});
    }
  }
  return candidates;
}

void AddFlagsOf(const CLI::App& app, std::vector<Candidate>& candidates) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) candidates.push_back({"--" + name, "--" + name});
  }
}

bool IsFlag(std::string_view word) { return word.substr(0, 1) == "-"; }

// What `word` was probably meant to be; empty where nothing is near.
std::string SuggestFor(std::string_view word, const CLI::App& app, const CLI::App& command) {
  std::vector<Candidate> candidates;
  if (IsFlag(word)) {
    // Flags may carry their value behind an equals sign.
    word = word.substr(0, word.find('='));
    AddFlagsOf(app, candidates);
    if (&command != &app) AddFlagsOf(command, candidates);
  } else {
    candidates = CommandCandidates(command);
  }
  const auto nearest = std::min_element(
      candidates.begin(), candidates.end(),
      [word](const Candidate& a, const Candidate& b) { return Slips(word, a.word) < Slips(word, b.word); });
  if (nearest == candidates.end()) return "";
  const size_t slips = Slips(word, nearest->word);
  return slips <= kMaxSlips && slips < word.size() ? nearest->shown : "";
}

std::string WhatIsWrong(const std::string& word, const CLI::App& command) {
  if (IsFlag(word)) return absl::StrCat("there is no flag ", word);
  if (!CommandsOf(command).empty()) return absl::StrCat("there is no command ", word);
  return absl::StrCat(word, " is one argument too many");
}

}  // namespace

void RefuseEmptyValues(CLI::App& app) {
  const CLI::Validator not_empty(
      [](std::string& value) { return std::string(value.empty() ? "must not be empty" : ""); }, "");
  for (CLI::Option* option : app.get_options()) option->check(not_empty);
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    RefuseEmptyValues(*command);
  }
}

ExitCode ReportUsage(const CLI::ParseError& error, const CLI::App& app, std::ostream& out,
                     std::ostream& err) {
  const bool help = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (help || unknown.empty()) {
    app.exit(error, out, err);
    return help ? ExitCode::kOk : ExitCode::kUsage;
  }
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::string& word = unknown.front();
  err << "error: " << Printable(WhatIsWrong(word, *command)) << '\n';
  const std::string meant = SuggestFor(word, app, *command);
  if (!meant.empty()) err << "Did you mean " << meant << "?\n";
  err << "Run with --help for more information." << std::endl;
  return ExitCode::kUsage;
}

}  // namespace zoetrope::cli
