#include "client/cli/error_report.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/cli/text.h"
#include "client/error_details.h"

namespace zoetrope::cli {
namespace {

struct Advice {
  std::string_view reason;
  std::string_view text;
};

// What a person does about each reason. `$x` stands for the metadata of that name, `$0` for the program.
constexpr std::array kAdvice = {
    Advice{"INVALID_FIELD", "correct the fields above"},
    Advice{"UNSUPPORTED_PARAMETER", "`$0 models --json` shows what each model takes"},
    Advice{"MODEL_NOT_FOUND", "`$0 models` lists the models"},
    Advice{"MODEL_RETIRED", "use --model $replacement; `$0 models` lists the others"},
    Advice{"NO_PROVIDER",
           "`$0 cost --model MODEL` says why each provider cannot serve; or loosen --provider and --allow"},
    Advice{"REQUEST_ID_REUSED",
           "use another --request-id, or look at the job it stands for: `$0 job get $job_id`"},
    Advice{"JOB_NOT_FOUND", "`$0 job list` lists your jobs"},
    Advice{"PAGE_TOKEN_INVALID", "list again from the start"},
    Advice{"MAX_COST_EXCEEDED",
           "raise --max-cost to $price or more; `$0 cost --model MODEL` compares the prices"},
    Advice{"PRICE_UNKNOWN",
           "choose an offering whose price is known: `$0 cost --model MODEL`; or leave out --max-cost, where "
           "the operator "
           "lets jobs without a price pass"},
    Advice{"QUEUE_FULL", "wait for jobs to end, and submit again"},
    Advice{"DRAINING", "try again: another server answers"},
    Advice{"STORE_UNAVAILABLE", "try again later; accepted jobs are kept"},
    Advice{"JOB_TERMINAL", "`$0 job get ID` shows how the job ended"},
    Advice{"OUTPUT_NOT_AVAILABLE", "`$0 job get ID` shows the state of the job and its outputs"},
    Advice{"PROVIDER_UNAVAILABLE", "download again in a while"},
    Advice{"RESULT_LOST",
           "the provider no longer has the video; it can only be made again, and paid for again"},
    Advice{"REVISION_IN_FUTURE", "watch without --after"},
    Advice{"INTERNAL", "report this with the incident $incident to whoever runs the server"},
    Advice{"STREAM_LIMIT", "end other watches, and watch again"},
    Advice{"ATTEMPT_NOT_HELD", "`$0 job get ID` shows how the job and its attempts stand"},
    Advice{"ATTEMPT_RESOLVED", "the decision that was made ($resolution) stands; `$0 job get ID` shows it"},
    Advice{"PROVIDER_JOB_TAKEN", "look at the job that has it: `$0 job get $job_id`"},
    Advice{"BACKUP_EXISTS", "name another file, or see whether it is the copy that you want"},
    Advice{"BACKUP_RUNNING", "wait for the other copy; it may be one whose answer was lost"},
    Advice{"QUOTE_INVALID", "`$0 cost --model MODEL` gives a quote for exactly what is submitted"},
    Advice{"QUOTE_EXPIRED", "it was good until $expire_time; `$0 cost --model MODEL` gives another"},
    Advice{"CHARGE_NOT_SETTLED", "wait until the money is known ($settlement now): `$0 job get ID` shows it"},
    Advice{"CREDENTIAL_MISSING",
           "name a file with your API key or token: --token-file FILE, or ZOETROPE_TOKEN_FILE"},
    Advice{"CREDENTIAL_INVALID", "ask the operator for a new one, or whoever makes your tokens ($why)"},
    Advice{"ROLE_REQUIRED", "ask the operator for the role $role"},
    Advice{"AUTHENTICATION_UNAVAILABLE", "try again in a while"},
    Advice{"PRINCIPAL_LIMIT_EXCEEDED", "wait, or ask the operator to raise your $limit, which is $max"},
    Advice{"BUDGET_EXCEEDED",
           "the budget $budget has $currency $left of $limit left: make it shorter or smaller, "
           "or ask the operator"},
};

std::string Expand(std::string_view text, const client::ErrorDetails& details, const Context& context) {
  std::string result;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    absl::StrAppend(&result, std::string(text.substr(0, dollar)));
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    const size_t size = std::min(text.find_first_not_of("0abcdefghijklmnopqrstuvwxyz_"), text.size());
    const std::string name(text.substr(0, size));
    text.remove_prefix(size);
    const auto found = details.metadata.find(name);
    absl::StrAppend(&result, name == "0"                       ? context.Invocation()
                             : found != details.metadata.end() ? Printable(found->second)
                                                               : absl::StrCat("<", name, ">"));
  }
  return result;
}

// Without a reason the error arose on the way, and the code is all there is.
std::string NextStep(const absl::Status& status, const client::ErrorDetails& details,
                     const Context& context) {
  for (const Advice& advice : kAdvice) {
    if (advice.reason == details.reason) return Expand(advice.text, details, context);
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      if (context.is_admin) {
        return absl::StrCat("does a server listen for its operator at ", context.flags.admin,
                            "? Name another address with --admin or ZOETROPE_ADMIN");
      }
      return absl::StrCat("is a server running at ", context.flags.server,
                          "? Name another one with --server or ZOETROPE_SERVER");
    case absl::StatusCode::kDeadlineExceeded:
      return "allow more time with --timeout";
    case absl::StatusCode::kDataLoss:
      return "download again; the file was not kept";
    default:
      return "";
  }
}

// Whether the server may have acted although the call failed.
bool OutcomeUnknown(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
         absl::IsInternal(status) || absl::IsUnknown(status);
}

}  // namespace

ExitCode ReportError(const absl::Status& status, const Context& context) {
  std::ostream& err = context.console.err;
  const client::ErrorDetails details = client::GetErrorDetails(status);
  const auto line = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) err << label << text << '\n';
  };
  err << Colored("error: ", "31", context.console.terminal.color_err)
      << Printable({status.message().data(), status.message().size()}) << " ("
      << absl::StatusCodeToString(status.code()) << ")\n";
  line("reason: ", Printable(details.reason));
  for (const auto& violation : details.field_violations) {
    line("field: ", Printable(absl::StrCat(violation.field, ": ", violation.description)));
  }
  for (const auto& violation : details.quota_violations) {
    line("quota: ", Printable(absl::StrCat(violation.subject, ": ", violation.description)));
  }
  if (details.retry_delay) line("retry after: ", absl::FormatDuration(*details.retry_delay));
  // Only a submission has a request id.
  const bool submission = !details.request_id.empty();
  std::string next = NextStep(status, details, context);
  if (submission && absl::IsInvalidArgument(status)) {
    absl::StrAppend(&next, next.empty() ? "" : "; ", "nothing was submitted");
  }
  line("next: ", next);
  if (submission && OutcomeUnknown(status)) {
    line("next: ", absl::StrCat("whether a job was made is not known; the same command with --request-id ",
                                details.request_id, " finds it or makes it, never a second one"));
  }
  err.flush();
  return ExitCodeOf(status);
}

}  // namespace zoetrope::cli
