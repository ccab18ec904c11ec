#ifndef ZOETROPE_CLIENT_CLI_STANDARD_OUTPUT_H_
#define ZOETROPE_CLIENT_CLI_STANDARD_OUTPUT_H_

#include <ostream>

#include "client/cli/exit_code.h"

namespace zoetrope::cli {

// What stands for standard output where a file is to be named.
inline constexpr char kStandardOutput[] = "-";

// Opens the standard descriptors that are closed, so that none of them becomes a connection's: data would go
// to the server instead of nowhere. What is written to one of them afterwards fails. Before anything else
// opens a descriptor.
void OccupyStandardDescriptors();

// Lets the program outlive the reader of its standard output, whose leaving would otherwise end it (SIGPIPE).
void OutliveReader();

// Whether all that was printed so far has left this program. Flushes.
bool OutputIsTaken(std::ostream& out);

// The last thing that a command does. Says so where data was lost, also with --quiet, and returns kOutputLost
// then instead of kOk; any other code says more, and stays.
ExitCode CheckOutput(ExitCode code, std::ostream& out, std::ostream& err);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_STANDARD_OUTPUT_H_
