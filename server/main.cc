// zoetroped: reads its configuration, puts the parts together, serves, and goes down in order. The only place
// where parts are wired.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/admin_api.h"
#include "server/api/convert.h"
#include "server/api/grpc_server.h"
#include "server/api/live_ports.h"
#include "server/api/readiness.h"
#include "server/api/video_generation_service.h"
#include "server/base/ids.h"
#include "server/base/log.h"
#include "server/base/loop_executor.h"
#include "server/base/process.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/base/strings.h"
#include "server/callbacks/callback_receiver.h"
#include "server/callers.h"
#include "server/catalogue/catalogue.h"
#include "server/config/flags.h"
#include "server/config/inputs.h"
#include "server/config/port_file.h"
#include "server/config/settings.h"
#include "server/config/tls_files.h"
#include "server/engine/engine.h"
#include "server/engine/track_record.h"
#include "server/events/watch_hub.h"
#include "server/http/curl_client.h"
#include "server/offline.h"
#include "server/reload.h"
#include "server/signals.h"
#include "server/startup.h"
#include "server/store/retention.h"
#include "server/store/sqlite_store.h"
#include "server/telemetry/budget_watch.h"
#include "server/telemetry/expiring_results.h"
#include "server/telemetry/exporter.h"
#include "server/telemetry/job_log.h"
#include "server/telemetry/library_log.h"
#include "server/telemetry/metrics.h"
#include "server/telemetry/store_log.h"
#include "server/telemetry/tracing.h"

namespace zoetrope {
namespace {

std::string UserAgent() { return absl::StrCat("zoetrope/", ZOETROPE_VERSION); }

bool Report(const absl::Status& status) {
  if (!status.ok()) std::cerr << "zoetroped: " << ToStd(status.message()) << "\n";
  return status.ok();
}

// Puts what was made to where it belongs.
template <typename Made, typename Place>
absl::Status Take(absl::StatusOr<Made> made, Place& place) {
  if (!made.ok()) return made.status();
  place = *std::move(made);
  return absl::OkStatus();
}

// The parts, in the order in which they need each other; they go in the opposite one.
struct Parts {
  Parts(Inputs read, FileStamps read_files)
      : inputs(std::move(read)),
        files(std::move(read_files)),
        log(LogLevelOf(inputs.config), &clock),
        library_log(&log),
        first(TakeSupply(inputs)),
        supply(first) {}
  ~Parts() {
    exporter.reset();
    callbacks.reset();
    // The operator's listener waits for its calls, and this one may last.
    if (store) store->EndBackups();
    admin_server.reset();
    server.reset();
    // What is left of the parts' work must not run while they go.
    if (engine_loop) engine_loop->Shutdown();
    if (hub_loop) hub_loop->Shutdown();
    if (picture_loop) picture_loop->Shutdown();
    if (tracing) tracing->Shutdown();
  }

