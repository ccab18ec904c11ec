// An engine in virtual time, with one account and jobs made by hand; what answers its requests is the test's.
#ifndef ZOETROPE_TESTS_UNIT_ENGINE_ENGINE_FIXTURE_H_
#define ZOETROPE_TESTS_UNIT_ENGINE_ENGINE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/ids.h"
#include "server/engine/engine.h"
#include "server/engine/settlement.h"
#include "server/engine/track_record.h"
#include "server/providers/registry.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {

class EngineFixture : public ::testing::Test {
 protected:
  // With a seed the order of what happens at the same time is drawn.
  explicit EngineFixture(std::string provider, std::optional<std::uint64_t> seed = std::nullopt)
      : provider_(std::move(provider)), world_(seed ? SimWorld(*seed) : SimWorld()) {}

  virtual HttpClient& http() = 0;
  virtual EngineObserver* observer() { return nullptr; }
  virtual const CallbackUrls* callbacks() { return nullptr; }
  virtual ProgressSink* progress() { return nullptr; }

  static Account AccountAt(const std::string& name, const std::string& base_url) {
    Account account;
    account.name = name;
    account.dialect = name;
    AccountEndpoints endpoints;
    endpoints.base_url = base_url;
    account.adapter = FindDialect(name)->make(endpoints);
    account.secret = Secret("key");
    return account;
  }
  Accounts OneAccount() const {
    std::vector<Account> accounts;
    accounts.push_back(AccountAt(provider_, "https://" + provider_ + ".sim/v2"));
    return Accounts(std::move(accounts));
  }

  void Start(const Accounts& accounts) {
    EngineParts parts;
    parts.store = &store_;
    parts.http = &http();
    parts.executor = executor_.get();
    parts.clock = &world_.clock();
    parts.random = &random_;
    parts.accounts = &accounts;
    parts.catalogue = catalogue_.get();
    parts.observer = observer();
    parts.track_record = &track_record_;
    parts.callbacks = callbacks();
    parts.progress = progress();
    EngineOptions options;
    options.owner = "me";
    options.copied_at = copied_at_;
    options.allow_retry_once = allow_retry_once_;
    options.allow_missing_accounts = allow_missing_accounts_;
    options.budgets = budgets_;
    options.picture_bytes_max = picture_bytes_max_;
    engine_ = std::make_unique<Engine>(parts, options);
  }

  NewJob Fresh(std::optional<Image> picture = std::nullopt) {
    NewJob fresh;
    JobSpec& spec = fresh.job.spec;
    spec.id = NewJobId(world_.clock().TimeNow(), random_);
    spec.tenant = "default";
    spec.generation.model = "sora-2";
    spec.generation.prompt = "a kite sim-1";
    spec.generation.first_frame =
        picture.value_or(Image{std::string("https://pictures.example/a.png"), ImageFit::kExact});
    spec.generation.duration_ms = 4000;
    spec.generation.resolution = "720p";
    spec.generation.aspect_ratio = "auto";
    spec.generation.audio = true;
    spec.generation.count = 1;
    spec.create_time = world_.clock().TimeNow();
    spec.deadline_time = spec.create_time + absl::Minutes(5);
    const Offering* offering = catalogue_->FindOffering("sora-2/image-to-video@" + provider_);
    spec.candidates = {{provider_, offering->id, Money::FromNanos(400'000'000)}};
    Attempt attempt;
    attempt.id = NewAttemptId(random_);
    attempt.provider = provider_;
    attempt.offering = offering->id;
    attempt.offering_revision = offering->revision;
    attempt.create_time = spec.create_time;
    Reserve(attempt, spec.candidates[0].price, spec.create_time, fresh.ledger);
    fresh.job.state.revision = 1;
    fresh.job.state.attempts = {attempt};
    fresh.owner = "me";
    fresh.offering_texts[offering->revision] = offering->text;
    return fresh;
  }

  // Returns when the job is durable.
  void Create(NewJob fresh) {
    bool durable = false;
    store_.Create(std::move(fresh),
                  [&](CreateResult result) { durable = result.outcome == CommitOutcome::kDurable; });
    world_.RunUntil([&] { return durable; });
  }

  // A job that was created in the engine's name, and adopted.
  std::string Submit(std::optional<Image> picture = std::nullopt,
                     absl::Duration deadline = absl::Minutes(5)) {
    NewJob fresh = Fresh(std::move(picture));
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + deadline;
    return Submit(std::move(fresh));
  }
  std::string Submit(NewJob fresh) {
    const Job job = fresh.job;
    Create(std::move(fresh));
    engine_->TryReservePlace(job.spec.principal, 0);
    engine_->Adopt(ToLive(job, {"me", 1}, {}));
    return job.spec.id;
  }

  JobState StateOf(const std::string& id) { return store_.Peek(id)->job.state; }
  // The next calls of that kind fail, so many times.
  void Fail(StoreOperation operation, int times) {
    store_.SetFaults([operation, times](const StoreCall& call) mutable {
      StoreFault fault;
      if (call.operation == operation && times-- > 0) fault.kind = StoreFault::Kind::kUnknownNotApplied;
      return fault;
    });
  }

  const std::string provider_;
  absl::Time copied_at_ = absl::InfinitePast();  // of the engines that are started from now on
  bool allow_retry_once_ = true;
  bool allow_missing_accounts_ = false;
  std::vector<Budget> budgets_;
  std::size_t picture_bytes_max_ = EngineOptions().picture_bytes_max;
  SimWorld world_;
  SeededRandom random_{1};
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("engine");
  std::unique_ptr<SimExecutor> other_ = world_.NewExecutor("store and network");
  MemoryJobStore store_{other_.get(), &world_.clock()};
  std::unique_ptr<const Catalogue> catalogue_ = ParseCatalogue("default", DefaultCatalogueText()).catalogue;
  TrackRecord track_record_{absl::InfinitePast()};
  std::unique_ptr<Engine> engine_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_UNIT_ENGINE_ENGINE_FIXTURE_H_
