// The server with failpoints between its parts: wired as server/main.cc does it, but for what a test of
// crashes has no use for (metrics, a grace for callers, the pictures' own thread).
#include <csignal>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "server/api/admin_api.h"
#include "server/api/convert.h"
#include "server/api/grpc_server.h"
#include "server/api/live_ports.h"
#include "server/api/video_generation_service.h"
#include "server/base/ids.h"
#include "server/base/log.h"
#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/callbacks/callback_receiver.h"
#include "server/catalogue/catalogue.h"
#include "server/config/accounts.h"
#include "server/config/inputs.h"
#include "server/config/port_file.h"
#include "server/config/settings.h"
#include "server/engine/engine.h"
#include "server/events/watch_hub.h"
#include "server/http/curl_client.h"
#include "server/store/sqlite_store.h"
#include "tests/crash/failpoint_http.h"
#include "tests/crash/failpoint_store.h"
#include "tests/crash/failpoints.h"
#include "tests/support/open_admission.h"

namespace zoetrope::testing {
namespace {

// Instead of the server's second, which every case would wait for.
constexpr absl::Duration kStoreRetry = absl::Milliseconds(50);

struct Flags {
  InputSource source;
  std::string failpoint;
  std::string port_file;
  std::string admin_port_file;
  std::string callback_port_file;
};

std::optional<std::string> Nothing(const std::string&) { return std::nullopt; }

// In the order in which they need each other; they go in the opposite one, but for the threads.
struct Parts {
  Parts(Inputs read, const std::string& failpoint)
      : inputs(std::move(read)), first(TakeSupply(inputs)), failpoints(failpoint, &late_loop, &clock) {}
  ~Parts() {
    callbacks.reset();
    admin_server.reset();
    server.reset();
    engine_loop.Shutdown();
    hub_loop.Shutdown();
    late_loop.Shutdown();
  }

