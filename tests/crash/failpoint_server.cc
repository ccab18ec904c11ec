// The server with failpoints between its parts: wired as server/main.cc does it, but for what a test of
// crashes has no use for (metrics, a grace for callers, the pictures' own thread).
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "server/api/convert.h"
#include "server/api/grpc_server.h"
#include "server/api/live_ports.h"
#include "server/api/video_generation_service.h"
#include "server/base/ids.h"
#include "server/base/log.h"
#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/catalogue/catalogue.h"
#include "server/config/accounts.h"
#include "server/config/config_loader.h"
#include "server/config/secrets.h"
#include "server/config/settings.h"
#include "server/engine/engine.h"
#include "server/events/watch_hub.h"
#include "server/http/curl_client.h"
#include "server/store/sqlite_store.h"
#include "tests/crash/failpoint_http.h"
#include "tests/crash/failpoint_store.h"
#include "tests/crash/failpoints.h"

namespace zoetrope::testing {
namespace {

constexpr std::size_t kConfigBytes = 1u << 20;
// Instead of the server's second, which every case would wait for.
constexpr absl::Duration kStoreRetry = absl::Milliseconds(50);

struct Flags {
  std::string config;
  std::string failpoint;
  std::string port_file;
  Overrides overrides;
};

std::optional<std::string> Nothing(const std::string&) { return std::nullopt; }

bool Report(const absl::Status& status) {
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok();
}

// In the order in which they need each other; they go in the opposite one, but for the threads.
struct Parts {
  Parts(config::v1::Config read, std::vector<Account> made, const std::string& failpoint)
      : config(std::move(read)),
        accounts(std::move(made)),
        failpoints(failpoint, &late_loop, &clock),
        catalogue(ParseCatalogue("default catalogue", DefaultCatalogueText()).catalogue) {}
  ~Parts() {
    server.reset();
    engine_loop.Shutdown();
    hub_loop.Shutdown();
    late_loop.Shutdown();
  }

