// The server's parts put together in process as main.cc does, over a store on disk, with one account.
#ifndef ZOETROPE_TESTS_BENCH_BENCH_WORLD_H_
#define ZOETROPE_TESTS_BENCH_BENCH_WORLD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/catalogue/catalogue.h"
#include "server/domain/job.h"
#include "server/engine/account.h"
#include "server/engine/engine.h"
#include "server/events/watch_hub.h"
#include "server/http/curl_client.h"
#include "server/store/sqlite_store.h"
#include "server/telemetry/metrics.h"
#include "tests/support/temp_dir.h"

namespace zoetrope::testing {

struct BenchWorldOptions {
  std::string base_url = "http://127.0.0.1:1";  // of the provider
  LaneLimits lane;
  PollLimits poll;
  HttpClient* http = nullptr;  // nullptr: the real one
  bool metrics = true;         // else nothing is counted but what the benchmark needs itself
};

// Counts, and hands on to the real metrics, where there are any.
class CountingStoreObserver : public StoreObserver {
 public:
  explicit CountingStoreObserver(Metrics* metrics) : metrics_(metrics) {}

  void OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) override {
    if (metrics_ != nullptr) metrics_->OnOperation(operation, duration, outcome);
  }
  void OnTransaction(std::size_t writes, absl::Duration duration, const absl::Status& status) override {
    ++transactions_;
    if (metrics_ != nullptr) metrics_->OnTransaction(writes, duration, status);
  }
  std::int64_t transactions() const { return transactions_; }

 private:
  Metrics* const metrics_;
  std::atomic<std::int64_t> transactions_ = 0;
};

class CountingEngineObserver : public EngineObserver {
 public:
  explicit CountingEngineObserver(Metrics* metrics) : metrics_(metrics) {}

  void OnExchange(std::string_view provider, ProviderCall call, int status,
                  std::optional<TransportFault> fault, absl::Duration took) override {
    ++(status == 200 ? answers_ : failures_);
    if (metrics_ != nullptr) metrics_->OnExchange(provider, call, status, fault, took);
  }
  void OnUnrecognized(std::string_view, ProviderCall) override { ++failures_; }
  std::int64_t answers() const { return answers_; }
  std::int64_t failures() const { return failures_; }

 private:
  Metrics* const metrics_;
  std::atomic<std::int64_t> answers_ = 0;
  std::atomic<std::int64_t> failures_ = 0;
};

class BenchWorld {
 public:
  explicit BenchWorld(const BenchWorldOptions& options);
  ~BenchWorld();

  // Puts `count` jobs into the store that the provider has accepted just now. `urls`: it gave URLs for later
  // calls, too.
  void StoreAckedJobs(int count, bool urls);
  // The same with jobs that have ended well, and are paid for; from the `first`th on.
  void StoreEndedJobs(int first, int count);
  // Lets the engine take over what is in the store.
  void Recover();
  // Waits until everything that was posted to the engine's loop is done.
  void Flush();

  RealClock clock;
  RealRandom random;
  Metrics metrics;
  CountingStoreObserver store_observer;
  CountingEngineObserver engine_observer;
  std::unique_ptr<const Catalogue> catalogue;
  std::optional<Accounts> accounts;
  LoopExecutor engine_loop{&clock, "engine"};
  LoopExecutor hub_loop{&clock, "hub"};
  TempDir folder;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<CurlClient> curl;
  std::optional<WatchHub> hub;
  std::optional<Engine> engine;

 private:
  void Store(int count, const std::function<NewJob(int number)>& make);
};

// Of the model and the offering that the benchmarks' jobs use.
const Offering& BenchOffering(const Catalogue& catalogue);

// Waits until `done`, looking at it a hundred times a second.
void WaitUntil(const std::function<bool()>& done);
// Lets time go by.
void Pause(absl::Duration time);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_BENCH_BENCH_WORLD_H_