  Inputs inputs;
  RealClock clock;
  RealRandom random;
  Log log{LogLevel::kInfo};
  const std::shared_ptr<const Supply> first;
  Current<Supply> supply{first};
  LoopExecutor engine_loop{&clock, "engine"};
  LoopExecutor hub_loop{&clock, "hub"};
  LoopExecutor late_loop{&clock, "failpoints"};
  Failpoints failpoints;
  JobTracker tracker;
  RpcObserver observer;
  testing::OpenAdmission admission{&clock, &observer};
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
  std::optional<AdminApi> admin;
  std::unique_ptr<GrpcServer> admin_server;
  std::unique_ptr<CallbackReceiver> callbacks;  // nullptr: off
};

absl::Status Build(Parts& parts) {
  absl::StatusOr<std::unique_ptr<SqliteStore>> store =
      SqliteStore::Open({.path = parts.inputs.config.store().sqlite().path()}, &parts.clock, nullptr);
  if (!store.ok()) return store.status();
  parts.real_store = *std::move(store);
  absl::StatusOr<std::unique_ptr<CurlClient>> http = CurlClient::Create(&parts.clock, {});
  if (!http.ok()) return http.status();
  parts.real_http = *std::move(http);
  parts.store.emplace(parts.real_store.get(), &parts.failpoints, &parts.tracker);
  parts.http.emplace(parts.real_http.get(), &parts.failpoints, &parts.tracker);
  parts.hub.emplace(&*parts.store, &parts.hub_loop, &parts.clock, WatchOptionsOf(parts.inputs.config),
                    EncodeWatchEvent);
  EngineOptions options = EngineOptionsOf(parts.inputs.config);
  options.owner = NewAttemptId(parts.random);
  options.store_retry = kStoreRetry;
  parts.engine.emplace(EngineParts{.store = &*parts.store,
                                   .http = &*parts.http,
                                   .executor = &parts.engine_loop,
                                   .clock = &parts.clock,
                                   .random = &parts.random,
                                   .accounts = parts.first->accounts.get(),
                                   .catalogue = parts.first->catalogue.get(),
                                   .callbacks = parts.inputs.callbacks ? &*parts.inputs.callbacks : nullptr,
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
                           .supply = &parts.supply,
                           .log = &parts.log};
  parts.service.emplace(ServiceParts{.admission = parts.admission.get(),
                                     .submit = submit,
                                     .watch = &*parts.watch_port,
                                     .http = &*parts.http,
                                     .observer = &parts.observer});
  parts.service->Hold();
  GrpcServerOptions options = ServerOptionsOf(parts.inputs.config);
  options.serving = false;
  absl::StatusOr<std::unique_ptr<GrpcServer>> server = GrpcServer::Start(options, &*parts.service);
  if (!server.ok()) return server.status();
  parts.server = *std::move(server);
  return absl::OkStatus();
}

absl::Status ListenForOperator(Parts& parts) {
  const config::v1::Config& config = parts.inputs.config;
  parts.admin.emplace(AdminParts{.admission = parts.admission.get(),
                                 .store = &*parts.store,
                                 .backup = parts.real_store.get(),
                                 .engine = &*parts.engine_port,
                                 .executor = &parts.engine_loop,
                                 .clock = &parts.clock,
                                 .random = &parts.random,
                                 .supply = &parts.supply,
                                 .log = &parts.log,
                                 .observer = &parts.observer,
                                 .backup_place = BackupPlaceOf(config)});
  absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(AdminServerOptionsOf(config), &*parts.admin);
  if (!server.ok()) return server.status();
  parts.admin_server = *std::move(server);
  return absl::OkStatus();
}

absl::Status ListenForCallbacks(Parts& parts) {
  if (!parts.inputs.callbacks) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<CallbackReceiver>> receiver = CallbackReceiver::Start(
      {.listen = parts.inputs.config.callbacks().listen()}, &*parts.inputs.callbacks,
      [&parts](AttemptName attempt, std::string body, std::function<void(absl::Status)> done) {
        parts.engine->OnCallback(std::move(attempt), std::move(body), std::move(done));
      });
  if (!receiver.ok()) return receiver.status();
  parts.callbacks = *std::move(receiver);
  return absl::OkStatus();
}

absl::Status Start(Parts& parts, const Flags& flags) {
  for (absl::Status (*step)(Parts&) : {Build, Listen, ListenForOperator, ListenForCallbacks}) {
    if (absl::Status status = step(parts); !status.ok()) return status;
  }
  // The one that says that the server is up comes last.
  absl::Status written = WritePortFile(flags.admin_port_file, parts.admin_server->port());
  if (parts.callbacks) written.Update(WritePortFile(flags.callback_port_file, parts.callbacks->port()));
  written.Update(WritePortFile(flags.port_file, parts.server->port()));
  if (!written.ok()) return written;
  std::promise<absl::Status> recovered;
  parts.engine->Recover([&recovered](absl::Status status) { recovered.set_value(std::move(status)); });
  if (absl::Status status = recovered.get_future().get(); !status.ok()) return status;
  parts.service->Open();
  parts.server->SetServing(true);
  return absl::OkStatus();
}

int Run(const Flags& flags) {
  std::optional<Inputs> inputs = ReadInputs(flags.source, Nothing, std::cerr);
  if (!inputs) return EXIT_FAILURE;
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Parts parts(*std::move(inputs), flags.failpoint);
  if (const absl::Status started = Start(parts, flags); !started.ok()) {
    std::cerr << started << "\n";
    return EXIT_FAILURE;
  }
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
  app.add_option("--config", flags.source.config)->required();
  app.add_option("--failpoint", flags.failpoint, "file that says which place is armed")->required();
  app.add_option("--port-file", flags.port_file)->required();
  app.add_option("--admin-port-file", flags.admin_port_file)->required();
  app.add_option("--callback-port-file", flags.callback_port_file)->required();
  app.add_option("--listen", flags.source.overrides.listen);
  app.add_option("--metrics-listen", flags.source.overrides.metrics_listen);
  app.add_option("--store", flags.source.overrides.store)->required();
  CLI11_PARSE(app, argc, argv);
  return zoetrope::testing::Run(flags);
}