  config::v1::Config config;
  RealClock clock;
  RealRandom random;
  Log log{LogLevel::kInfo};
  Accounts accounts;
  LoopExecutor engine_loop{&clock, "engine"};
  LoopExecutor hub_loop{&clock, "hub"};
  LoopExecutor late_loop{&clock, "failpoints"};
  Failpoints failpoints;
  JobTracker tracker;
  RpcObserver observer;
  std::unique_ptr<const Catalogue> catalogue;
  std::unique_ptr<SqliteStore> real_store;
  std::unique_ptr<CurlClient> real_http;
  std::optional<FailpointStore> store;
  std::optional<FailpointHttp> http;
  std::optional<WatchHub> hub;
  std::optional<Engine> engine;
  std::optional<LiveEngine> engine_port;
  std::optional<LiveWatch> watch_port;
  std::optional<VideoGenerationService> service;
  std::unique_ptr<GrpcServer> server;
};

absl::Status Build(Parts& parts) {
  absl::StatusOr<std::unique_ptr<SqliteStore>> store =
      SqliteStore::Open({.path = parts.config.store().sqlite().path()}, &parts.clock, nullptr);
  if (!store.ok()) return store.status();
  parts.real_store = *std::move(store);
  absl::StatusOr<std::unique_ptr<CurlClient>> http = CurlClient::Create(&parts.clock, {});
  if (!http.ok()) return http.status();
  parts.real_http = *std::move(http);
  parts.store.emplace(parts.real_store.get(), &parts.failpoints, &parts.tracker);
  parts.http.emplace(parts.real_http.get(), &parts.failpoints, &parts.tracker);
  parts.hub.emplace(&*parts.store, &parts.hub_loop, &parts.clock, WatchOptionsOf(parts.config),
                    EncodeWatchEvent);
  EngineOptions options = EngineOptionsOf(parts.config);
  options.owner = NewAttemptId(parts.random);
  options.store_retry = kStoreRetry;
  parts.engine.emplace(EngineParts{.store = &*parts.store,
                                   .http = &*parts.http,
                                   .executor = &parts.engine_loop,
                                   .clock = &parts.clock,
                                   .random = &parts.random,
                                   .accounts = &parts.accounts,
                                   .catalogue = parts.catalogue.get(),
                                   .progress = &*parts.hub,
                                   .log = &parts.log},
                       options);
  parts.engine_port.emplace(&*parts.engine);
  parts.watch_port.emplace(&*parts.hub);
  return absl::OkStatus();
}

absl::Status Listen(Parts& parts) {
  const SubmitParts submit{.store = &*parts.store,
                           .engine = &*parts.engine_port,
                           .executor = &parts.engine_loop,
                           .pictures = &parts.hub_loop,
                           .clock = &parts.clock,
                           .random = &parts.random,
                           .catalogue = parts.catalogue.get(),
                           .accounts = &parts.accounts,
                           .log = &parts.log};
  parts.service.emplace(
      ServiceParts{
          .submit = submit, .watch = &*parts.watch_port, .http = &*parts.http, .observer = &parts.observer},
      PlanRulesOf(parts.config));
  parts.service->Hold();
  GrpcServerOptions options = ServerOptionsOf(parts.config);
  options.serving = false;
  absl::StatusOr<std::unique_ptr<GrpcServer>> server = GrpcServer::Start(options, &*parts.service);
  if (!server.ok()) return server.status();
  parts.server = *std::move(server);
  return absl::OkStatus();
}

absl::Status Start(Parts& parts, const std::string& port_file) {
  if (absl::Status status = Build(parts); !status.ok()) return status;
  if (absl::Status status = Listen(parts); !status.ok()) return status;
  std::ofstream(port_file + ".tmp") << parts.server->port() << "\n";
  std::filesystem::rename(port_file + ".tmp", port_file);
  std::promise<absl::Status> recovered;
  parts.engine->Recover([&recovered](absl::Status status) { recovered.set_value(std::move(status)); });
  if (absl::Status status = recovered.get_future().get(); !status.ok()) return status;
  parts.service->Open();
  parts.server->SetServing(true);
  return absl::OkStatus();
}

int Run(const Flags& flags) {
  const absl::StatusOr<std::string> text = ReadFile(flags.config, kConfigBytes);
  if (!Report(text.status())) return EXIT_FAILURE;
  ConfigResult read = LoadConfig(flags.config, *text, flags.overrides, Nothing);
  for (const FileProblem& problem : read.problems) std::cerr << Format(problem) << "\n";
  if (!read.problems.empty()) return EXIT_FAILURE;
  absl::StatusOr<std::vector<Account>> accounts = MakeAccounts(
      read.config, [](const config::v1::SecretRef& secret) { return ReadSecret(secret, Nothing); });
  if (!Report(accounts.status())) return EXIT_FAILURE;
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Parts parts(std::move(read.config), *std::move(accounts), flags.failpoint);
  if (!Report(Start(parts, flags.port_file))) return EXIT_FAILURE;
  int signal = 0;
  sigwait(&signals, &signal);
  parts.service->Drain();
  parts.hub->Drain();
  std::promise<void> drained;
  parts.engine->Drain([&drained] { drained.set_value(); });
  drained.get_future().wait();
  parts.server->Shutdown(absl::ZeroDuration());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace zoetrope::testing

int main(int argc, char** argv) {
  zoetrope::testing::Flags flags;
  CLI::App app("zoetroped with failpoints");
  app.add_option("--config", flags.config)->required();
  app.add_option("--failpoint", flags.failpoint, "file that says which place is armed")->required();
  app.add_option("--port-file", flags.port_file)->required();
  app.add_option("--listen", flags.overrides.listen);
  app.add_option("--metrics-listen", flags.overrides.metrics_listen);
  app.add_option("--store", flags.overrides.store)->required();
  CLI11_PARSE(app, argc, argv);
  return zoetrope::testing::Run(flags);
}
