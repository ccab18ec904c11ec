#include "server/config/flags.h"

#include <cstdlib>

#include "CLI/CLI.hpp"

namespace zoetrope {

std::variant<Flags, int> ParseFlags(int argc, char** argv, const std::string& version) {
  Flags flags;
  CLI::App app("zoetroped turns prompts and pictures into videos through hosted providers.");
  app.set_version_flag("--version", version);
  CLI::Option* config =
      app.add_option("--config", flags.source.config, "configuration file (also ZOETROPE_CONFIG)");
  app.add_option("--sandbox", flags.source.sandbox,
                 "run against the provider simulator at this http URL of this machine")
      ->excludes(config);
  app.add_option("--listen", flags.source.overrides.listen,
                 "address of the service, host:port (also ZOETROPE_LISTEN)");
  app.add_option("--metrics-listen", flags.source.overrides.metrics_listen,
                 "address for Prometheus, host:port, or off (also ZOETROPE_METRICS_LISTEN)");
  app.add_option("--admin-listen", flags.source.overrides.admin_listen,
                 "address of the operator's service, host:port, or off (also ZOETROPE_ADMIN_LISTEN)");
  app.add_option("--store", flags.source.overrides.store, "SQLite file (also ZOETROPE_STORE)");
  app.add_option(
      "--port-file", flags.port_file,
      "write the service's port to this file once it listens; it takes jobs when it says `listening on`");
  app.add_option("--admin-port-file", flags.admin_port_file,
                 "write the port of the operator's service to this file once it listens");
  app.add_option("--callback-port-file", flags.callback_port_file,
                 "write the port that providers call back to to this file once it listens");
  app.add_flag("--check,--check-config", flags.check,
               "read the configuration, say what is wrong with it, and end");
  app.add_flag("--print-config", flags.print_config,
               "print the configuration as it is understood, secrets masked, and end");
  app.add_flag("--check-prices", flags.check_prices,
               "ask the providers that quote prices, lay them beside the catalogue's, and end");
  app.add_flag("--print-catalogue", flags.print_catalogue,
               "print the catalogue of models and prices that the program ships, and end");
  // The parser's own way to say "help was asked for" and "this is no command line of ours".
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : kUsageExit;
  }
  return flags;
}

}  // namespace zoetrope
