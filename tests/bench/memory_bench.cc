// What a job that waits for its provider takes of the heap: everything that is there after so many were taken
// over from the store and polled once, less what was there before, less what SQLite keeps. Beside it: what
// the names of the jobs alone take in a table.
#include <malloc.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_world.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {
namespace {

// A provider at hand: every job is under way.
class PendingHttp : public HttpClient {
 public:
  explicit PendingHttp(Clock* clock) : loop_(clock, "http") {}

  CallId Start(HttpRequest, CallOptions, Done done) override {
    loop_.Post([this, done = std::move(done)] {
      ++answers_;
      done(HttpResponse{.status = 200,
                        .headers = {{"content-type", "application/json"}},
                        .body = R"({"delayTime":812,"status":"IN_PROGRESS","workerId":"k3v8z1x9q2m4n7"})"});
    });
    return 0;
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

  int answers() const { return answers_; }

 private:
  std::atomic<int> answers_ = 0;
  LoopExecutor loop_;
};

double HeapBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) - static_cast<double>(sqlite3_memory_used());
}

// The least that could be kept: the names of job, attempt and provider's job.
double NamesOnly(int jobs) {
  struct Names {
    std::string attempt;
    std::string provider_job;
  };
  const double before = HeapBytes();
  std::unordered_map<std::string, std::unique_ptr<Names>> table;
  for (int i = 0; i < jobs; ++i) {
    const std::string id = SimpleJobId(i);
    table.emplace(id, std::make_unique<Names>(Names{id, absl::StrCat(id, "-u1")}));
  }
  return (HeapBytes() - before) / jobs;
}

void Measure(const BenchFlags& flags, const char* name, const char* goal, int jobs, bool urls) {
  const double names = NamesOnly(jobs);
  RealClock clock;
  PendingHttp http(&clock);
  BenchWorld world(
      {.poll = {.first_after = absl::Minutes(30), .interval_max = absl::Minutes(30)}, .http = &http});
  world.StoreAckedJobs(jobs, urls);
  world.Flush();
  const double before = HeapBytes();
  world.Recover();
  const double recovered = HeapBytes();
  WaitUntil([&] { return http.answers() >= jobs; });
  world.Flush();
  world.Flush();
  const double bytes = (HeapBytes() - before) / jobs;
  Report(flags, {.name = name,
                 .unit = "bytes/job",
                 .value = bytes,
                 .floor = names,
                 .goal = goal,
                 .notes = {{"jobs", static_cast<double>(jobs)},
                           {"before the first polls, bytes/job", (recovered - before) / jobs},
                           {"live in the engine", static_cast<double>(world.engine->live_job_count())},
                           {"of a KiB", bytes / 1024}}});
}

int Main(const BenchFlags& flags) {
  const int jobs = flags.small ? 1'000 : 20'000;
  Measure(flags, "memory, acked job", "<= 1024 bytes", jobs, false);
  Measure(flags, "memory, with three URLs", "none", jobs, true);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace zoetrope::testing

int main(int argc, char** argv) {
  return zoetrope::testing::Main(zoetrope::testing::ParseBenchFlags(argc, argv));
}
