#include "tests/bench/bench_world.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/api/convert.h"
#include "server/base/ids.h"
#include "server/providers/registry.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {
namespace {

constexpr char kAccount[] = "runpod";
constexpr char kOffering[] = "vidu-q3/image-to-video@runpod";

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  std::exit(EXIT_FAILURE);
}

std::vector<Account> BenchAccounts(const BenchWorldOptions& options) {
  Account account;
  account.name = kAccount;
  account.dialect = kAccount;
  account.adapter = FindDialect(kAccount)->make({.base_url = absl::StrCat(options.base_url, "/v2")});
  account.secret = Secret("rpa_0123456789ABCDEF0123456789ABCDEF");
  account.url_rule = {.allow_plain_http = true, .allow_private_hosts = true};
  account.lane = options.lane;
  account.poll = options.poll;
  std::vector<Account> accounts;
  accounts.push_back(std::move(account));
  return accounts;
}

NewJob AckedJob(int number, const Offering& offering, absl::Time now, bool urls) {
  NewJob fresh;
  fresh.job = SimpleJob(number);
  JobSpec& spec = fresh.job.spec;
  spec.generation.model = offering.model;
  spec.create_time = now;
  spec.deadline_time = now + absl::Hours(2);
  spec.candidates = {{kAccount, offering.id, Money::FromNanos(800'000'000)}};
  Attempt& attempt = fresh.job.state.attempts[0];
  attempt.provider = kAccount;
  attempt.offering = offering.id;
  attempt.offering_revision = offering.revision;
  attempt.phase = AttemptPhase::kAcked;
  attempt.create_time = attempt.intent_time = attempt.ack_time = now;
  attempt.provider_job.id = absl::StrFormat("5f0c5a52-7a7f-4b5e-9d3a-%012x-u1", number);
  if (urls) {
    const std::string base =
        absl::StrCat("https://queue.provider.example/models/video/requests/", attempt.provider_job.id);
    attempt.provider_job.urls = {
        {"status", base + "/status"}, {"response", base + "/response"}, {"cancel", base + "/cancel"}};
  }
  fresh.job.state.phase = JobPhase::kRunning;
  fresh.owner = "an earlier process";
  fresh.offering_texts = {{offering.revision, offering.text}};
  return fresh;
}

}  // namespace

BenchWorld::BenchWorld(const BenchWorldOptions& options)
    : store_observer(options.metrics ? &metrics : nullptr),
      engine_observer(options.metrics ? &metrics : nullptr),
      catalogue(ParseCatalogue("default catalogue", DefaultCatalogueText()).catalogue) {
  accounts.emplace(BenchAccounts(options));
  store = OrDie(SqliteStore::Open({.path = folder.File("jobs.db")}, &clock, &store_observer));
  if (options.http == nullptr) curl = OrDie(CurlClient::Create(&clock, {.user_agent = "zoetrope/bench"}));
  hub.emplace(store.get(), &hub_loop, &clock, WatchOptions{}, EncodeWatchEvent);
  engine.emplace(EngineParts{.store = store.get(),
                             .http = options.http == nullptr ? curl.get() : options.http,
                             .executor = &engine_loop,
                             .clock = &clock,
                             .random = &random,
                             .accounts = &*accounts,
                             .catalogue = catalogue.get(),
                             .progress = &*hub,
                             .observer = &engine_observer},
                 EngineOptions{.owner = NewAttemptId(random), .live_jobs_max = 100'000'000});
}

BenchWorld::~BenchWorld() {
  engine_loop.Shutdown();
  hub_loop.Shutdown();
}

void BenchWorld::StoreAckedJobs(int count, bool urls) {
  const absl::Time now = clock.TimeNow();
  const Offering& offering = BenchOffering(*catalogue);
  Store(count, [&](int number) { return AckedJob(number, offering, now, urls); });
}

void BenchWorld::StoreEndedJobs(int first, int count) {
  const absl::Time now = clock.TimeNow();
  const Offering& offering = BenchOffering(*catalogue);
  Store(count, [&](int number) {
    NewJob fresh = AckedJob(first + number, offering, now, false);
    JobState& state = fresh.job.state;
    state.phase = JobPhase::kSucceeded;
    state.complete_time = now;
    state.attempts[0].phase = AttemptPhase::kSucceeded;
    state.attempts[0].settlement = Settlement::kSettled;
    state.attempts[0].complete_time = now;
    return fresh;
  });
}

void BenchWorld::Store(int count, const std::function<NewJob(int number)>& make) {
  std::atomic<int> stored = 0;
  int begun = 0;
  // No more at once than the store's queue takes.
  while (begun < count) {
    const int upto = std::min(count, begun + 1'000);
    for (; begun < upto; ++begun) {
      store->Create(make(begun), [&stored](CreateResult result) {
        if (result.outcome != CommitOutcome::kDurable) std::abort();
        ++stored;
      });
    }
    WaitUntil([&] { return stored == begun; });
  }
}

void BenchWorld::Recover() {
  const auto status = Await<absl::Status>([this](auto done) { engine->Recover(done); });
  if (!status.ok()) std::abort();
}

void BenchWorld::Flush() {
  Await<bool>([this](auto done) { engine_loop.Post([done] { done(true); }); });
}

const Offering& BenchOffering(const Catalogue& catalogue) { return *catalogue.FindOffering(kOffering); }

void WaitUntil(const std::function<bool()>& done) {
  while (!done()) Pause(absl::Milliseconds(10));
}

void Pause(absl::Duration time) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, absl::ToChronoNanoseconds(time), [] { return false; });
}

}  // namespace zoetrope::testing