  Inputs inputs;
  FileStamps files;  // as they were read
  RealClock clock;
  RealRandom random;
  Log log;
  LibraryLog library_log;
  const std::shared_ptr<const Supply> first;  // what the engine begins with
  Current<Supply> supply;
  Metrics metrics;
  StoreLog store_log{&metrics, &log};
  Current<std::string> reload_refusal{std::make_shared<const std::string>()};
  JobLog job_log{&log};
  ExpiringResults expiring;
  std::optional<Tracing> tracing;
  TrackRecord track_record{clock.TimeNow()};
  std::optional<LoopExecutor> engine_loop;
  std::optional<LoopExecutor> hub_loop;
  std::optional<LoopExecutor> picture_loop;
  std::unique_ptr<SqliteStore> store;
  std::optional<BudgetWatch> budgets;
  std::optional<Retention> retention;
  std::optional<Readiness> readiness;
  std::unique_ptr<CurlClient> http;
  std::optional<Callers> callers;
  std::optional<WatchHub> hub;
  std::optional<Engine> engine;
  std::optional<LiveEngine> engine_port;
  std::optional<LiveWatch> watch_port;
  std::optional<VideoGenerationService> service;
  std::unique_ptr<GrpcServer> health_server;  // nullptr: off
  std::shared_ptr<GrpcServer> server;
  std::optional<AdminApi> admin;
  std::unique_ptr<GrpcServer> admin_server;  // nullptr: off
  std::unique_ptr<Exporter> exporter;
  std::unique_ptr<CallbackReceiver> callbacks;  // nullptr: off
  std::optional<Reloader> reloader;
};

void BuildEngine(Parts& parts) {
  const config::v1::Config& config = parts.inputs.config;
  parts.hub.emplace(parts.store.get(), &*parts.hub_loop, &parts.clock, WatchOptionsOf(config),
                    EncodeWatchEvent, &parts.metrics);
  EngineOptions options = EngineOptionsOf(config);
  options.owner = NewAttemptId(parts.random);
  options.copied_at = parts.store->copied_at();
  options.allow_missing_accounts = config.allow_missing_accounts();
  parts.engine.emplace(EngineParts{.store = parts.store.get(),
                                   .http = parts.http.get(),
                                   .executor = &*parts.engine_loop,
                                   .clock = &parts.clock,
                                   .random = &parts.random,
                                   .accounts = parts.first->accounts.get(),
                                   .catalogue = parts.first->catalogue.get(),
                                   .callbacks = parts.inputs.callbacks ? &*parts.inputs.callbacks : nullptr,
                                   .progress = &*parts.hub,
                                   .observer = &parts.metrics,
                                   .followers = {&parts.job_log, &parts.expiring, parts.tracing->jobs()},
                                   .track_record = &parts.track_record,
                                   .log = &parts.log},
                       options);
  parts.engine_port.emplace(&*parts.engine);
  parts.watch_port.emplace(&*parts.hub);
}

absl::Status ListenForOperator(Parts& parts) {
  const config::v1::Config& config = parts.inputs.config;
  if (config.admin().listen() == "off") return absl::OkStatus();
  parts.admin.emplace(
      AdminParts{.admission = parts.callers->admission(),
                 .store = parts.store.get(),
                 .backup = parts.store.get(),
                 .engine = &*parts.engine_port,
                 .executor = &*parts.engine_loop,
                 .clock = &parts.clock,
                 .random = &parts.random,
                 .supply = &parts.supply,
                 .log = &parts.log,
                 .observer = &parts.metrics,
                 .hold_for = EngineOptionsOf(config).hold_for,
                 .backup_place = BackupPlaceOf(config),
                 .ended_jobs_kept = RetentionOptionsOf(config).finished_jobs,
                 .http = parts.http.get(),
                 .store_free_bytes = [&config] { return FreeBytesAt(config.store().sqlite().path()); },
                 .try_store_write = [&config] { return TryWriteBeside(config.store().sqlite().path()); },
                 .reload_refusal = &parts.reload_refusal,
                 .stale_prices = [&parts] { return parts.supply.Get()->StalePrices(parts.clock.TimeNow()); },
                 .tracer = parts.tracing->tracer()});
  return Take(GrpcServer::Start(AdminServerOptionsOf(config), &*parts.admin), parts.admin_server);
}

absl::Status ListenForHealth(Parts& parts) {
  if (parts.inputs.config.health_listen() == "off") return absl::OkStatus();
  return Take(GrpcServer::Start(HealthServerOptionsOf(parts.inputs.config), nullptr), parts.health_server);
}

absl::Status ListenForCallbacks(Parts& parts) {
  if (!parts.inputs.callbacks) return absl::OkStatus();
  return Take(CallbackReceiver::Start(
                  {.listen = parts.inputs.config.callbacks().listen()}, &*parts.inputs.callbacks,
                  [&parts](AttemptName attempt, std::string body, std::function<void(absl::Status)> done) {
                    parts.engine->OnCallback(std::move(attempt), std::move(body), std::move(done));
                  }),
              parts.callbacks);
}

// For every scrape, on a thread of the exporter.
LiveView ViewOf(Parts& parts) {
  const absl::Time now = parts.clock.TimeNow();
  return {.time = now,
          .live_jobs = parts.engine->live_job_count(),
          .watch_streams = parts.hub->stream_count(),
          .lanes = parts.engine->Lanes(),
          .jobs = parts.engine->Standings(),
          .stale_prices = parts.supply.Get()->StalePrices(now),
          .results_expiring = parts.expiring.Within(now),
          .budgets = parts.budgets->Standings(),
          .queues = {{"engine", parts.engine_loop->depth()},
                     {"watch", parts.hub_loop->depth()},
                     {"pictures", parts.picture_loop->depth()},
                     {"store", parts.store->depth()},
                     {"traces", parts.tracing->depth()}},
          .store_free_bytes = FreeBytesAt(parts.inputs.config.store().sqlite().path()),
          .certificate_expire_time = CertificateEnd(parts.inputs.config.tls().certificate_file()),
          .process = ReadProcessStats()};
}

// Listens, but takes no job yet, and says so.
absl::Status Listen(Parts& parts) {
  const config::v1::Config& config = parts.inputs.config;
  const SubmitParts submit{.store = parts.store.get(),
                           .engine = &*parts.engine_port,
                           .executor = &*parts.engine_loop,
                           .pictures = &*parts.picture_loop,
                           .clock = &parts.clock,
                           .random = &parts.random,
                           .supply = &parts.supply,
                           .track_record = &parts.track_record,
                           .log = &parts.log};
  parts.service.emplace(
      ServiceParts{.admission = parts.callers->admission(),
                   .submit = submit,
                   .watch = &*parts.watch_port,
                   .http = parts.http.get(),
                   .observer = &parts.metrics,
                   .ended_jobs_kept = RetentionOptionsOf(config).finished_jobs,
                   .tracer = parts.tracing->tracer(),
                   .saved = [&parts](const std::string& job_id, int output, absl::Time end) {
                     parts.expiring.OnSaved(job_id, output, end);
                   }});
  parts.service->Hold();
  if (absl::Status status = ListenForHealth(parts); !status.ok()) return status;
  GrpcServerOptions options = ServerOptionsOf(config);
  options.serving = false;
  options.observer = &parts.metrics;
  options.health_mirror = parts.health_server.get();
  absl::Status started = Take(GrpcServer::Start(options, &*parts.service), parts.server);
  if (!started.ok()) return started;
  if (absl::Status status = ListenForOperator(parts); !status.ok()) return status;
  if (absl::Status status = ListenForCallbacks(parts); !status.ok()) return status;
  if (config.metrics_listen() == "off") return absl::OkStatus();
  return Take(Exporter::Start(config.metrics_listen(), &parts.metrics, [&parts] { return ViewOf(parts); }),
              parts.exporter);
}

absl::Status Build(Parts& parts) {
  const config::v1::Config& config = parts.inputs.config;
  for (const Secret& secret : parts.inputs.secrets) parts.log.Redact(secret);
  parts.metrics.Expect(*parts.first->accounts, *parts.first->catalogue, DayOf(parts.clock.TimeNow()),
                       parts.first->rules.allow_retired_models);
  parts.engine_loop.emplace(&parts.clock, "engine");
  parts.hub_loop.emplace(&parts.clock, "hub");
  parts.picture_loop.emplace(&parts.clock, "pictures");
  absl::Status opened =
      Take(SqliteStore::Open({.path = config.store().sqlite().path()}, &parts.clock, &parts.store_log),
           parts.store);
  if (!opened.ok()) return opened;
  WarnOfStore(*parts.store, parts.log);
  absl::Status made = Take(CurlClient::Create(&parts.clock, {.user_agent = UserAgent()}), parts.http);
  if (!made.ok()) return made;
  parts.tracing.emplace(parts.http.get(), &parts.clock, &parts.random, SpanExporterOptionsOf(parts.inputs),
                        SamplePercentOf(config),
                        [&parts](SpanFate fate, std::size_t spans) { parts.metrics.OnSpans(fate, spans); });
  parts.callers.emplace(parts.inputs, CallersParts{.http = parts.http.get(),
                                                   .executor = &*parts.hub_loop,
                                                   .clock = &parts.clock,
                                                   .observer = &parts.metrics,
                                                   .log = &parts.log});
  WarnAtStart(config, parts.log);
  WarnOfShortDrain(config, *parts.first->accounts, parts.log);
  parts.budgets.emplace(parts.store.get(), &*parts.hub_loop, &parts.clock, parts.first->rules.budgets,
                        &parts.log);
  BuildEngine(parts);
  return absl::OkStatus();
}

// In the order in which nothing that was begun is cut off: callers are told to go elsewhere, streams end with
// a bookmark, what is on the wire is answered and recorded, and the store is closed last. A second signal
// ends the waiting: for the load balancer, for the wire, and the callers' share of the grace where it comes
// before that.
void GoDown(Parts& parts, const Signals& signals) {
  const DrainOptions options = DrainOptionsOf(parts.inputs.config);
  parts.log.Info("draining");
  parts.server->SetServing(false);
  const bool hurry = signals.EndWithin(options.delay);
  if (hurry) parts.log.Warning("second_signal", {{"consequence", "what is on the wire is cut off"}});
  parts.service->Drain();
  parts.hub->Drain();
  parts.server->Shutdown(hurry ? absl::ZeroDuration()
                               : DrainEngine(*parts.engine, options.grace, signals, parts.log));
  if (!hurry) parts.tracing->Flush(absl::Seconds(1));
  parts.log.Info("stopped");
}

// A file that is not asked for, or a listener that is off, is nothing to tell.
absl::Status WritePorts(const Parts& parts, const Flags& flags) {
  const auto write = [](const std::string& file, const auto& listener) {
    return file.empty() || listener == nullptr ? absl::OkStatus() : WritePortFile(file, listener->port());
  };
  absl::Status status = write(flags.port_file, parts.server);
  status.Update(write(flags.admin_port_file, parts.admin_server));
  status.Update(write(flags.callback_port_file, parts.callbacks));
  return status;
}

// Whatever can fail comes before the jobs of the store go on: an engine that has begun a submission must not
// end before it knows what became of it.
absl::Status Start(Parts& parts, const Flags& flags) {
  if (absl::Status status = Build(parts); !status.ok()) return status;
  if (!parts.inputs.config.allow_missing_accounts()) {
    absl::Status status = CheckAccounts(*parts.store, *parts.first->accounts);
    if (!status.ok()) return status;
  }
  if (absl::Status status = Listen(parts); !status.ok()) return status;
  if (absl::Status status = WritePorts(parts, flags); !status.ok()) return status;
  if (absl::Status status = Recover(*parts.engine); !status.ok()) return status;
  parts.retention.emplace(parts.store.get(), &*parts.hub_loop, &parts.clock,
                          RetentionOptionsOf(parts.inputs.config), &parts.log);
  parts.retention->Start();
  parts.readiness.emplace(
      parts.store.get(), &*parts.hub_loop, &parts.clock,
      [server = std::weak_ptr(parts.server)](bool ready) {
        if (const auto still = server.lock()) still->SetReady(ready);
      },
      &parts.log);
  parts.readiness->Start();
  parts.budgets->Start();
  parts.reloader.emplace(flags.source, ProcessVariable, parts.inputs, parts.files,
                         ReloadParts{.supply = &parts.supply,
                                     .engine = &*parts.engine,
                                     .callers = &*parts.callers,
                                     .budgets = &*parts.budgets,
                                     .metrics = &parts.metrics,
                                     .log = &parts.log,
                                     .clock = &parts.clock,
                                     .refusal = &parts.reload_refusal});
  parts.service->Open();
  parts.server->SetServing(true);
  return absl::OkStatus();
}

int Run(const Flags& flags) {
  if (flags.print_catalogue) {
    std::cout << DefaultCatalogueText();
    return EXIT_SUCCESS;
  }
  Signals::HoldReloads();
  FileStamps files;
  std::optional<Inputs> inputs = ReadInputs(flags.source, ProcessVariable, std::cerr, &files);
  if (!inputs) return kUsageExit;
  if (const std::optional<int> exit_code = RunOffline(flags, *inputs, UserAgent())) return *exit_code;
  AdjustProcess();
  const Signals signals;
  Parts parts(*std::move(inputs), std::move(files));
  if (const absl::Status started = Start(parts, flags); !Report(started)) {
    parts.log.Error("start_refused", {{"why", std::string(ToStd(started.message()))}});
    if (parts.engine) {
      DrainEngine(*parts.engine, DrainOptionsOf(parts.inputs.config).grace, signals, parts.log);
    }
    return EXIT_FAILURE;
  }
  parts.log.Info("serving",
                 {{"address", parts.server->address()},
                  {"admin", parts.admin_server ? parts.admin_server->address() : "off"},
                  {"health", parts.health_server ? parts.health_server->address() : "off"},
                  {"callbacks", parts.callbacks ? absl::StrCat("port ", parts.callbacks->port()) : "off"},
                  {"metrics", parts.exporter ? absl::StrCat("port ", parts.exporter->port()) : "off"},
                  {"grpc", grpc::Version()},
                  {"version", ZOETROPE_VERSION}});
  std::cout << "zoetroped listening on " << parts.server->address() << std::endl;
  for (Signals::Wish wish; (wish = signals.Next(absl::Seconds(2))) != Signals::Wish::kEnd;) {
    if (wish == Signals::Wish::kReload || parts.reloader->FilesHaveChanged()) parts.reloader->Reload();
  }
  GoDown(parts, signals);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace zoetrope

int main(int argc, char** argv) {
  const auto parsed = zoetrope::ParseFlags(argc, argv, ZOETROPE_VERSION);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
  return zoetrope::Run(std::get<zoetrope::Flags>(parsed));
}
