#include "client/cli/exit_code.h"

namespace zoetrope::cli {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsage;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return ExitCode::kDenied;
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kExhausted;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kUnavailable;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimeout;
    case absl::StatusCode::kCancelled:
      return ExitCode::kInterrupted;
    default:
      return ExitCode::kInternal;
  }
}

ExitCode ExitCodeOf(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_FAILED:
      return ExitCode::kJobFailed;
    case v1::JOB_STATE_HELD:
      return ExitCode::kOutcomeUnknown;
    case v1::JOB_STATE_CANCELLED:
      return ExitCode::kJobCancelled;
    default:
      return ExitCode::kOk;
  }
}

std::string HelpFooter(std::string_view examples) {
  std::string help;
  if (!examples.empty()) help = "Examples:\n" + std::string(examples) + "\n\n";
  help +=
      "Exit codes:\n"
      "    0  ok\n"
      "    2  usage, or an argument that the server refuses\n"
      "    3  not found\n"
      "    4  denied, or a condition is not met (retired model, price above --max-cost, ...)\n"
      "    5  exhausted: too many jobs or streams\n"
      "    6  the job failed\n"
      "    7  the job is HELD: its outcome is unknown and it waits for a person\n"
      "    8  the job was cancelled\n"
      "   69  the server is unavailable\n"
      "   70  internal error, or a download that is damaged\n"
      "   74  standard output did not take what was to be printed\n"
      "  124  --timeout is over\n"
      "  130  interrupted by Ctrl-C; a job that was submitted goes on";
  return help;
}

}  // namespace zoetrope::cli
