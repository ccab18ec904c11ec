// What the engine's loop does in which order: the disk before the wire, and what was known before what is
// decided.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/base/limits.h"
#include "server/engine/engine.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;

class EngineLoopTest : public EngineFixture {
 protected:
  EngineLoopTest() : EngineFixture("runpod", /*seed=*/1) { network_.SetFaults({0, 0, 0}); }

  HttpClient& http() override { return network_; }

  // A job, and what the store has of its attempt whenever a submission is started.
  std::string SubmitAndLook(std::vector<AttemptPhase>& stored) {
    const std::string id = Submit(std::nullopt, absl::Hours(1));
    network_.OnSubmission([this, id, &stored] { stored.push_back(StateOf(id).attempts[0].phase); });
    return id;
  }
  // What happens to the first write of a job; the others succeed at once.
  void FirstWrite(StoreFault fault) {
    store_.SetFaults([fault, left = 1](const StoreCall& call) mutable {
      return call.operation == StoreOperation::kCommit && left-- > 0 ? fault : StoreFault();
    });
  }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
};

TEST_F(EngineLoopTest, NothingLeavesBeforeItsIntentIsDurable) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  FirstWrite({.sync_delay = absl::Seconds(2)});
  std::vector<AttemptPhase> stored;
  const std::string id = SubmitAndLook(stored);
  world_.RunFor(absl::Minutes(10));
  EXPECT_THAT(stored, ElementsAre(AttemptPhase::kIntent));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(EngineLoopTest, AnIntentThatMayNotBeThereIsReadBackBeforeAnythingLeaves) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  for (const auto kind : {StoreFault::Kind::kUnknownNotApplied, StoreFault::Kind::kUnknownApplied}) {
    FirstWrite({.kind = kind});
    std::vector<AttemptPhase> stored;
    const std::string id = SubmitAndLook(stored);
    world_.RunFor(absl::Minutes(10));
    EXPECT_THAT(stored, ElementsAre(AttemptPhase::kIntent));
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  }
  EXPECT_EQ(network_.total_creations(), 2);
}

// Found by the simulator: a job whose creation, or whose claim, was answered late had ended meanwhile, and
// was kept for good.
TEST_F(EngineLoopTest, WhatIsTakenOverFromAnOldReadingIsForgotten) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
  const Job old = store_.Peek(id)->job;
  world_.RunFor(absl::Minutes(10));
  ASSERT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  ASSERT_EQ(engine_->live_job_count(), 0u);
  const JobState ended = StateOf(id);
  ASSERT_EQ(engine_->TryReservePlace("", 0), PlaceVerdict::kTaken);
  engine_->Adopt(ToLive(old, {"me", 1}, {}));
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(engine_->live_job_count(), 0u);
  const AccountStanding left = engine_->Standings().at("runpod");
  for (const PlaceStanding& place : left.places) EXPECT_EQ(place.jobs, 0u);
  EXPECT_EQ(left.reserved, Money());
  EXPECT_EQ(StateOf(id), ended);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(EngineLoopTest, WhatIsTakenOverAsHeldAndIsDecidedIsCountedNoMore) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
  Job old = store_.Peek(id)->job;
  old.state.attempts[0].phase = AttemptPhase::kHeld;
  world_.RunFor(absl::Minutes(10));
  ASSERT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  Command wish{1, CommandKind::kResolve, world_.clock().TimeNow()};
  wish.decision = AttemptDecision{old.state.attempts[0].id, ResolutionKind::kAbandoned, "", "late"};
  ASSERT_EQ(engine_->TryReservePlace("", 0), PlaceVerdict::kTaken);
  engine_->Adopt(ToLive(old, {"me", 1}, {wish}));
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(engine_->live_job_count(), 0u);
  EXPECT_EQ(engine_->Standings().at("runpod").in(JobPlace::kHeld).jobs, 0u);
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(EngineLoopTest, AnIntentThatTookLongToWriteIsNotSent) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  FirstWrite({.sync_delay = limits::kLateSendGuard + absl::Seconds(1)});
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  absl::Duration age;
  network_.OnCreation([&](const SimNetwork::Creation&) {
    age = world_.clock().TimeNow() - StateOf(id).attempts[0].intent_time;
  });
  world_.RunFor(absl::Minutes(10));
  EXPECT_LT(age, limits::kLateSendGuard) << "what was sent had an intent of its own";
  EXPECT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(EngineLoopTest, AnAcceptanceThatCannotBeWrittenSurvivesARestart) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  store_.SetFaults([writes = 0](const StoreCall& call) mutable {
    StoreFault fault;
    if (call.operation == StoreOperation::kCommit && ++writes > 1)
      fault.kind = StoreFault::Kind::kUnknownNotApplied;
    return fault;
  });
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Seconds(5));
  ASSERT_EQ(network_.total_creations(), 1);
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kIntent) << "the acceptance could not be written";
  engine_.reset();
  store_.SetFaults(nullptr);
  Start(accounts);
  engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.total_creations(), 1);
}

