// The command line client: parses flags, builds what a command works with, and runs the one that was named.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "client/admin_client.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/interrupt_listener.h"
#include "client/cli/standard_output.h"
#include "client/cli/text.h"
#include "client/cli/usage.h"
#include "client/video_client.h"

namespace zoetrope::cli {
namespace {

constexpr char kDescription[] =
    "Turns prompts and pictures into videos through a zoetrope server.\n"
    "Data goes to standard output, everything else to standard error.";

constexpr char kExamples[] =
    "  zoetrope models\n"
    "  zoetrope cost --model seedance-2.0 --duration 8s\n"
    "  zoetrope job submit --model seedance-2.0 --prompt 'a fox runs' --image fox.jpg --save fox.mp4\n"
    "  zoetrope job watch 0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f --after 3";

void AddGlobalFlags(CLI::App& app, GlobalFlags& flags) {
  app.add_option("--server", flags.server, "Where the server listens")
      ->capture_default_str()
      ->envname("ZOETROPE_SERVER");
  app.add_option("--admin", flags.admin, "Where the server listens for its operator")
      ->capture_default_str()
      ->envname("ZOETROPE_ADMIN");
  app.add_option("-o,--output", flags.output, "Format of the data")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json", "jsonl"}));
  app.add_flag("--json", flags.json, "Same as --output json");
  app.add_flag("-q,--quiet", flags.quiet, "Say only what is asked for; of jobs and models, only the id");
  app.add_flag("--no-color", flags.no_color, "No colours; NO_COLOR says the same");
  app.add_option("--timeout", flags.timeout,
                 "Most time for the command, as in 30s; default: 60s, and no limit for a watch");
  app.add_flag("--tls", flags.tls, "Encrypt the connection");
  app.add_option("--ca-file", flags.ca_file, "PEM file with the authorities to trust; implies --tls")
      ->envname("ZOETROPE_CA_FILE")
      ->check(CLI::ExistingFile);
  CLI::Option& certificate =
      *app.add_option("--cert-file", flags.cert_file, "PEM file with a certificate to show; implies --tls")
           ->envname("ZOETROPE_CERT_FILE")
           ->check(CLI::ExistingFile);
  CLI::Option& key = *app.add_option("--key-file", flags.key_file, "PEM file with its key")
                          ->envname("ZOETROPE_KEY_FILE")
                          ->check(CLI::ExistingFile);
  certificate.needs(&key);
  key.needs(&certificate);
  // A file: what stands in a command line, every process of the machine can read.
  app.add_option("--token-file", flags.token_file, "File with your API key or token")
      ->envname("ZOETROPE_TOKEN_FILE")
      ->check(CLI::ExistingFile);
}

std::string TextOf(const std::string& file) {
  if (file.empty()) return "";
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

OutputFormat FormatOf(const GlobalFlags& flags) {
  if (flags.json || flags.output == "json") return OutputFormat::kJson;
  return flags.output == "jsonl" ? OutputFormat::kJsonl : OutputFormat::kTable;
}

client::ChannelOptions ChannelOptionsOf(const GlobalFlags& flags, absl::Duration timeout) {
  client::ChannelOptions options;
  options.connect_timeout = std::max(options.connect_timeout, timeout);
  options.tls = flags.tls || !flags.ca_file.empty() || !flags.cert_file.empty();
  options.root_certificates_pem = TextOf(flags.ca_file);
  options.certificate_pem = TextOf(flags.cert_file);
  options.key_pem = TextOf(flags.key_file);
  return options;
}

// What OpenTelemetry's "Environment Variables as Context Propagation Carriers" has programs hand to those
// that they start. Whether it means anything is for the server to say.
std::string TraceparentOfEnvironment() {
  const char* const value = std::getenv("TRACEPARENT");
  const std::string text = value == nullptr ? "" : value;
  return text.find_first_not_of("0123456789abcdef-") == std::string::npos ? text : "";
}

ExitCode Run(const GlobalFlags& flags, const Command& command) {
  const auto cancellation = std::make_shared<client::Cancellation>();
  const InterruptListener interrupts(cancellation);
  Context context = {.console = {.out = std::cout,
                                 .err = std::cerr,
                                 .terminal = DetectTerminal(flags.no_color),
                                 .format = FormatOf(flags),
                                 .quiet = flags.quiet},
                     .environment = client::SystemEnvironment(),
                     .cancellation = cancellation,
                     .flags = flags,
                     .traceparent = TraceparentOfEnvironment()};
  absl::Duration timeout;
  if (!flags.timeout.empty()) {
    const auto parsed = ParseDuration(flags.timeout);
    if (!parsed.ok()) return ReportError(parsed.status(), context);
    timeout = *parsed;
    context.end = context.environment->Now() + timeout;
  }
  const client::ChannelOptions options = ChannelOptionsOf(flags, timeout);
  // Neither connects before its first call.
  context.client = std::make_shared<client::VideoClient>(client::MakeChannel(flags.server, options));
  context.admin = std::make_shared<client::AdminClient>(client::MakeChannel(flags.admin, options));
  return command(context);
}

ExitCode Main(int argc, char** argv) {
  CLI::App app(kDescription, "zoetrope");
  app.footer(HelpFooter(kExamples));
  app.require_subcommand(1);
  // Global flags may stand anywhere, also behind the command.
  app.fallthrough();
  GlobalFlags flags;
  AddGlobalFlags(app, flags);
  Command command;
  AddJobCommands(app, command);
  AddAttemptCommands(app, command);
  AddKeyCommands(app, command);
  AddCostCommand(app, command);
  AddModelsCommand(app, command);
  AddSpendCommand(app, command);
  AddMoneyCommands(app, command);
  AddServerCommands(app, command);
  AddDoctorCommand(app, command);
  AddStoreCommands(app, command);
  RefuseEmptyValues(app);
  // The parser's own way to say "help was asked for" and "this is no command line of ours".
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(error, app, std::cout, std::cerr);
  }
  return Run(flags, command);
}

}  // namespace
}  // namespace zoetrope::cli

int main(int argc, char** argv) {
  zoetrope::cli::OccupyStandardDescriptors();
  const zoetrope::cli::ExitCode code = zoetrope::cli::Main(argc, argv);
  return static_cast<int>(zoetrope::cli::CheckOutput(code, std::cout, std::cerr));
}
