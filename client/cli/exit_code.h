#ifndef ZOETROPE_CLIENT_CLI_EXIT_CODE_H_
#define ZOETROPE_CLIENT_CLI_EXIT_CODE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "zoetrope/v1/job.pb.h"

namespace zoetrope::cli {

// What the program tells the shell. The numbers are a promise to scripts: they are in --help and in
// client/README.md.
enum class ExitCode {
  kOk = 0,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kExhausted = 5,
  kJobFailed = 6,
  kOutcomeUnknown = 7,
  kJobCancelled = 8,
  kUnavailable = 69,
  kInternal = 70,
  kOutputLost = 74,
  kTimeout = 124,
  kInterrupted = 130,
};

// The code for an error of a call.
ExitCode ExitCodeOf(const absl::Status& status);

// The code for a job that was waited for.
ExitCode ExitCodeOf(v1::JobState state);

// What stands below the flags in --help: examples, then the list of all codes.
std::string HelpFooter(std::string_view examples);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_EXIT_CODE_H_
