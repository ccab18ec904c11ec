// The engine's loop where the store, the configuration or the process is not as it should be. The way of most
// jobs, and crashes, are simulated in tests/sim.
#include "server/engine/engine.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/base/ids.h"
#include "server/engine/settlement.h"
#include "server/providers/registry.h"
#include "tests/sim/sim_network.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

Accounts OneAccount(const char* name) {
  Account account;
  account.name = name;
  account.dialect = name;
  AccountEndpoints endpoints;
  endpoints.base_url = "https://runpod.sim/v2";
  account.adapter = FindDialect(name)->make(endpoints);
  account.secret = Secret("key");
  std::vector<Account> accounts;
  accounts.push_back(std::move(account));
  return Accounts(std::move(accounts));
}

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { network_.SetFaults({0, 0, 0}); }

  void Start(const Accounts& accounts) {
    EngineParts parts;
    parts.store = &store_;
    parts.http = &network_;
    parts.executor = executor_.get();
    parts.clock = &world_.clock();
    parts.random = &random_;
    parts.accounts = &accounts;
    parts.catalogue = catalogue_.get();
    EngineOptions options;
    options.owner = "me";
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
    const Offering* offering = catalogue_->FindOffering("sora-2/image-to-video@runpod");
    spec.candidates = {{"runpod", offering->id, Money::FromNanos(400'000'000)}};
    Attempt attempt;
    attempt.id = NewAttemptId(random_);
    attempt.provider = "runpod";
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
    const Job job = fresh.job;
    Create(std::move(fresh));
    engine_->TryReservePlace();
    engine_->Adopt(ToLive(job, {"me", 1}, {}));
    return job.spec.id;
  }

  JobState StateOf(const std::string& id) { return store_.Peek(id)->job.state; }
  // The next calls of that kind fail, so many times.
  void FailReads(StoreOperation operation, int times) {
    store_.SetFaults([operation, times](const StoreCall& call) mutable {
      StoreFault fault;
      if (call.operation == operation && times-- > 0) fault.kind = StoreFault::Kind::kUnknownNotApplied;
      return fault;
    });
  }

  SimWorld world_;
  SeededRandom random_{1};
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("engine");
  std::unique_ptr<SimExecutor> other_ = world_.NewExecutor("store and network");
  MemoryJobStore store_{other_.get(), &world_.clock()};
  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
  std::unique_ptr<const Catalogue> catalogue_ = ParseCatalogue("default", DefaultCatalogueText()).catalogue;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, ADrainWhileTheIntentIsWrittenLeavesTheJobQueuedAndUnsent) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  store_.SetFaults([](const StoreCall& call) {
    StoreFault fault;
    if (call.operation == StoreOperation::kCommit) fault.sync_delay = absl::Milliseconds(300);
    return fault;
  });
  const std::string id = Submit();
  world_.RunFor(absl::Milliseconds(100));
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kPlanned) << "the intent is on its way to the disk";
  bool drained = false;
  engine_->Drain([&] { drained = true; });
  world_.RunFor(absl::Milliseconds(100));
  EXPECT_FALSE(drained) << "a drain waits for what was decided to be sent";
  world_.RunFor(absl::Seconds(5));
  EXPECT_TRUE(drained);
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kPlanned);
  EXPECT_EQ(StateOf(id).phase, JobPhase::kQueued);
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(EngineTest, AJobWhoseAccountIsGoneStillMeetsItsDeadline) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  const std::string id = Submit();
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
  engine_.reset();
  const Accounts none{{}};
  Start(none);
  engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
  world_.RunFor(absl::Minutes(7));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kDeadlineExceeded);
  world_.RunFor(absl::Hours(26));
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled) << "its money is given up in the end";
}

TEST_F(EngineTest, AProviderThatForgetsItsJobsForMinutesLosesNone) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Seconds(30));
  network_.ForgetUntil(world_.clock().TimeNow() + absl::Seconds(280));
  world_.RunFor(absl::Minutes(15));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(EngineTest, AJobThatItsProviderHasForgottenForGoodIsLost) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Seconds(30));
  network_.ForgetUntil(absl::InfiniteFuture());
  world_.RunFor(absl::Minutes(4) + absl::Seconds(50));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kRunning);
  world_.RunFor(absl::Minutes(2));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kResultLost);
}

TEST_F(EngineTest, APictureThatCannotBeReadNowIsReadLater) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  const std::string sha256(64, 'a');
  store_.PutBlob(sha256, {"image/png", "bytes"}, [](absl::Status) {});
  world_.RunFor(absl::Seconds(1));
  FailReads(StoreOperation::kReadBlob, 2);
  const std::string id = Submit(Image{BlobRef{sha256, "image/png", 5, 4, 4}, ImageFit::kExact});
  world_.RunFor(absl::Minutes(4) + absl::Seconds(50));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(EngineTest, APictureThatIsLostEndsTheJobUnsent) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  const std::string id = Submit(Image{BlobRef{std::string(64, 'b'), "image/png", 5, 4, 4}, ImageFit::kExact});
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).attempts[0].settled, Money());
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(EngineTest, AWishAboutAHeldJobIsCarriedOutThoughTheStoreCannotBeReadAtOnce) {
  const Accounts accounts = OneAccount("runpod");
  Start(accounts);
  NewJob held = Fresh();
  held.job.state.phase = JobPhase::kHeld;
  held.job.state.attempts[0].phase = AttemptPhase::kHeld;
  const std::string id = held.job.spec.id;
  Create(std::move(held));
  FailReads(StoreOperation::kRead, 3);
  store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
  world_.RunFor(absl::Seconds(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
}

}  // namespace
}  // namespace zoetrope::testing
