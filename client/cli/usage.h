#ifndef ZOETROPE_CLIENT_CLI_USAGE_H_
#define ZOETROPE_CLIENT_CLI_USAGE_H_

#include <CLI/CLI.hpp>
#include <ostream>

#include "client/cli/exit_code.h"

namespace zoetrope::cli {

// Makes every option of `app` and its commands that takes a value refuse an empty one. A shell leaves `''`
// where a variable is unset, and nobody who names a picture, a provider or a ceiling means none. Call it when
// all options are there. A variable of the environment that is empty counts as unset.
void RefuseEmptyValues(CLI::App& app);

// Ends a parsing that did not lead to a command: shows the help that was asked for, or says what is wrong.
// A word that is unknown is named, with the command or flag that it was probably meant to be, because what
// the parser misses is then no more than what follows from it.
ExitCode ReportUsage(const CLI::ParseError& error, const CLI::App& app, std::ostream& out, std::ostream& err);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_USAGE_H_
