#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/extra_argument.h"
#include "client/cli/render.h"
#include "client/cli/repeated_option.h"
#include "client/cli/text.h"
#include "client/job_state.h"

namespace zoetrope::cli {
namespace {

constexpr int kLargestPage = 1000;

struct ListFlags {
  std::vector<std::string> states;
  std::string model;
  std::string provider;
  std::vector<std::string> labels;
  std::string since;
  std::string before;
  int limit = 50;
};

absl::Status SetTime(const std::string& text, google::protobuf::Timestamp* (v1::ListJobsRequest::*field)(),
                     v1::ListJobsRequest& request) {
  if (text.empty()) return absl::OkStatus();
  google::protobuf::Timestamp time;
  if (!google::protobuf::util::TimeUtil::FromString(text, &time)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a time; write it as in 2026-11-20T05:00:00Z"));
  }
  *(request.*field)() = time;
  return absl::OkStatus();
}

absl::StatusOr<v1::ListJobsRequest> BuildRequest(const ListFlags& flags) {
  v1::ListJobsRequest request;
  for (const std::string& name : flags.states) {
    v1::JobState state;
    if (!v1::JobState_Parse(absl::StrCat("JOB_STATE_", absl::AsciiStrToUpper(name)), &state)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", name, "' is not a state; states are queued, running, held, succeeded, failed and cancelled"));
    }
    request.add_states(state);
  }
  request.set_model(flags.model);
  request.set_provider(flags.provider);
  for (const std::string& label : flags.labels) {
    auto pair = ParseKeyValue(label);
    if (!pair.ok()) return pair.status();
    (*request.mutable_labels())[pair->first] = pair->second;
  }
  absl::Status status = SetTime(flags.since, &v1::ListJobsRequest::mutable_create_time_from, request);
  if (status.ok()) status = SetTime(flags.before, &v1::ListJobsRequest::mutable_create_time_before, request);
  if (!status.ok()) return status;
  request.set_page_size(std::min(flags.limit, kLargestPage));
  return request;
}

ExitCode List(const Context& context, const ListFlags& flags) {
  const auto request = BuildRequest(flags);
  if (!request.ok()) return ReportError(request.status(), context);
  v1::ListJobsResponse jobs;
  bool more = false;
  const absl::Status status =
      client::ForEachJob(*context.client, *request, context.Call(), [&](const v1::Job& job) {
        more = jobs.jobs_size() == flags.limit;
        if (!more) *jobs.add_jobs() = job;
        return !more;
      });
  if (!status.ok()) return ReportError(status, context);
  RenderJobs(jobs, context.console);
  if (more)
    context.console.Say(absl::StrCat("There are more; --limit raises the number from ", flags.limit, "."));
  return ExitCode::kOk;
}

ExitCode Get(const Context& context, const std::string& id) {
  const auto job = context.client->Get(id, context.Call());
  if (!job.ok()) return ReportError(job.status(), context);
  RenderJob(*job, context.console);
  return ExitCode::kOk;
}

ExitCode Cancel(const Context& context, const std::string& id) {
  const auto job = context.client->Cancel(id, context.Call());
  if (!job.ok()) return ReportError(job.status(), context);
  RenderJob(*job, context.console);
  if (!client::IsTerminal(job->state())) {
    context.console.Say(absl::StrCat("The wish is kept; the job has not ended yet. To see it end:\n  ",
                                     context.Invocation(), " job watch ", id));
  } else if (job->state() != v1::JOB_STATE_CANCELLED) {
    context.console.Say(absl::StrCat("The job had already ended: ", Name(job->state()), "."));
  } else if (!client::IsFinal(job->cost().settlement())) {
    context.console.Say(absl::StrCat("What the provider charges is not known yet. To see it:\n  ",
                                     context.Invocation(), " cost ", id));
  }
  return ExitCode::kOk;
}

void AddListCommand(CLI::App& job, Command& chosen) {
  const auto flags = std::make_shared<ListFlags>();
  CLI::App& list = *job.add_subcommand("list", "List jobs, newest first");
  AddRepeatedOption(list, "--state", flags->states, "Only jobs in this state; repeat for more");
  list.add_option("--model", flags->model, "Only jobs of this model");
  list.add_option("--provider", flags->provider, "Only jobs whose last attempt ran here");
  AddRepeatedOption(list, "--label", flags->labels, "Only jobs with this key=value; repeat for more");
  list.add_option("--since", flags->since,
                  "Only jobs accepted at or after this time, as in 2026-11-20T05:00:00Z");
  list.add_option("--before", flags->before, "Only jobs accepted before this time");
  list.add_option("--limit", flags->limit, "Most jobs to list")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  list.callback(
      [flags, &chosen] { chosen = [flags](const Context& context) { return List(context, *flags); }; });
}

}  // namespace

void AddJobCommands(CLI::App& app, Command& chosen) {
  CLI::App& job = *app.add_subcommand("job", "Submit, watch and manage jobs");
  job.require_subcommand(1);
  AddSubmitCommand(job, chosen);
  AddWatchCommand(job, chosen);
  const auto id = std::make_shared<std::string>();
  CLI::App& get = *job.add_subcommand("get", "Show a job as it is now");
  get.add_option("id", *id, "Id of the job")->required();
  get.callback([id, &chosen] { chosen = [id](const Context& context) { return Get(context, *id); }; });
  AddListCommand(job, chosen);
  CLI::App& cancel = *job.add_subcommand("cancel", "Ask for a job to end");
  cancel.add_option("id", *id, "Id of the job")->required();
  cancel.callback([id, &chosen] { chosen = [id](const Context& context) { return Cancel(context, *id); }; });
  AddDownloadCommand(job, chosen);
}

}  // namespace zoetrope::cli
