// How many durable writes the SQLite store makes: `store_bench` prints writes per second and syncs per write
// for several numbers of writes in flight. The directory is $TMPDIR's; only ratios on one machine mean
// anything.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmark/benchmark.h"
#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "server/store/retention.h"
#include "server/store/sqlite_store.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"

namespace zoetrope::testing {
namespace {

// Keeps a number of calls in flight.
class Window {
 public:
  explicit Window(std::int64_t size) : free_(size) {}

  void Take() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }

  void Give() {
    std::lock_guard lock(mutex_);
    // Callers are woken in batches, as gRPC's threads would be.
    if (free_++ == 0) wake_.notify_one();
  }

  void WaitAll(std::int64_t size) {
    std::unique_lock lock(mutex_);
    while (free_ < size) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::int64_t free_;
};

// Times of one kind, in the order of their length.
class Times {
 public:
  void Add(absl::Duration time) { times_.push_back(time); }
  double MicrosAt(double share) {
    if (times_.empty()) return 0;
    std::sort(times_.begin(), times_.end());
    const auto at = static_cast<std::size_t>(share * static_cast<double>(times_.size()));
    return absl::ToDoubleMicroseconds(times_[std::min(at, times_.size() - 1)]);
  }

 private:
  std::vector<absl::Duration> times_;
};

// Each transaction is one sync of the log.
class CountTransactions : public StoreObserver {
 public:
  void OnOperation(StoreOperation operation, absl::Duration took, StoreOutcome outcome) override {
    if (outcome != StoreOutcome::kOk) ++failed_;
    if (operation != StoreOperation::kRemoveEnded) return;
    std::lock_guard lock(mutex_);
    removals_.Add(took);
  }
  void OnTransaction(std::size_t, absl::Duration, const absl::Status&) override { ++transactions_; }

  std::int64_t transactions() const { return transactions_; }
  std::int64_t failed() const { return failed_; }
  // The median of the removals, from the call to its answer.
  double RemovalMicros() {
    std::lock_guard lock(mutex_);
    return removals_.MicrosAt(0.5);
  }

 private:
  std::mutex mutex_;
  Times removals_;
  std::atomic<std::int64_t> transactions_ = 0;
  std::atomic<std::int64_t> failed_ = 0;
};

struct Bench {
  Bench() { store = *SqliteStore::Open({.path = dir.File("jobs.db")}, &clock, &observer); }

  void Report(benchmark::State& state) const {
    state.SetItemsProcessed(state.iterations());
    state.counters["writes_per_sync"] =
        static_cast<double>(state.iterations()) /
        static_cast<double>(std::max<std::int64_t>(observer.transactions(), 1));
    state.counters["failed"] = static_cast<double>(observer.failed());
  }

