#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

std::string MarkOf(admin::v1::DiagnosisLevel level) {
  switch (level) {
    case admin::v1::DIAGNOSIS_LEVEL_OK:
      return "ok   ";
    case admin::v1::DIAGNOSIS_LEVEL_WARNING:
      return "warn ";
    default:
      return "FAIL ";
  }
}

// 0 where nothing is wrong that keeps jobs from being done.
ExitCode Doctor(const Context& context) {
  const auto response = context.admin->Diagnose(context.Call());
  if (!response.ok()) return ReportError(response.status(), context);
  bool works = true;
  for (const admin::v1::Diagnosis& diagnosis : response->diagnoses()) {
    works = works && (diagnosis.level() == admin::v1::DIAGNOSIS_LEVEL_OK ||
                      diagnosis.level() == admin::v1::DIAGNOSIS_LEVEL_WARNING);
    if (context.console.format != OutputFormat::kTable) continue;
    context.console.out << MarkOf(diagnosis.level()) << Printable(diagnosis.subject()) << ": "
                        << Printable(diagnosis.found()) << "\n";
    if (!diagnosis.mend().empty()) context.console.out << "       " << Printable(diagnosis.mend()) << "\n";
  }
  if (context.console.format != OutputFormat::kTable)
    PrintJson(*response, context.console.format == OutputFormat::kJsonl, context.console.out);
  context.console.out.flush();
  return works ? ExitCode::kOk : ExitCode::kInternal;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Command& chosen) {
  CLI::App& command = *app.add_subcommand(
      "doctor", "Look at accounts, store, disk, clock and prices of a server, and say what would mend them");
  command.footer(HelpFooter("  zoetrope doctor\n  zoetrope doctor --admin 127.0.0.1:7469 --json"));
  command.callback([&chosen] { chosen = [](const Context& context) { return Doctor(context.AtAdmin()); }; });
}

}  // namespace zoetrope::cli
