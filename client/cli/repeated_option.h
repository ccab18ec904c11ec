#ifndef ZOETROPE_CLIENT_CLI_REPEATED_OPTION_H_
#define ZOETROPE_CLIENT_CLI_REPEATED_OPTION_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace zoetrope::cli {

// Adds an option that may be given any number of times, with one value each. `values` outlives the parsing.
inline CLI::Option* AddRepeatedOption(CLI::App& command, const std::string& name,
                                      std::vector<std::string>& values, const std::string& description) {
  return command.add_option(name, values, description)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_REPEATED_OPTION_H_
