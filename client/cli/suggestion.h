#ifndef ZOETROPE_CLIENT_CLI_SUGGESTION_H_
#define ZOETROPE_CLIENT_CLI_SUGGESTION_H_

#include <CLI/CLI.hpp>
#include <span>
#include <string>

namespace zoetrope::cli {

// For a command line that was not understood: the command or flag that its first unknown word was probably
// meant to be, as in `submit` for `sbmit`. Empty where none is near.
std::string SuggestFor(std::span<char* const> arguments, const CLI::App& app);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_SUGGESTION_H_
