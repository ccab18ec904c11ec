#ifndef ZOETROPE_CLIENT_CLI_ERROR_REPORT_H_
#define ZOETROPE_CLIENT_CLI_ERROR_REPORT_H_

#include "absl/status/status.h"
#include "client/cli/context.h"

namespace zoetrope::cli {

// Tells a person what went wrong: the message, the reason, each field that breaks a rule, and what to do
// next. Returns the exit code that goes with it. Also said with --quiet: an error is not chatter.
ExitCode ReportError(const absl::Status& status, const Context& context);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_ERROR_REPORT_H_
