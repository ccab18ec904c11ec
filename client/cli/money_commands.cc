// The operator's commands about money: how full the budgets are, and whether the books balance.
#include <google/protobuf/struct.pb.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/money_text.h"
#include "client/cli/reconcile.h"
#include "client/cli/render.h"
#include "client/cli/text.h"
#include "client/error_details.h"

namespace zoetrope::cli {
namespace {

ExitCode Budgets(const Context& context) {
  const auto budgets = context.admin->ListBudgets(context.Call());
  if (!budgets.ok()) return ReportError(budgets.status(), context);
  const Console& console = context.console;
  if (console.format != OutputFormat::kTable) {
    PrintJson(*budgets, console.format == OutputFormat::kJsonl, console.out);
    return ExitCode::kOk;
  }
  Table table({"BUDGET", "SUBJECT", "LIMIT", "RESERVED", "CHARGED", "RENEWS"});
  for (const admin::v1::BudgetStatus& budget : budgets->budgets()) {
    const std::string limit = FormatMoney(budget.limit());
    const std::string renews = FormatTime(budget.window_end_time());
    if (budget.counts().empty()) table.Add({budget.name(), "", limit, "", "", renews});
    for (const admin::v1::BudgetCount& count : budget.counts()) {
      table.Add({budget.name(), Printable(count.subject()), limit, FormatMoney(count.reserved()),
                 FormatMoney(count.charged()), renews});
    }
  }
  table.Print(console.out);
  console.out.flush();
  return ExitCode::kOk;
}

ExitCode Verify(const Context& context) {
  const auto check = context.admin->VerifyLedger(context.Call());
  if (!check.ok()) return ReportError(check.status(), context);
  const Console& console = context.console;
  const bool balances = check->finding_count() == 0;
  if (console.format != OutputFormat::kTable) {
    PrintJson(*check, console.format == OutputFormat::kJsonl, console.out);
    return balances ? ExitCode::kOk : ExitCode::kInternal;
  }
  PrintFields(
      {{"jobs", absl::StrCat(check->jobs())},
       {"rows", absl::StrCat(check->rows())},
       {"reserved", FormatMoney(check->reserved())},
       {"charged", FormatMoney(check->charged())},
       {"overrun", FormatMoney(check->overrun())},
       {"balance", balances ? "the books balance" : absl::StrCat(check->finding_count(), " do not agree")}},
      console.out);
  if (!balances) {
    console.out << '\n';
    Table table({"JOB", "SUBJECT", "WHAT", "BOOKED", "STATED"});
    for (const admin::v1::LedgerFinding& finding : check->findings()) {
      table.Add({finding.job_id(), Printable(finding.subject()), finding.what(),
                 FormatMoney(finding.booked()), FormatMoney(finding.stated())});
    }
    table.Print(console.out);
  }
  console.out.flush();
  return balances ? ExitCode::kOk : ExitCode::kInternal;
}

struct ReconcileFlags {
  std::string provider;
  std::string bill;
  std::string sandbox_ledger;
  std::string id_column = "id";
  std::string amount_column = "amount";
  std::string from;
  std::string until;
  std::string note;
  bool apply = false;
  bool refund_unbilled = false;
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.good() && !file.eof()) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  return text.str();
}

absl::StatusOr<Bill> ReadBill(const ReconcileFlags& flags) {
  if (flags.bill.empty() == flags.sandbox_ledger.empty())
    return absl::InvalidArgumentError("name either --bill or --sandbox-ledger");
  const std::string& path = flags.bill.empty() ? flags.sandbox_ledger : flags.bill;
  const auto text = ReadFile(path);
  if (!text.ok()) return text.status();
  auto bill = flags.bill.empty() ? ReadSandboxBill(*text, flags.provider)
                                 : ReadCsvBill(*text, flags.id_column, flags.amount_column);
  if (!bill.ok())
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", std::string(bill.status().message())));
  return bill;
}

struct Books {
  std::vector<admin::v1::Charge> charges;
  google::protobuf::Timestamp complete_since;  // 0: they are complete
};

absl::StatusOr<Books> ReadBooks(const Context& context, const ReconcileFlags& flags) {
  admin::v1::ListChargesRequest request;
  request.set_provider(flags.provider);
  if (!flags.from.empty()) {
    const auto time = ParseTime("--from", flags.from);
    if (!time.ok()) return time.status();
    *request.mutable_start_time() = *time;
  }
  if (!flags.until.empty()) {
    const auto time = ParseTime("--until", flags.until);
    if (!time.ok()) return time.status();
    *request.mutable_end_time() = *time;
  }
  Books books;
  do {
    const auto page = context.admin->ListCharges(request, context.Call());
    if (!page.ok()) return page.status();
    books.charges.insert(books.charges.end(), page->charges().begin(), page->charges().end());
    books.complete_since = page->complete_since();
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return books;
}

// What both sides know, with other amounts; and, where it is asked for, what was assumed here and is not on
// the bill. Only where the provider's id is known: without one, its line may be on the bill under an id that
// nobody has here. The rest is for a person to find. What a job costs that is not over is told, and left.
bool IsToApply(const Finding& finding, bool unbilled) {
  if (finding.kind == Discrepancy::kAmount) return finding.billed_nanos >= 0;
  return unbilled && finding.kind == Discrepancy::kNotBilled && !finding.provider_job_id.empty() &&
         finding.charge.source() == v1::COST_SOURCE_RESERVATION;
}

absl::Status Apply(const Context& context, const std::vector<Finding>& findings,
                   const ReconcileFlags& flags) {
  int corrected = 0;
  int open = 0;
  const auto say = [&] {
    context.console.Say(absl::StrCat(corrected, " corrected to what was billed"));
    if (open > 0) context.console.Say(absl::StrCat(open, " of jobs that are not settled, which are left"));
  };
  for (const Finding& finding : findings) {
    if (!IsToApply(finding, flags.refund_unbilled)) continue;
    admin::v1::CorrectChargeRequest request;
    request.set_job_id(finding.charge.job_id());
    request.set_attempt_id(finding.charge.attempt_id());
    *request.mutable_charged() = MoneyOfNanos(finding.billed_nanos);
    request.set_note(flags.note);
    const auto job = context.admin->CorrectCharge(request, context.Call());
    if (client::GetErrorDetails(job.status()).reason == "CHARGE_NOT_SETTLED") {
      ++open;
      continue;
    }
    if (!job.ok()) {
      say();
      return job.status();
    }
    ++corrected;
  }
  say();
  return absl::OkStatus();
}

void PrintFindings(const std::vector<Finding>& findings, const Console& console) {
  if (console.format != OutputFormat::kTable) {
    for (const Finding& finding : findings) {
      google::protobuf::Struct line;
      auto& fields = *line.mutable_fields();
      fields["kind"].set_string_value(std::string(Name(finding.kind)));
      fields["provider_job_id"].set_string_value(finding.provider_job_id);
      fields["job_id"].set_string_value(finding.charge.job_id());
      fields["attempt_id"].set_string_value(finding.charge.attempt_id());
      fields["billed"].set_string_value(FormatMoney(MoneyOfNanos(finding.billed_nanos)));
      fields["booked"].set_string_value(FormatMoney(MoneyOfNanos(finding.booked_nanos)));
      fields["reserved"].set_string_value(FormatMoney(finding.charge.reserved()));
      fields["source"].set_string_value(v1::CostSource_Name(finding.charge.source()));
      PrintJson(line, /*one_line=*/true, console.out);
    }
    return;
  }
  Table table({"DIFFERENCE", "PROVIDERS_ID", "BILLED", "BOOKED", "RESERVED", "SOURCE", "JOB", "ATTEMPT"});
  for (const Finding& finding : findings) {
    table.Add({std::string(Name(finding.kind)), Printable(finding.provider_job_id),
               FormatMoney(MoneyOfNanos(finding.billed_nanos)),
               FormatMoney(MoneyOfNanos(finding.booked_nanos)), FormatMoney(finding.charge.reserved()),
               finding.charge.source() == v1::COST_SOURCE_UNSPECIFIED ? "" : Name(finding.charge.source()),
               finding.charge.job_id(), finding.charge.attempt_id()});
  }
  table.Print(console.out);
}

ExitCode ReconcileBill(const Context& context, const ReconcileFlags& flags) {
  auto bill = ReadBill(flags);
  if (!bill.ok()) return ReportError(bill.status(), context);
  const auto books = ReadBooks(context, flags);
  if (!books.ok()) return ReportError(books.status(), context);
  if (const std::string sum = TakeSum(*bill, books->charges); !sum.empty())
    context.console.Say(
        absl::StrCat("`", Printable(sum), "` is the sum of the other lines, and was left out."));
  const std::vector<Finding> findings = Reconcile(*bill, books->charges);
  if (!findings.empty()) PrintFindings(findings, context.console);
  context.console.out.flush();
  context.console.Say(absl::StrCat(bill->size(), " on the bill, ", books->charges.size(), " in the books, ",
                                   findings.size(), " differ"));
  // A name with a slip in it makes every charge of the bill one that was not booked.
  if (books->charges.empty() && !bill->empty()) {
    context.console.Say(absl::StrCat("The books have no attempt at `", flags.provider,
                                     "` for that time: is that the account's name in the configuration?"));
  }
  if (!flags.from.empty() || !flags.until.empty())
    context.console.Say("The bill was taken whole: --from and --until choose from the books alone.");
  if (books->complete_since.seconds() != 0) {
    context.console.Say(absl::StrCat("Jobs that ended before ", FormatTime(books->complete_since),
                                     " may have been removed: what is NOT_BOOKED may have been."));
  }
  if (flags.apply) {
    if (absl::Status applied = Apply(context, findings, flags); !applied.ok())
      return ReportError(applied, context);
  }
  return findings.empty() ? ExitCode::kOk : ExitCode::kInternal;
}

struct CorrectFlags {
  std::string job_id;
  std::string attempt_id;
  std::string charged;
  std::string note;
};

ExitCode CorrectOne(const Context& context, const CorrectFlags& flags) {
  const auto charged = ParseMoney(flags.charged);
  if (!charged.ok()) return ReportError(charged.status(), context);
  admin::v1::CorrectChargeRequest request;
  request.set_job_id(flags.job_id);
  request.set_attempt_id(flags.attempt_id);
  *request.mutable_charged() = *charged;
  request.set_note(flags.note);
  const auto job = context.admin->CorrectCharge(request, context.Call());
  if (!job.ok()) return ReportError(job.status(), context);
  RenderCost(job->cost(), context.console);
  context.console.out.flush();
  return ExitCode::kOk;
}

void AddReconcile(CLI::App& ledger, Command& chosen) {
  const auto flags = std::make_shared<ReconcileFlags>();
  CLI::App& command = *ledger.add_subcommand("reconcile", "Hold a provider's bill against the books");
  command.footer(HelpFooter(
      "  zoetrope ledger reconcile --provider NAME --bill usage.csv --id-column request_id --amount-column "
      "cost\n"
      "  zoetrope ledger reconcile --provider NAME --bill usage.csv --apply --note 'bill of November'"));
  command.add_option("--provider", flags->provider, "The account, by its configured name")->required();
  command.add_option("--bill", flags->bill, "The provider's export, comma-separated with a header")
      ->check(CLI::ExistingFile);
  command.add_option("--sandbox-ledger", flags->sandbox_ledger, "The simulator's ledger, in place of a bill")
      ->check(CLI::ExistingFile);
  command.add_option("--id-column", flags->id_column, "Column with the provider's id of the job")
      ->capture_default_str();
  command.add_option("--amount-column", flags->amount_column, "Column with the amount, in US dollars")
      ->capture_default_str();
  CLI::Option* const from = command.add_option(
      "--from", flags->from, "Only attempts made from this time on, as in 2026-11-01 (UTC)");
  CLI::Option* const until =
      command.add_option("--until", flags->until, "Only attempts made before this time");
  CLI::Option* const note = command.add_option("--note", flags->note, "Why, for --apply");
  CLI::Option* const apply =
      command.add_flag("--apply", flags->apply, "Correct the charges that differ to what was billed")
          ->needs(note);
  command
      .add_flag("--refund-unbilled", flags->refund_unbilled,
                "With --apply: give back what was only assumed, within the time that the bill has whole")
      ->needs(apply)
      ->needs(from)
      ->needs(until);
  command.callback([flags, &chosen] {
    chosen = [flags](const Context& context) { return ReconcileBill(context.AtAdmin(), *flags); };
  });
}

void AddCorrect(CLI::App& ledger, Command& chosen) {
  const auto flags = std::make_shared<CorrectFlags>();
  CLI::App& command =
      *ledger.add_subcommand("correct", "Correct what an attempt was charged, from a provider's bill");
  command.add_option("job", flags->job_id, "Id of the job")->required();
  command.add_option("attempt", flags->attempt_id, "Id of the attempt")->required();
  command.add_option("--charged", flags->charged, "What the provider has charged, as in 0.35")->required();
  command.add_option("--note", flags->note, "Why")->required();
  command.callback([flags, &chosen] {
    chosen = [flags](const Context& context) { return CorrectOne(context.AtAdmin(), *flags); };
  });
}

}  // namespace

void AddMoneyCommands(CLI::App& app, Command& chosen) {
  app.add_subcommand("budgets", "For the operator: the budgets, and how full they are")->callback([&chosen] {
    chosen = [](const Context& context) { return Budgets(context.AtAdmin()); };
  });
  CLI::App& ledger = *app.add_subcommand("ledger", "For the operator: the books");
  ledger.require_subcommand(1);
  ledger
      .add_subcommand(
          "verify",
          "Hold every job's ledger, the budgets and the sums against each other, on the running server")
      ->callback([&chosen] { chosen = [](const Context& context) { return Verify(context.AtAdmin()); }; });
  AddReconcile(ledger, chosen);
  AddCorrect(ledger, chosen);
}

}  // namespace zoetrope::cli
