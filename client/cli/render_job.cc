#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

std::string_view ColorOf(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_SUCCEEDED:
      return "32";
    case v1::JOB_STATE_FAILED:
      return "31";
    case v1::JOB_STATE_HELD:
      return "33";
    default:
      return "0";
  }
}

std::string LastProvider(const v1::Job& job) {
  return job.attempts().empty() ? "" : job.attempts(job.attempts_size() - 1).provider();
}

// What a person wants to know first: what it cost, or what is set aside while that is not known.
std::string CostText(const v1::Cost& cost) {
  if (cost.settlement() == v1::SETTLEMENT_STATE_SETTLED || !cost.has_reserved())
    return FormatMoney(cost.charged());
  return absl::StrCat(FormatMoney(cost.reserved()), " reserved");
}

std::string FailureText(const v1::Failure& failure) {
  std::string text = absl::StrCat(Name(failure.reason()), ": ", failure.message());
  if (!failure.provider().empty()) absl::StrAppend(&text, " (", failure.provider());
  if (!failure.provider_code().empty()) absl::StrAppend(&text, ", ", failure.provider_code());
  if (!failure.provider().empty()) absl::StrAppend(&text, ")");
  return text;
}

std::string GenerationText(const v1::Generation& generation) {
  // A remix is as long as the video that it changes; what the server echoes may be the model's default.
  const bool remix = generation.source_video().mode() == v1::SOURCE_VIDEO_MODE_REMIX;
  const bool has_length = generation.has_duration() && !remix;
  const std::string length = has_length ? FormatDuration(generation.duration()) : "";
  const std::string sound = !generation.has_audio() ? ""
                            : generation.audio()    ? "with sound"
                                                    : "without sound";
  std::string text;
  for (const std::string& part : {length, generation.resolution(), generation.aspect_ratio(), sound}) {
    if (!part.empty()) absl::StrAppend(&text, text.empty() ? "" : " ", part);
  }
  return text;
}

// What it is, and whether anyone has said so.
std::string ChargeText(const v1::AttemptCost& cost) {
  const bool unseen = cost.source() == v1::COST_SOURCE_RESERVATION;
  return absl::StrCat(FormatMoney(cost.charged()), unseen ? " (assumed)" : "");
}

std::string OverrunText(const v1::Money& overrun) {
  const std::string amount = FormatMoney(overrun);
  return amount.empty() ? "" : absl::StrCat(amount, " more was billed, which the operator bears");
}

// Of the attempts after the first.
void PrintReasons(const v1::Job& job, std::ostream& out) {
  bool first = true;
  for (const v1::Attempt& attempt : job.attempts()) {
    if (attempt.why().empty()) continue;
    if (std::exchange(first, false)) out << '\n';
    out << Printable(attempt.provider()) << " was tried as " << Printable(attempt.why()) << '\n';
  }
}

void PrintAttempts(const v1::Job& job, std::ostream& out) {
  Table table({"ATTEMPT", "PROVIDER", "OFFERING", "STATE", "PROVIDER JOB", "CHARGED", "WHY"});
  Table decisions({"DECIDED", "DECISION", "ATTEMPT", "NOTE"});
  bool decided = false;
  for (const v1::Attempt& attempt : job.attempts()) {
    table.Add({attempt.id(), attempt.provider(), attempt.offering(), Name(attempt.state()),
               attempt.provider_job_id(), ChargeText(attempt.cost()),
               attempt.has_failure() ? FailureText(attempt.failure()) : ""});
    if (!attempt.has_resolution()) continue;
    const v1::Resolution& resolution = attempt.resolution();
    decisions.Add({FormatTime(resolution.time()), Name(resolution.kind()), attempt.id(), resolution.note()});
    decided = true;
  }
  out << '\n';
  table.Print(out);
  PrintReasons(job, out);
  if (!decided) return;
  out << '\n';
  decisions.Print(out);
}

