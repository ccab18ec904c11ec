#ifndef ZOETROPE_CLIENT_CLI_CONTEXT_H_
#define ZOETROPE_CLIENT_CLI_CONTEXT_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/admin_client_interface.h"
#include "client/cli/exit_code.h"
#include "client/cli/terminal.h"
#include "client/video_client_interface.h"

namespace zoetrope::cli {

// What every command may be told.
struct GlobalFlags {
  std::string server = "127.0.0.1:7468";
  std::string admin = "127.0.0.1:7469";
  std::string output = "table";
  bool json = false;
  bool quiet = false;
  bool no_color = false;
  std::string timeout;
  bool tls = false;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string token_file;
};

// What a command works with.
struct Context {
  Console console;
  std::shared_ptr<client::VideoClientInterface> client;
  std::shared_ptr<client::AdminClientInterface> admin;
  std::shared_ptr<client::Environment> environment;
  // Cancelled by Ctrl-C.
  std::shared_ptr<client::Cancellation> cancellation;
  // When --timeout, which is for the whole command, is over.
  std::optional<absl::Time> end;
  GlobalFlags flags;
  // The trace that the command belongs to, as W3C writes it; empty: none. Its calls name it.
  std::string traceparent;
  // Whether the command talks to the admin listener.
  bool is_admin = false;

  // Options for a call of this command, which has what is left of the command's time.
  client::CallOptions Call() const;

  // The same with data going to standard error too, because standard output is for something else.
  Context WithDataBeside() const;

  // The same for a command that talks to the admin listener.
  Context AtAdmin() const;

  // How this program is called again for the same server, as in `zoetrope --server host:1`.
  std::string Invocation() const;
};

// The command that was parsed, ready to run.
using Command = std::function<ExitCode(const Context&)>;

// Each adds its commands to `app`; the one that is called puts itself into `chosen`, which outlives the
// parsing.
void AddKeyCommands(CLI::App& app, Command& chosen);
void AddJobCommands(CLI::App& app, Command& chosen);
void AddSubmitCommand(CLI::App& job, Command& chosen);
void AddWatchCommand(CLI::App& job, Command& chosen);
void AddDownloadCommand(CLI::App& job, Command& chosen);
void AddAttemptCommands(CLI::App& app, Command& chosen);
void AddCostCommand(CLI::App& app, Command& chosen);
void AddModelsCommand(CLI::App& app, Command& chosen);
void AddMoneyCommands(CLI::App& app, Command& chosen);
void AddSpendCommand(CLI::App& app, Command& chosen);
void AddServerCommands(CLI::App& app, Command& chosen);
void AddDoctorCommand(CLI::App& app, Command& chosen);
void AddStoreCommands(CLI::App& app, Command& chosen);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_CONTEXT_H_