// Neither the acceptance nor what was said: until the disk is well, and then it is.
TEST_F(EngineLoopTest, WhatCouldNotBeKeptIsKeptOnceItCanBe) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  int facts = 0;
  store_.SetFaults([&facts, writes = 0](const StoreCall& call) mutable {
    StoreFault fault;
    const bool fact = call.operation == StoreOperation::kAppendEvidence;
    if ((call.operation == StoreOperation::kCommit && ++writes > 1) || (fact && ++facts <= 3))
      fault.kind = StoreFault::Kind::kUnknownNotApplied;
    return fault;
  });
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return facts > 3; });
  world_.RunFor(absl::Seconds(1));
  engine_.reset();  // before the acceptance could be written
  store_.SetFaults(nullptr);
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kIntent);
  Start(accounts);
  engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.total_creations(), 1);
}

// The permit of a first account is on its way when the job's second attempt becomes durable: at the same
// instant, so that it is drawn anew each time which of the two comes first.
TEST_F(EngineLoopTest, APermitOfTheAttemptBeforeSendsNothing) {
  std::vector<Account> two;
  two.push_back(AccountAt("runpod", "https://runpod.sim/v2"));
  two.push_back(AccountAt("fal", "https://fal.sim/queue"));
  two[1].lane.concurrent_jobs_max = 0;  // whatever goes there goes without a permit
  const Accounts accounts(std::move(two));
  Start(accounts);
  network_.Impoverish("runpod", absl::InfiniteFuture());
  for (int round = 0; round < 20; ++round) {
    Submit();
    world_.RunFor(absl::Seconds(2));
    const absl::Time resumes = engine_->Lanes().at("runpod").resume_time;
    ASSERT_GT(resumes, world_.clock().TimeNow()) << "refused for lack of balance";
    store_.SetFaults([this, resumes](const StoreCall& call) {
      StoreFault fault;
      if (call.operation == StoreOperation::kCommit)
        fault.reply_delay = std::max(resumes - world_.clock().TimeNow(), absl::ZeroDuration());
      return fault;
    });
    NewJob fresh = Fresh();
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Hours(10);
    fresh.job.spec.candidates.push_back(
        {"fal", "sora-2/image-to-video@fal", Money::FromNanos(400'000'000), Money()});
    const std::string id = Submit(std::move(fresh));
    world_.RunUntil(resumes + absl::Seconds(2));
    store_.SetFaults(nullptr);
    const JobState state = StateOf(id);
    EXPECT_EQ(state.attempts.back().provider, "fal");
    EXPECT_EQ(state.attempts.back().phase, AttemptPhase::kPlanned) << "round " << round;
  }
  EXPECT_EQ(network_.total_creations(), 0);
  EXPECT_EQ(engine_->Lanes().at("runpod").in_flight, 0);
}

}  // namespace
}  // namespace zoetrope::testing
