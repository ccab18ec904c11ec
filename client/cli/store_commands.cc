// The operator's command about the server's store: a copy of it.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/render.h"
#include "client/error_details.h"

namespace zoetrope::cli {
namespace {

void RenderCopy(const admin::v1::BackupStoreResponse& copy, const Console& console) {
  if (console.format != OutputFormat::kTable) {
    PrintJson(copy, console.format == OutputFormat::kJsonl, console.out);
  } else if (console.quiet) {
    console.out << copy.path() << '\n';
  } else {
    PrintFields({{"COPY", copy.path()}, {"SIZE", absl::StrCat(copy.size_bytes(), " bytes")}}, console.out);
  }
  console.out.flush();
}

// Whether the server may go on with a copy, or have it, although the call failed. An error of its own says
// that nothing was left.
bool MayStillCome(const absl::Status& status) {
  return absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
         (absl::IsUnavailable(status) && client::GetErrorDetails(status).reason.empty());
}

ExitCode Backup(const Context& context, const std::string& path) {
  admin::v1::BackupStoreRequest request;
  request.set_path(path);
  const auto copy = context.admin->Backup(request, context.Call());
  if (!copy.ok()) {
    const ExitCode code = ReportError(copy.status(), context);
    if (MayStillCome(copy.status())) {
      context.console.Say(
          "The server may go on with the copy, or have made it: look on its machine. What is "
          "there under the name is whole.");
    }
    return code;
  }
  RenderCopy(*copy, context.console);
  return ExitCode::kOk;
}

}  // namespace

void AddStoreCommands(CLI::App& app, Command& chosen) {
  CLI::App& store = *app.add_subcommand("store", "For the operator: where the server keeps its jobs");
  store.require_subcommand(1);
  const auto path = std::make_shared<std::string>();
  CLI::App& backup = *store.add_subcommand(
      "backup", "Copy the store to a new file on the server's machine, while the server works");
  backup
      .add_option("path", *path,
                  "Absolute path there, directly in the folder that its configuration names "
                  "(store.sqlite.backup_folder)")
      ->required();
  backup.callback([path, &chosen] {
    chosen = [path](const Context& context) { return Backup(context.AtAdmin(), *path); };
  });
}

}  // namespace zoetrope::cli
