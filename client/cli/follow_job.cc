#include "client/cli/follow_job.h"

#include "absl/strings/str_cat.h"
#include "client/cli/error_report.h"
#include "client/cli/progress_line.h"
#include "client/cli/render.h"
#include "client/cli/standard_output.h"
#include "client/cli/text.h"
#include "client/cli/video_file.h"
#include "client/job_state.h"

namespace zoetrope::cli {
namespace {

std::string ResumeCommand(const Context& context, const FollowOptions& options,
                          std::optional<int64_t> last_revision) {
  std::string command = absl::StrCat(context.Invocation(), " job watch ", options.job_id);
  if (last_revision) absl::StrAppend(&command, " --after ", *last_revision);
  if (options.until_settled) absl::StrAppend(&command, " --until settled");
  return command;
}

// What the events of one watch have told so far.
struct Followed {
  std::optional<v1::Job> job;
  bool left_at_held = false;
};

// Returns whether to go on.
bool TakeJob(const v1::Job& job, const FollowOptions& options, ProgressLine& progress, Followed& followed) {
  const bool was_held = followed.job && followed.job->state() == v1::JOB_STATE_HELD;
  followed.job = job;
  progress.Show(job);
  if (job.state() != v1::JOB_STATE_HELD) return true;
  if (!was_held) {
    progress.Note(
        "The job is HELD: whether the provider took it is unknown, so it is not sent again. It waits for a "
        "person.");
  }
  followed.left_at_held = options.exit_on_held;
  return !options.exit_on_held;
}

bool TakeEvent(const v1::WatchJobResponse& event, const Context& context, const FollowOptions& options,
               ProgressLine& progress, Followed& followed) {
  if (context.console.format == OutputFormat::kJsonl)
    PrintJson(event, /*one_line=*/true, context.console.out);
  switch (event.event_case()) {
    case v1::WatchJobResponse::kSnapshot:
      return TakeJob(event.snapshot().job(), options, progress, followed);
    case v1::WatchJobResponse::kRevision:
      return TakeJob(event.revision().job(), options, progress, followed);
    case v1::WatchJobResponse::kProgress:
      progress.Show(event.progress());
      return true;
    case v1::WatchJobResponse::kLog:
      if (options.logs)
        progress.Note(Printable(absl::StrCat("log ", event.log().level(), " ", event.log().message())));
      return true;
    default:
      return true;
  }
}

// Whether the same watch may yet succeed: the server did not refuse it.
bool MayGoOn(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
      return false;
    default:
      return true;
  }
}

// How the user goes on after a watch that ended before its job. Where `status` is OK, it ended because
// standard output takes no more.
ExitCode ReportBreak(const Context& context, const FollowOptions& options, const absl::Status& status,
                     std::optional<int64_t> last_revision) {
  const std::string resume = ResumeCommand(context, options, last_revision);
  if (absl::IsCancelled(status)) {
    context.console.err << "Detached; the job goes on. To watch on:\n  " << resume << std::endl;
    return ExitCode::kInterrupted;
  }
  const ExitCode code = status.ok() ? ExitCode::kOutputLost : ReportError(status, context);
  if (MayGoOn(status)) context.console.err << "The job goes on. To watch on:\n  " << resume << std::endl;
  return code;
}

}  // namespace

ExitCode FollowJob(const Context& context, const FollowOptions& options, std::optional<v1::Job>* ended) {
  const auto events = context.client->Watch(
      {.job_id = options.job_id,
       .after_revision = options.after_revision,
       .until = options.until_settled ? v1::WATCH_UNTIL_SETTLED : v1::WATCH_UNTIL_TERMINAL},
      context.Call());
  Followed followed;
  absl::Status status;
  bool deserted = false;
  {
    ProgressLine progress(context.console, context.environment);
    while (true) {
      const auto event = events->Next();
      status = event.status();
      if (!event.ok() || !event->has_value()) break;
      if (!TakeEvent(**event, context, options, progress, followed)) break;
      // Nobody reads the events any more; the end is waited for only where the caller wants it too.
      const bool over = followed.job && client::IsTerminal(followed.job->state());
      deserted = ended == nullptr && !over && !OutputIsTaken(context.console.out);
      if (deserted) break;
    }
  }
  if (!status.ok() || deserted) return ReportBreak(context, options, status, events->last_revision());
  if (followed.left_at_held) {
    context.console.Say(
        absl::StrCat("To watch on:\n  ", ResumeCommand(context, options, events->last_revision())));
  }
  if (!followed.job) {
    // The cursor was at the last revision already: there was nothing to see.
    auto job = context.client->Get(options.job_id, context.Call());
    if (!job.ok()) return ReportError(job.status(), context);
    followed.job = *std::move(job);
  }
  if (context.console.format != OutputFormat::kJsonl) RenderJob(*followed.job, context.console);
  const ExitCode code = ExitCodeOf(followed.job->state());
  if (ended != nullptr) *ended = std::move(followed.job);
  return code;
}

absl::Status CheckSavePlace(const Console& console, const std::string& path, bool force) {
  if (path != kStandardOutput) return VideoFile::CheckPlace(path, force);
  if (!console.terminal.out_is_terminal) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "standard output is a terminal; name a file, or send the video elsewhere");
}

ExitCode SaveOutput(const Context& context, const SaveOptions& options) {
  const bool piped = options.path == kStandardOutput;
  const bool must_be_video = options.variant == v1::OUTPUT_VARIANT_VIDEO;
  absl::Status status = CheckSavePlace(context.console, options.path, options.force);
  if (!status.ok()) return ReportError(status, context);
  auto file = piped ? VideoFile::CreateUnnamed(must_be_video)
                    : VideoFile::Create(options.path, options.force, must_be_video);
  if (!file.ok()) return ReportError(file.status(), context);
  v1::DownloadVideoRequest request;
  request.set_job_id(options.job_id);
  request.set_output_index(options.output_index);
  request.set_variant(options.variant);
  const auto result = context.client->Download(request, **file, context.Call());
  if (!result.ok()) return ReportError(result.status(), context);
  status = piped ? (*file)->PassOn(context.console.out) : (*file)->Commit();
  if (!status.ok()) return ReportError(status, context);
  if (piped && !OutputIsTaken(context.console.out)) return ExitCode::kOutputLost;
  context.console.Say(absl::StrCat("Saved ", piped ? "to standard output" : options.path, " (",
                                   result->size_bytes, " bytes, sha256 ", result->sha256, ")"));
  return ExitCode::kOk;
}

}  // namespace zoetrope::cli
