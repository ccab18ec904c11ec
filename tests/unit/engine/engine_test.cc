// The engine's loop where the store, the configuration or the process is not as it should be. The way of most
// jobs, and crashes, are simulated in tests/sim.
#include "server/engine/engine.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

class EngineTest : public EngineFixture {
 protected:
  EngineTest() : EngineFixture("runpod") { network_.SetFaults({0, 0, 0}); }

  HttpClient& http() override { return network_; }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
};

TEST_F(EngineTest, ADrainWhileTheIntentIsWrittenLeavesTheJobQueuedAndUnsent) {
  const Accounts accounts = OneAccount();
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
  const Accounts accounts = OneAccount();
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
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Seconds(30));
  network_.ForgetUntil(world_.clock().TimeNow() + absl::Seconds(280));
  world_.RunFor(absl::Minutes(15));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(EngineTest, AJobThatItsProviderHasForgottenForGoodIsLost) {
  const Accounts accounts = OneAccount();
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
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string sha256(64, 'a');
  store_.PutBlob(sha256, {"image/png", "bytes"}, [](absl::Status) {});
  world_.RunFor(absl::Seconds(1));
  Fail(StoreOperation::kReadBlob, 2);
  const std::string id = Submit(Image{BlobRef{sha256, "image/png", 5, 4, 4}, ImageFit::kExact});
  world_.RunFor(absl::Minutes(4) + absl::Seconds(50));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.total_creations(), 1);
}

TEST_F(EngineTest, APictureThatIsLostEndsTheJobUnsent) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string id = Submit(Image{BlobRef{std::string(64, 'b'), "image/png", 5, 4, 4}, ImageFit::kExact});
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kInternal);
  EXPECT_EQ(StateOf(id).attempts[0].settled, Money());
  EXPECT_EQ(network_.total_creations(), 0);
}

TEST_F(EngineTest, AWishAboutAHeldJobIsCarriedOutThoughTheStoreCannotBeReadAtOnce) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  NewJob held = Fresh();
  held.job.state.phase = JobPhase::kHeld;
  held.job.state.attempts[0].phase = AttemptPhase::kHeld;
  const std::string id = held.job.spec.id;
  Create(std::move(held));
  Fail(StoreOperation::kRead, 3);
  store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
  world_.RunFor(absl::Seconds(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
}

TEST_F(EngineTest, ARestartCountsWhatIsAtAnAccountBeforeItSendsMore) {
  std::vector<Account> one;
  one.push_back(AccountAt("runpod", "https://runpod.sim/v2"));
  one[0].lane.concurrent_jobs_max = 1;
  const Accounts accounts(std::move(one));
  Create(Fresh());  // of the two this one comes first, in the order of ids
  world_.RunFor(absl::Seconds(1));
  NewJob there = Fresh();
  there.job.state.phase = JobPhase::kRunning;
  there.job.state.attempts[0].phase = AttemptPhase::kAcked;
  there.job.state.attempts[0].provider_job.id = "theirs";
  Create(std::move(there));
  Start(accounts);
  engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(network_.total_creations(), 0);
  EXPECT_EQ(engine_->Lanes().at("runpod").in_flight, 1);
}

// --- Accounts that are down ---

class OutageTest : public EngineTest {
 protected:
  // Runpod and fal, fal as the second choice.
  OutageTest() { Start(two_); }

  static std::vector<Account> Two() {
    std::vector<Account> accounts;
    accounts.push_back(AccountAt("runpod", "https://runpod.sim/v2"));
    accounts.push_back(AccountAt("fal", "https://fal.sim/queue"));
    return accounts;
  }

  NewJob WithSecondChoice() {
    NewJob fresh = Fresh();
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + absl::Hours(1);
    fresh.job.spec.candidates.push_back(
        {"fal", "sora-2/image-to-video@fal", Money::FromNanos(400'000'000), Money()});
    return fresh;
  }
  void TakeDown(absl::Duration how_long) { network_.TakeDown("runpod", world_.clock().TimeNow() + how_long); }

  const Accounts two_{Two()};
};

TEST_F(OutageTest, AJobGoesToItsSecondChoiceAndIsPaidForOnce) {
  TakeDown(absl::Hours(10));
  const std::string id = Submit(WithSecondChoice());
  world_.RunFor(absl::Minutes(30));
  const JobState state = StateOf(id);
  EXPECT_EQ(state.phase, JobPhase::kSucceeded);
  ASSERT_EQ(state.attempts.size(), 2u);
  EXPECT_EQ(state.attempts[0].phase, AttemptPhase::kRefused);
  EXPECT_EQ(state.attempts[0].failure->message, "the provider cannot be reached; nothing was sent");
  EXPECT_EQ(state.attempts[0].settled, Money());
  EXPECT_EQ(state.attempts[1].provider, "fal");
  EXPECT_EQ(network_.Creations("runpod", "sim-1"), 0);
  EXPECT_EQ(network_.Creations("fal", "sim-1"), 1);
}

TEST_F(OutageTest, JobsThatWaitBehindItGoToo) {
  TakeDown(absl::Hours(10));
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(Submit(WithSecondChoice()));
  world_.RunFor(absl::Minutes(50));
  for (const std::string& id : ids) {
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
    EXPECT_EQ(StateOf(id).attempts.back().provider, "fal");
  }
  EXPECT_EQ(network_.Creations("fal", "sim-1"), 30);
}

TEST_F(OutageTest, WhatWasBuiltWhileTheJobWasLeavingIsNotSent) {
  TakeDown(absl::Minutes(2));
  const std::string first = Submit(WithSecondChoice());
  world_.RunUntil([&] { return engine_->Lanes().at("runpod").condition == LaneCondition::kBroken; });
  // The write of the second attempt lasts until the first account gives permits again.
  store_.SetFaults([left = 1](const StoreCall& call) mutable {
    StoreFault fault;
    if (call.operation == StoreOperation::kCommit && left-- > 0) fault.sync_delay = absl::Minutes(3);
    return fault;
  });
  world_.RunFor(absl::Minutes(30));
  const JobState state = StateOf(first);
  EXPECT_EQ(state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.Creations("runpod", "sim-1") + network_.Creations("fal", "sim-1"), 1);
  EXPECT_EQ(network_.Creations(state.attempts.back().provider, "sim-1"), 1);
  EXPECT_EQ(engine_->Lanes().at("runpod").in_flight, 0);
  EXPECT_EQ(engine_->Lanes().at("fal").in_flight, 0);
}

TEST_F(OutageTest, JobsThatFailWithAServersStatusDoNotCloseTheAccount) {
  network_.SetFaults({0, 0, 1});
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    NewJob fresh = WithSecondChoice();
    fresh.job.spec.candidates.erase(fresh.job.spec.candidates.begin());
    const Offering* offering = catalogue_->FindOffering("sora-2/image-to-video@fal");
    Attempt& attempt = fresh.job.state.attempts[0];
    attempt.provider = "fal";
    attempt.offering = offering->id;
    attempt.offering_revision = offering->revision;
    fresh.offering_texts = {{offering->revision, offering->text}};
    ids.push_back(Submit(std::move(fresh)));
  }
  for (int second = 0; second < 600; ++second) {
    world_.RunFor(absl::Seconds(1));
    ASSERT_NE(engine_->Lanes().at("fal").condition, LaneCondition::kBroken) << "after " << second << " s";
  }
  for (const std::string& id : ids) EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
}

