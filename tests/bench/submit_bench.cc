// What a durable Submit costs beside a bare gRPC call with the same messages: callers, gRPC and the whole
// server in one process, on the same cores. The account's lane admits nothing, so that no provider is called.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/grpc_server.h"
#include "server/api/live_ports.h"
#include "server/api/video_generation_service.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_world.h"
#include "tests/bench/submit_load.h"
#include "tests/support/open_admission.h"
#include "tests/support/unowned.h"

namespace zoetrope::testing {
namespace {

// The floor: answers every call at once with the same message.
class EchoService : public v1::VideoGeneration::CallbackService {
 public:
  explicit EchoService(v1::SubmitResponse answer) : answer_(std::move(answer)) {}

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::SubmitRequest*,
                                   v1::SubmitResponse* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const v1::SubmitResponse answer_;
};

std::unique_ptr<GrpcServer> ServerOf(grpc::Service* service) {
  auto server = GrpcServer::Start({.listen = "127.0.0.1:0"}, service);
  if (!server.ok()) std::abort();
  return *std::move(server);
}

// The service over everything that main.cc puts under it.
struct RealServer {
  // Without `metrics` nothing is counted.
  explicit RealServer(bool metrics) : world({.lane = {.concurrent_jobs_max = 0}, .metrics = metrics}) {
    service.emplace(ServiceParts{.admission = admission.get(),
                                 .submit = {.store = world.store.get(),
                                            .engine = &engine,
                                            .executor = &world.engine_loop,
                                            .pictures = &world.engine_loop,
                                            .clock = &world.clock,
                                            .random = &world.random,
                                            .supply = &supply},
                                 .watch = &watch,
                                 .http = world.curl.get(),
                                 .observer = metrics ? &world.metrics : &no_observer});
    server = ServerOf(&*service);
  }
  ~RealServer() {
    server.reset();
    world.engine_loop.Shutdown();
  }

  BenchWorld world;
  RpcObserver no_observer;
  OpenAdmission admission{&world.clock, &no_observer};
  Current<Supply> supply{std::make_shared<const Supply>(Unowned(*world.accounts), Unowned(*world.catalogue))};
  LiveEngine engine{&*world.engine};
  LiveWatch watch{&*world.hub};
  std::optional<VideoGenerationService> service;
  std::unique_ptr<GrpcServer> server;
};

struct Series {
  void Add(const LoadResult& result) {
    per_second.push_back(static_cast<double>(result.calls) / absl::ToDoubleSeconds(result.wall));
    cpu_micros.push_back(absl::ToDoubleMicroseconds(result.cpu) / static_cast<double>(result.calls));
    cores.push_back(absl::FDivDuration(result.cpu, result.wall));
    micros.insert(micros.end(), result.micros.begin(), result.micros.end());
    failed += result.failed;
    calls += result.calls;
  }

  std::vector<double> per_second;
  std::vector<double> cpu_micros;
  std::vector<double> cores;  // that the process had of the machine
  std::vector<double> micros;
  std::int64_t failed = 0;
  std::int64_t calls = 0;
};

// False: a call failed.
bool Measure(const BenchFlags& flags, RealServer& real, GrpcServer& echo, int in_flight) {
  SubmitLoad floor_load(echo.address(), &real.world.clock, absl::StrCat("e", in_flight));
  SubmitLoad load(real.server->address(), &real.world.clock, absl::StrCat("s", in_flight));
  // Connections, threads and caches are there before anything counts.
  floor_load.Run(in_flight, flags.time / 10);
  load.Run(in_flight, flags.time / 10);
  Series floor;
  Series submit;
  std::int64_t syncs = 0;
  for (int round = 0; round < flags.rounds; ++round) {
    floor.Add(floor_load.Run(in_flight, flags.time));
    const std::int64_t before = real.world.store_observer.transactions();
    submit.Add(load.Run(in_flight, flags.time));
    syncs += real.world.store_observer.transactions() - before;
  }
  const double cpu = Median(submit.cpu_micros);
  const double floor_cpu = Median(floor.cpu_micros);
  Report(flags, {.name = absl::StrCat("submit, ", in_flight, " in flight"),
                 .unit = "calls/s",
                 .value = Median(submit.per_second),
                 .floor = Median(floor.per_second),
                 .goal = ">= 0.35 of the bare call",
                 .notes = {{"CPU us per call", cpu},
                           {"CPU us per bare call", floor_cpu},
                           {"ratio by CPU time", floor_cpu / cpu},
                           {"cores had", Median(submit.cores)},
                           {"cores had by the bare calls", Median(floor.cores)},
                           {"p50 ms", Quantile(submit.micros, 0.5) / 1e3},
                           {"p99 ms", Quantile(submit.micros, 0.99) / 1e3},
                           {"bare p50 ms", Quantile(floor.micros, 0.5) / 1e3},
                           {"bare p99 ms", Quantile(floor.micros, 0.99) / 1e3},
                           {"syncs per call", static_cast<double>(syncs) / static_cast<double>(submit.calls)},
                           {"failed", static_cast<double>(submit.failed + floor.failed)}}});
  return submit.failed + floor.failed == 0;
}

// What counting costs: the same server with and without it, in turns. False: a call failed.
bool MeasureMetrics(const BenchFlags& flags, RealServer& counting, RealServer& bare) {
  constexpr int kInFlight = 64;
  SubmitLoad counted_load(counting.server->address(), &counting.world.clock, "m");
  SubmitLoad bare_load(bare.server->address(), &bare.world.clock, "n");
  counted_load.Run(kInFlight, flags.time / 10);
  bare_load.Run(kInFlight, flags.time / 10);
  Series counted;
  Series uncounted;
  for (int round = 0; round < flags.rounds; ++round) {
    uncounted.Add(bare_load.Run(kInFlight, flags.time));
    counted.Add(counted_load.Run(kInFlight, flags.time));
  }
  Report(flags, {.name = "submit, with metrics",
                 .unit = "calls/s",
                 .value = Median(counted.per_second),
                 .floor = Median(uncounted.per_second),
                 .goal = ">= 0.95 of the same server without",
                 .notes = {{"CPU us per call", Median(counted.cpu_micros)},
                           {"CPU us per call without", Median(uncounted.cpu_micros)},
                           {"failed", static_cast<double>(counted.failed + uncounted.failed)}}});
  return counted.failed + uncounted.failed == 0;
}

int Main(const BenchFlags& flags) {
  RealServer real(/*metrics=*/true);
  RealServer bare(/*metrics=*/false);
  const LoadResult first =
      SubmitLoad(real.server->address(), &real.world.clock, "first").Run(1, absl::ZeroDuration());
  if (first.failed > 0) return EXIT_FAILURE;
  EchoService service(first.an_answer);
  const std::unique_ptr<GrpcServer> echo = ServerOf(&service);
  std::printf("    a request has %zu bytes, an answer %zu\n",
              BenchRequest(std::string(20, '0')).ByteSizeLong(), first.an_answer.ByteSizeLong());
  bool good = true;
  for (const int in_flight : {64, 256}) good = Measure(flags, real, *echo, in_flight) && good;
  good = MeasureMetrics(flags, real, bare) && good;
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zoetrope::testing

int main(int argc, char** argv) {
  return zoetrope::testing::Main(zoetrope::testing::ParseBenchFlags(argc, argv));
}
