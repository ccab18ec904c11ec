// The operator's commands: what waits for a decision, and the decision.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

constexpr int kLargestPage = 1000;

struct ListFlags {
  bool held = false;
  std::string provider;
  int limit = 50;
};

struct ResolveFlags {
  std::string id;
  std::string adopt;
  bool not_created = false;
  bool abandon = false;
  std::string note;
};

void RenderHeld(const admin::v1::ListHeldAttemptsResponse& held, const Console& console) {
  if (console.format == OutputFormat::kJson) return PrintJson(held, /*one_line=*/false, console.out);
  Table table({"JOB", "ATTEMPT", "PROVIDER", "OFFERING", "SENT", "RESERVED", "UNTIL", "MARKER", "WHY"});
  for (const admin::v1::HeldAttempt& entry : held.attempts()) {
    const v1::Attempt& attempt = entry.attempt();
    if (console.format == OutputFormat::kJsonl) PrintJson(entry, /*one_line=*/true, console.out);
    if (console.format != OutputFormat::kTable) continue;
    if (console.quiet) console.out << attempt.id() << '\n';
    table.Add({entry.job_id(), attempt.id(), attempt.provider(), attempt.offering(),
               FormatTime(attempt.intent_time()), FormatMoney(attempt.cost().reserved()),
               FormatTime(entry.expire_time()), entry.marker(), attempt.failure().message()});
  }
  if (console.format == OutputFormat::kTable && !console.quiet) table.Print(console.out);
  console.out.flush();
}

ExitCode List(const Context& context, const ListFlags& flags) {
  admin::v1::ListHeldAttemptsRequest request;
  request.set_provider(flags.provider);
  request.set_page_size(std::min(flags.limit, kLargestPage));
  admin::v1::ListHeldAttemptsResponse held;
  bool more = false;
  const absl::Status status = client::ForEachHeld(*context.admin, request, context.Call(),
                                                  [&](const admin::v1::HeldAttempt& attempt) {
                                                    more = held.attempts_size() == flags.limit;
                                                    if (!more) *held.add_attempts() = attempt;
                                                    return !more;
                                                  });
  if (!status.ok()) return ReportError(status, context);
  RenderHeld(held, context.console);
  if (more)
    context.console.Say(absl::StrCat("There are more; --limit raises the number from ", flags.limit, "."));
  return ExitCode::kOk;
}

// Ids of attempts are UUIDs of version 4, those of jobs of version 7.
bool IsAttemptId(const std::string& id) { return id.size() == 36 && id[14] == '4'; }

// The job of an attempt that waits.
absl::StatusOr<std::string> JobOf(const std::string& attempt_id, const Context& context) {
  std::string job_id;
  admin::v1::ListHeldAttemptsRequest request;
  request.set_page_size(kLargestPage);
  const absl::Status status =
      client::ForEachHeld(*context.admin, request, context.Call(), [&](const admin::v1::HeldAttempt& entry) {
        if (entry.attempt().id() == attempt_id) job_id = entry.job_id();
        return job_id.empty();
      });
  if (!status.ok()) return status;
  if (!job_id.empty()) return job_id;
  return absl::NotFoundError(
      absl::StrCat("no attempt ", attempt_id, " waits for a decision; name its job to see what was decided"));
}

ExitCode Resolve(const Context& context, const ResolveFlags& flags) {
  admin::v1::ResolveAttemptRequest request;
  request.set_job_id(flags.id);
  if (IsAttemptId(flags.id)) {
    const auto job_id = JobOf(flags.id, context);
    if (!job_id.ok()) return ReportError(job_id.status(), context);
    request.set_job_id(*job_id);
    request.set_attempt_id(flags.id);
  }
  if (!flags.adopt.empty()) request.mutable_adopt()->set_provider_job_id(flags.adopt);
  if (flags.not_created) request.mutable_not_created();
  if (flags.abandon) request.mutable_abandon();
  request.set_note(flags.note);
  const auto job = context.admin->Resolve(request, context.Call());
  if (!job.ok()) return ReportError(job.status(), context);
  RenderJob(*job, context.console);
  const bool waits =
      job->attempts_size() > 0 && job->attempts(job->attempts_size() - 1).state() == v1::ATTEMPT_STATE_HELD;
  if (waits) context.console.Say("The decision is kept; it is not carried out yet.");
  return ExitCode::kOk;
}

// The command, for the admin listener.
template <typename Run, typename Flags>
Command AtAdmin(Run run, std::shared_ptr<Flags> flags) {
  return [run, flags](const Context& context) { return run(context.AtAdmin(), *flags); };
}

void AddListCommand(CLI::App& attempt, Command& chosen) {
  const auto flags = std::make_shared<ListFlags>();
  CLI::App& list = *attempt.add_subcommand("list", "List attempts that wait for a decision, oldest first");
  list.add_flag("--held", flags->held, "Those that are HELD, which are the only ones that can be listed");
  list.add_option("--provider", flags->provider, "Only attempts at this provider");
  list.add_option("--limit", flags->limit, "Most attempts to list")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  list.callback([flags, &chosen] { chosen = AtAdmin(List, flags); });
}

void AddResolveCommand(CLI::App& attempt, Command& chosen) {
  const auto flags = std::make_shared<ResolveFlags>();
  CLI::App& resolve = *attempt.add_subcommand("resolve", "Decide about an attempt that is HELD; for good");
  resolve.add_option("id", flags->id, "Id of the attempt, or of its job")->required();
  CLI::Option_group& decision = *resolve.add_option_group("decision", "Exactly one of");
  decision.add_option("--adopt", flags->adopt, "The provider has it, under this id: go on with it");
  decision.add_flag("--not-created", flags->not_created,
                    "The provider does not have it: nothing was spent, and another one may be tried");
  decision.add_flag("--abandon", flags->abandon, "No one will find out: count it as spent, and fail the job");
  decision.require_option(1);
  resolve.add_option("--note", flags->note, "Why; stays in the job's history, which its owner sees")
      ->required();
  resolve.callback([flags, &chosen] { chosen = AtAdmin(Resolve, flags); });
}

}  // namespace

void AddAttemptCommands(CLI::App& app, Command& chosen) {
  CLI::App& attempt =
      *app.add_subcommand("attempt", "For the operator: submissions of which no one knows what became");
  attempt.require_subcommand(1);
  AddListCommand(attempt, chosen);
  AddResolveCommand(attempt, chosen);
}

}  // namespace zoetrope::cli
