#ifndef ZOETROPE_CLIENT_CLI_FOLLOW_JOB_H_
#define ZOETROPE_CLIENT_CLI_FOLLOW_JOB_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "client/cli/context.h"

namespace zoetrope::cli {

// How to follow a job.
struct FollowOptions {
  std::string job_id;
  std::optional<int64_t> after_revision;
  bool until_settled = false;
  // Whether to stop, with exit code 7, once the job is HELD: it may be so until a person decides.
  bool exit_on_held = false;
  // Whether to show the provider's log lines.
  bool logs = false;
};

// Watches a job to its end, showing how it is doing, and prints the job as it ended to standard output (with
// --output jsonl every event instead). Ctrl-C and --timeout end the watch, not the job, and the user is told
// how to go on. Returns the exit code that the job's state stands for; `ended` is the job, where the watch
// came to its end.
ExitCode FollowJob(const Context& context, const FollowOptions& options,
                   std::optional<v1::Job>* ended = nullptr);

// Whether a download could be put at `path`: asked before money is spent. INVALID_ARGUMENT where that is a
// file that is not to be replaced, where nothing can be written, or where it is `-` and standard output is a
// terminal.
absl::Status CheckSavePlace(const Console& console, const std::string& path, bool force);

// Downloads an output of a job to a file and says so.
struct SaveOptions {
  std::string job_id;
  // `-` is standard output, which gets the whole file or nothing of it.
  std::string path;
  int output_index = 0;
  v1::OutputVariant variant = v1::OUTPUT_VARIANT_VIDEO;
  bool force = false;
};
ExitCode SaveOutput(const Context& context, const SaveOptions& options);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_FOLLOW_JOB_H_