TEST_F(OutageTest, AnAccountThatIsRefusedDoesNotHoldJobsBack) {
  network_.Impoverish("runpod", world_.clock().TimeNow() + absl::Hours(10));
  const std::string first = Submit(WithSecondChoice());
  world_.RunFor(absl::Seconds(2));
  ASSERT_EQ(StateOf(first).attempts[0].failure->reason, FailureReason::kProviderBalanceExhausted);
  const std::string next = Submit(WithSecondChoice());
  world_.RunFor(absl::Seconds(2));
  const JobState state = StateOf(next);
  ASSERT_EQ(state.attempts.size(), 2u) << "it does not wait behind the pause";
  EXPECT_EQ(state.attempts[0].failure->reason, FailureReason::kProviderBalanceExhausted);
  EXPECT_EQ(state.attempts[0].failure->message, "the provider refused for lack of balance; nothing was sent");
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(StateOf(next).phase, JobPhase::kSucceeded);
}

TEST_F(OutageTest, ADeadlineBehindARefusedAccountSaysWhatWasInTheWay) {
  network_.Impoverish("runpod", world_.clock().TimeNow() + absl::Hours(10));
  const std::string first = Submit();
  world_.RunFor(absl::Seconds(2));
  ASSERT_EQ(StateOf(first).phase, JobPhase::kFailed);
  const std::string next = Submit(std::nullopt, absl::Seconds(12));
  world_.RunFor(absl::Seconds(13));
  EXPECT_EQ(StateOf(next).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(next).failure->reason, FailureReason::kProviderBalanceExhausted);
}

TEST_F(OutageTest, AJobWithoutASecondChoiceWaitsForTheAccountToComeBack) {
  TakeDown(absl::Minutes(20));
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kQueued);
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(StateOf(id).attempts.size(), 1u);
}

TEST_F(OutageTest, AShortOutageIsWaitedOut) {
  TakeDown(absl::Seconds(2));
  const std::string id = Submit(WithSecondChoice());
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(StateOf(id).attempts.size(), 1u);
}

}  // namespace
}  // namespace zoetrope::testing