  TempDir dir;
  RealClock clock;
  CountTransactions observer;
  std::unique_ptr<SqliteStore> store;
};

NewJob Submission(int number) {
  NewJob submission;
  submission.job = SimpleJob(number);
  submission.job.spec.request_id =
      absl::StrFormat("request-%032x", static_cast<unsigned>(number) * 2'654'435'761U);
  submission.fingerprint = std::string(64, 'f');
  submission.owner = "bench";
  submission.ledger = {{submission.job.state.attempts[0].id, LedgerKind::kReserve,
                        Money::FromNanos(800'000'000), CostSource::kCatalogue,
                        submission.job.spec.create_time}};
  return submission;
}

// Takes the jobs away that have ended by then; how many there were.
int CountOld(Bench& bench, absl::Time ended) {
  int removed = 0;
  for (bool more = true; more;) {
    Window one(1);
    one.Take();
    bench.store->RemoveEnded(ended + absl::Seconds(1), 1'000, [&](absl::StatusOr<Removed> some) {
      more = some.ok() && some->more;
      removed += some.ok() ? some->jobs : 0;
      one.Give();
    });
    one.WaitAll(1);
  }
  return removed;
}

void BM_Create(benchmark::State& state) {
  Bench bench;
  Window window(state.range(0));
  int number = 0;
  for (auto _ : state) {
    window.Take();
    bench.store->Create(Submission(number++), [&window](CreateResult) { window.Give(); });
  }
  window.WaitAll(state.range(0));
  bench.Report(state);
}
BENCHMARK(BM_Create)->Arg(1)->Arg(64)->Arg(256)->Arg(1024)->MinTime(2)->UseRealTime();

void BM_Commit(benchmark::State& state) {
  Bench bench;
  constexpr int kJobs = 10'000;
  std::vector<JobState> states;
  Window fill(1'000);
  for (int i = 0; i < kJobs; ++i) {
    fill.Take();
    NewJob submission = Submission(i);
    states.push_back(submission.job.state);
    bench.store->Create(std::move(submission), [&fill](CreateResult) { fill.Give(); });
  }
  fill.WaitAll(1'000);
  const std::int64_t before = bench.observer.transactions();
  Window window(state.range(0));
  std::size_t next = 0;
  for (auto _ : state) {
    window.Take();
    JobState& job = states[next];
    JobChange change;
    change.job_id = SimpleJobId(static_cast<int>(next));
    change.ownership = {"bench", 1};
    change.expected_revision = job.revision++;
    change.state = job;
    bench.store->Commit(std::move(change), [&window](CommitOutcome) { window.Give(); });
    next = (next + 1) % kJobs;
  }
  window.WaitAll(state.range(0));
  bench.Report(state);
  state.counters["writes_per_sync"] =
      static_cast<double>(state.iterations()) / static_cast<double>(bench.observer.transactions() - before);
}
BENCHMARK(BM_Commit)->Arg(1)->Arg(64)->Arg(256)->Arg(1024)->MinTime(2)->UseRealTime();

// Jobs with the history that most have: accepted, sent, accepted there, running, over, paid.
void FillWithOldJobs(Bench& bench, int count, absl::Time ended) {
  constexpr int kRevisions = 6;
  Window fill(1'000);
  for (int i = 0; i < count; ++i) {
    fill.Take();
    NewJob submission = Submission(i);
    JobState job = submission.job.state;
    bench.store->Create(std::move(submission), [&fill](CreateResult) { fill.Give(); });
    while (job.revision < kRevisions) {
      JobChange change;
      change.job_id = SimpleJobId(i);
      change.ownership = {"bench", 1};
      change.expected_revision = job.revision++;
      if (job.revision == kRevisions) {
        job.phase = JobPhase::kSucceeded;
        job.attempts[0].settlement = Settlement::kSettled;
        job.update_time = ended;
      }
      change.state = job;
      fill.Take();
      bench.store->Commit(std::move(change), [&fill](CommitOutcome) { fill.Give(); });
    }
  }
  fill.WaitAll(1'000);
}

// What a writer that is alone waits for one commit, while nothing else happens and while old jobs go all the
// time. Both take turns, so that whatever else the machine does disturbs both.
void BM_CreateWhileOldJobsGo(benchmark::State& state) {
  constexpr int kOld = 20'000;
  constexpr int kTurn = 250;  // commits
  Bench bench;
  const absl::Time long_ago = bench.clock.TimeNow() - absl::Hours(48);
  FillWithOldJobs(bench, kOld, long_ago);
  std::optional<LoopExecutor> executor;
  std::optional<Retention> retention;
  Times waits[2];
  int number = kOld;
  for (auto _ : state) {
    const int turn = (number - kOld) / kTurn;
    if ((number - kOld) % kTurn == 0) {
      if (executor) executor->Shutdown();
      retention.reset();
      executor.emplace(&bench.clock, "retention");
      retention.emplace(bench.store.get(), &*executor, &bench.clock,
                        RetentionOptions{.finished_jobs = absl::Hours(24)}, nullptr);
      if (turn % 2 == 1) retention->Start();
    }
    Window one(1);
    one.Take();
    const absl::Duration start = bench.clock.Monotonic();
    bench.store->Create(Submission(number++), [&one](CreateResult) { one.Give(); });
    one.WaitAll(1);
    waits[turn % 2].Add(bench.clock.Monotonic() - start);
  }
  executor->Shutdown();
  state.counters["p50_alone_us"] = waits[0].MicrosAt(0.5);
  state.counters["p50_us"] = waits[1].MicrosAt(0.5);
  state.counters["p90_alone_us"] = waits[0].MicrosAt(0.9);
  state.counters["p90_us"] = waits[1].MicrosAt(0.9);
  state.counters["p99_alone_us"] = waits[0].MicrosAt(0.99);
  state.counters["p99_us"] = waits[1].MicrosAt(0.99);
  state.counters["p99_ratio"] = waits[1].MicrosAt(0.99) / waits[0].MicrosAt(0.99);
  state.counters["max_us"] = waits[1].MicrosAt(1);
  state.counters["batch_p50_us"] = bench.observer.RemovalMicros();
  state.counters["removed"] = static_cast<double>(kOld - CountOld(bench, long_ago));
}
BENCHMARK(BM_CreateWhileOldJobsGo)->Iterations(20'000)->UseRealTime();

void BM_Read(benchmark::State& state) {
  Bench bench;
  Window fill(1'000);
  for (int i = 0; i < 10'000; ++i) {
    fill.Take();
    bench.store->Create(Submission(i), [&fill](CreateResult) { fill.Give(); });
  }
  fill.WaitAll(1'000);
  Window window(state.range(0));
  int number = 0;
  for (auto _ : state) {
    window.Take();
    bench.store->Read("", SimpleJobId(number++ % 10'000),
                      [&window](absl::StatusOr<StoredJob>) { window.Give(); });
  }
  window.WaitAll(state.range(0));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Read)->Arg(64)->UseRealTime();

// What a start has to do for each live job.
void BM_Claim(benchmark::State& state) {
  Bench bench;
  const int jobs = static_cast<int>(state.range(0));
  Window window(1'000);
  for (int i = 0; i < jobs; ++i) {
    window.Take();
    bench.store->Create(Submission(i), [&window](CreateResult) { window.Give(); });
  }
  window.WaitAll(1'000);
  int round = 0;
  for (auto _ : state) {
    const std::string owner = absl::StrCat("owner-", ++round);
    std::string after;
    std::size_t claimed = 1;
    while (claimed > 0) {
      Window one(1);
      one.Take();
      bench.store->Claim(owner, after, 1'000, [&](absl::StatusOr<std::vector<LiveJob>> live) {
        claimed = live.ok() ? live->size() : 0;
        if (claimed > 0) after = live->back().id;
        one.Give();
      });
      one.WaitAll(1);
    }
  }
  state.SetItemsProcessed(state.iterations() * jobs);
}
BENCHMARK(BM_Claim)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace zoetrope::testing

BENCHMARK_MAIN();
