#include <memory>

#include <google/protobuf/struct.pb.h>

#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/render.h"

namespace zoetrope::cli {
namespace {

// One name and one value, in the format that the user wants.
void PrintPair(const std::string& name, const std::string& value, const Console& console) {
  if (console.format == OutputFormat::kTable) {
    console.out << value << std::endl;
    return;
  }
  google::protobuf::Struct object;
  (*object.mutable_fields())[name].set_string_value(value);
  PrintJson(object, console.format == OutputFormat::kJsonl, console.out);
}

ExitCode Health(const Context& context, const std::string& service) {
  const auto state = context.client->Health(service, context.Call());
  if (!state.ok()) return ReportError(state.status(), context);
  switch (*state) {
    case client::HealthState::kServing:
      PrintPair("status", "SERVING", context.console);
      return ExitCode::kOk;
    case client::HealthState::kNotServing:
      PrintPair("status", "NOT_SERVING", context.console);
      return ExitCode::kUnavailable;
    default:
      PrintPair("status", "UNKNOWN", context.console);
      return ExitCode::kUnavailable;
  }
}

ExitCode Version(const Context& context) {
  const bool table = context.console.format == OutputFormat::kTable;
  PrintPair("version", absl::StrCat(table ? "zoetrope " : "", ZOETROPE_VERSION), context.console);
  return ExitCode::kOk;
}

}  // namespace

void AddServerCommands(CLI::App& app, Command& chosen) {
  const auto service = std::make_shared<std::string>();
  CLI::App& health = *app.add_subcommand("health", "Ask whether the server takes calls; exit code 69 if not");
  health.add_option("--service", *service, "One service instead of the whole server");
  health.callback([service, &chosen] {
    chosen = [service](const Context& context) { return Health(context, *service); };
  });
  CLI::App& version = *app.add_subcommand("version", "Show the version of this program");
  version.callback([&chosen] { chosen = Version; });
}

}  // namespace zoetrope::cli