void PrintRouting(const v1::Job& job, std::ostream& out) {
  Table table({"PROVIDER", "OFFERING", "ROUTING"});
  for (const v1::RoutingNote& note : job.routing_notes())
    table.Add({note.provider(), note.offering(), Printable(note.why())});
  out << '\n';
  table.Print(out);
}

void PrintOutputs(const v1::Job& job, std::ostream& out) {
  Table table({"OUTPUT", "TYPE", "BYTES", "EXPIRES", "URL"});
  for (const v1::Output& output : job.outputs()) {
    table.Add({absl::StrCat(output.index()), output.content_type(),
               output.size_bytes() > 0 ? absl::StrCat(output.size_bytes()) : "",
               FormatTime(output.expire_time()),
               output.credential_required() ? "(by zoetrope job download only)" : output.url()});
  }
  out << '\n';
  table.Print(out);
}

}  // namespace

void RenderJob(const v1::Job& job, const Console& console) {
  if (console.format != OutputFormat::kTable) {
    PrintJson(job, console.format == OutputFormat::kJsonl, console.out);
    return;
  }
  if (console.quiet) {
    console.out << job.id() << std::endl;
    return;
  }
  Fields fields = {
      {"job", job.id()},
      {"request id", job.request_id()},
      {"state", Name(job.state())},
      {"revision", absl::StrCat(job.revision())},
      {"model", job.generation().model()},
      {"video", GenerationText(job.generation())},
      {"failure", job.has_failure() ? FailureText(job.failure()) : ""},
      {"quoted", FormatMoney(job.cost().quoted())},
      {"reserved", FormatMoney(job.cost().reserved())},
      {"charged", FormatMoney(job.cost().charged())},
      {"overrun", OverrunText(job.cost().overrun())},
      {"settlement", job.has_cost() ? Name(job.cost().settlement()) : ""},
      {"ceiling", FormatMoney(job.max_cost())},
      {"created", FormatTime(job.create_time())},
      {"completed", FormatTime(job.complete_time())},
      {"deadline", FormatTime(job.deadline_time())},
      {"cancel asked", FormatTime(job.cancel_requested_time())},
  };
  std::map<std::string, std::string> labels(job.labels().begin(), job.labels().end());
  for (const auto& [key, value] : labels) fields.emplace_back("label", absl::StrCat(key, "=", value));
  // The colour goes in after the widths are known: escape codes take no columns.
  std::ostringstream text;
  PrintFields(fields, text);
  std::string shown = text.str();
  if (console.terminal.color_out) {
    const std::string state = Name(job.state());
    const size_t at = shown.find(state, shown.find("state "));
    shown.replace(at, state.size(), Colored(state, ColorOf(job.state()), true));
  }
  console.out << shown;
  if (!job.attempts().empty()) PrintAttempts(job, console.out);
  if (!job.routing_notes().empty()) PrintRouting(job, console.out);
  if (!job.outputs().empty()) PrintOutputs(job, console.out);
  console.out.flush();
}

void RenderJobs(const v1::ListJobsResponse& jobs, const Console& console) {
  if (console.format == OutputFormat::kJson) return PrintJson(jobs, /*one_line=*/false, console.out);
  Table table({"JOB", "STATE", "MODEL", "PROVIDER", "COST", "CREATED"});
  for (const v1::Job& job : jobs.jobs()) {
    if (console.format == OutputFormat::kJsonl) PrintJson(job, /*one_line=*/true, console.out);
    if (console.format != OutputFormat::kTable) continue;
    if (console.quiet) console.out << job.id() << '\n';
    table.Add({job.id(), Name(job.state()), job.generation().model(), LastProvider(job), CostText(job.cost()),
               FormatTime(job.create_time())});
  }
  if (console.format == OutputFormat::kTable && !console.quiet) table.Print(console.out);
  console.out.flush();
}

}  // namespace zoetrope::cli
