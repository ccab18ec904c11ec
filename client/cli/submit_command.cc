#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/extra_argument.h"
#include "client/cli/follow_job.h"
#include "client/cli/generation_flags.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/repeated_option.h"
#include "client/cli/standard_output.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

struct SubmitFlags {
  GenerationFlags generation;
  RoutingFlags routing;
  std::string max_cost;
  std::string quote;
  std::string deadline;
  std::vector<std::string> labels;
  std::string request_id;
  std::string on_unknown;
  bool validate_only = false;
  bool watch = false;
  bool logs = false;
  std::string save;
  bool force = false;
};

absl::StatusOr<v1::SubmitRequest> BuildRequest(const SubmitFlags& flags) {
  v1::SubmitRequest request;
  request.set_request_id(flags.request_id);
  auto generation = BuildGeneration(flags.generation);
  if (!generation.ok()) return generation.status();
  *request.mutable_generation() = *std::move(generation);
  auto routing = BuildRouting(flags.routing);
  if (!routing.ok()) return routing.status();
  *request.mutable_routing() = *std::move(routing);
  if (!flags.max_cost.empty()) {
    auto max_cost = ParseMoney(flags.max_cost);
    if (!max_cost.ok()) return max_cost.status();
    *request.mutable_max_cost() = *std::move(max_cost);
  }
  request.set_quote_id(flags.quote);
  if (!flags.deadline.empty()) {
    const auto deadline = ParseDuration(flags.deadline);
    if (!deadline.ok()) return deadline.status();
    *request.mutable_deadline() = ToProto(*deadline);
  }
  for (const std::string& label : flags.labels) {
    auto pair = ParseKeyValue(label);
    if (!pair.ok()) return pair.status();
    if (!request.mutable_labels()->insert({pair->first, pair->second}).second) {
      return absl::InvalidArgumentError(absl::StrCat("--label ", pair->first, " is given twice"));
    }
  }
  if (flags.on_unknown == "hold") request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_HOLD);
  if (flags.on_unknown == "abandon") request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_ABANDON);
  if (flags.on_unknown == "retry-once-accepting-double-spend") {
    request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND);
  }
  request.set_validate_only(flags.validate_only);
  return request;
}

ExitCode WatchAndSave(const Context& context, const SubmitFlags& flags, const v1::Job& submitted) {
  // HELD waits for a person, who may come tomorrow; a script that waits for a video wants to know now.
  std::optional<v1::Job> ended;
  const ExitCode code =
      FollowJob(flags.save == kStandardOutput ? context.WithDataBeside() : context,
                {.job_id = submitted.id(), .exit_on_held = true, .logs = flags.logs}, &ended);
  if (flags.save.empty()) return code;
  const std::string later =
      absl::StrCat("  ", context.Invocation(), " job download ", submitted.id(), " --save ", flags.save);
  if (!ended || ended->state() != v1::JOB_STATE_SUCCEEDED) {
    const bool over = ended && ended->state() != v1::JOB_STATE_HELD;
    if (!over) context.console.Say(absl::StrCat("Once it has succeeded, save the video with:\n", later));
    return code;
  }
  const ExitCode saved =
      SaveOutput(context, {.job_id = submitted.id(), .path = flags.save, .force = flags.force});
  if (saved != ExitCode::kOk) context.console.Say(absl::StrCat("The video is made. To save it:\n", later));
  return saved;
}

ExitCode Show(const Context& context, const SubmitFlags& flags, const v1::Job& submitted) {
  if (flags.watch || !flags.save.empty()) {
    context.console.Say(
        absl::StrCat("Job ", submitted.id(), " is accepted. Ctrl-C detaches; the job goes on."));
    return WatchAndSave(context, flags, submitted);
  }
  RenderJob(submitted, context.console);
  context.console.Say(absl::StrCat("To watch it:\n  ", context.Invocation(), " job watch ", submitted.id()));
  return ExitCode::kOk;
}

ExitCode Submit(const Context& context, const SubmitFlags& flags) {
  auto request = BuildRequest(flags);
  absl::Status status = request.status();
  // Before anything is paid for.
  if (status.ok() && !flags.save.empty()) status = CheckSavePlace(context.console, flags.save, flags.force);
  if (!status.ok()) return ReportError(status, context);
  OutliveReader();
  const auto response = context.client->Submit(*request, context.Call());
  if (!response.ok()) return ReportError(response.status(), context);
  const v1::Job& job = response->job();
  if (flags.validate_only) {
    context.console.Say("Valid; nothing was submitted. The job would be:");
    RenderJob(job, context.console);
    return ExitCode::kOk;
  }
  if (response->duplicate()) {
    context.console.Say(
        absl::StrCat("Request id ", job.request_id(), " already stands for this job; no new one was made."));
  }
  const ExitCode code = Show(context, flags, job);
  // The id is what the money bought: what standard output does not take, standard error does, quiet or not.
  if (!OutputIsTaken(context.console.out)) {
    context.console.err << "Job " << job.id() << " is accepted." << std::endl;
  }
  return code;
}

}  // namespace

void AddSubmitCommand(CLI::App& job, Command& chosen) {
  const auto flags = std::make_shared<SubmitFlags>();
  CLI::App& command = *job.add_subcommand("submit", "Submit a job");
  command.footer(HelpFooter(
      "  zoetrope job submit --model seedance-2.0 --prompt 'a fox runs' --image fox.jpg --save fox.mp4\n"
      "  zoetrope job submit --model wan-2.6 --prompt-file - --max-cost 1.20 --watch < prompt.txt"));
  AddGenerationFlags(command, flags->generation);
  command.get_option("--model")->required();
  AddRoutingFlags(command, flags->routing);
  command.add_option("--max-cost", flags->max_cost, "Most that the job may cost, as in 1.20 (USD)");
  command.add_option("--quote", flags->quote, "Quote to be held to, from `zoetrope cost`");
  command.add_option("--deadline", flags->deadline, "Time after which the job is given up, as in 15m");
  AddRepeatedOption(command, "--label", flags->labels, "key=value of your own; repeat for more");
  command.add_option("--request-id", flags->request_id,
                     "Id that makes repeats safe; default: a new random one");
  command
      .add_option("--on-unknown", flags->on_unknown, "What happens when a submission's outcome is unknown")
      ->check(CLI::IsMember({"hold", "abandon", "retry-once-accepting-double-spend"}));
  CLI::Option* validate_only =
      command.add_flag("--validate-only", flags->validate_only, "Check and price only; make no job");
  command.add_flag("--watch", flags->watch, "Wait for the job's end; exit code 7 as soon as it is HELD");
  command.add_flag("--logs", flags->logs, "Show the provider's log lines while watching");
  command
      .add_option("--save", flags->save, "Wait, and save the first video to this file; - for standard output")
      ->excludes(validate_only);
  command.add_flag("--force", flags->force, "Let --save replace a file");
  command.callback(
      [flags, &chosen] { chosen = [flags](const Context& context) { return Submit(context, *flags); }; });
}

}  // namespace zoetrope::cli
