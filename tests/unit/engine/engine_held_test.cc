// Attempts that wait for a decision, and decisions, in the engine's loop: also across crashes, and for years.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"
#include "server/engine/evidence.h"
#include "tests/unit/engine/answering_client.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A provider that has finished every job that it is asked for, and notes what it is asked.
class FinishedProvider : public AnsweringClient {
 public:
  using AnsweringClient::AnsweringClient;

  int submissions() const { return submissions_; }
  const std::vector<std::string>& polled() const { return polled_; }
  // It has them, and has not finished them.
  void StayRunning() { status_ = "IN_PROGRESS"; }

 private:
  HttpResponse Answer(const HttpRequest& request) override {
    if (request.repeat == Repeat::kBillable) {
      ++submissions_;
    } else {
      polled_.push_back(request.url.substr(request.url.rfind('/') + 1));
    }
    const std::string id = polled_.empty() ? "new" : polled_.back();
    return {200,
            {},
            absl::StrCat(R"({"id":")", id, R"(","status":")", status_,
                         R"(","output":{"video_url":"https://v.example/a.mp4"}})")};
  }

  std::string status_ = "COMPLETED";
  int submissions_ = 0;
  std::vector<std::string> polled_;
};

class DecisionCounter : public EngineObserver {
 public:
  void OnDecided(std::string_view, ResolutionKind kind) override { ++counts[kind]; }
  std::map<ResolutionKind, int> counts;
};

class EngineHeldTest : public EngineFixture {
 protected:
  EngineHeldTest() : EngineFixture("runpod") { StartProcess(); }

  HttpClient& http() override { return provider_; }

  void StartProcess(absl::Duration hold_for = absl::InfiniteDuration()) {
    EngineParts parts;
    parts.store = &store_;
    parts.http = &provider_;
    parts.executor = executor_.get();
    parts.clock = &world_.clock();
    parts.random = &random_;
    parts.accounts = &accounts_;
    parts.catalogue = catalogue_.get();
    parts.observer = &decisions_;
    EngineOptions options;
    options.owner = absl::StrCat("process ", ++processes_);
    options.hold_for = hold_for;
    engine_ = std::make_unique<Engine>(parts, options);
    bool recovered = false;
    engine_->Recover([&](absl::Status status) { recovered = status.ok(); });
    world_.RunUntil([&] { return recovered; });
  }
  // kill -9, and another process on the same store.
  void Crash(absl::Duration hold_for = absl::InfiniteDuration()) {
    engine_.reset();
    store_.Crash();
    StartProcess(hold_for);
  }

  // A job that is held, and in no engine's memory.
  std::string CreateHeld() {
    NewJob held = Fresh();
    held.owner = absl::StrCat("process ", processes_);
    held.job.state.phase = JobPhase::kHeld;
    Attempt& attempt = held.job.state.attempts[0];
    attempt.phase = AttemptPhase::kHeld;
    attempt.intent_time = world_.clock().TimeNow();
    attempt.failure = Failure{FailureReason::kOutcomeUnknown, "no answer", "runpod", ""};
    held.job.state.failure = attempt.failure;
    const std::string id = held.job.spec.id;
    Create(std::move(held));
    return id;
  }

  AttemptDecision DecisionOn(const std::string& id, ResolutionKind kind, std::string provider_job_id = "") {
    return {StateOf(id).attempts.back().id, kind, std::move(provider_job_id), "seen in the console"};
  }
  // Returns when it is durable; nothing has been carried out then.
  void Decide(const std::string& id, ResolutionKind kind, std::string provider_job_id = "") {
    absl::Status put = absl::UnknownError("no answer");
    store_.PutDecision(id, DecisionOn(id, kind, std::move(provider_job_id)), world_.clock().TimeNow(),
                       [&](absl::Status status) { put = std::move(status); });
    world_.RunUntil([&] { return !absl::IsUnknown(put); });
    ASSERT_TRUE(put.ok()) << put;
  }
  // The provider's id, kept when nobody could act upon it.
  void Tell(const std::string& id, const std::string& theirs) {
    bool kept = false;
    store_.AppendEvidence(
        {id, StateOf(id).attempts.back().id, std::string(kIdEvidence), theirs, world_.clock().TimeNow()},
        [&](absl::Status status) { kept = status.ok(); });
    world_.RunUntil([&] { return kept; });
  }
  void ExpectGauge(std::size_t held) {
    const auto standings = engine_->Standings();
    EXPECT_EQ(standings.contains("runpod") ? standings.at("runpod").in(JobPlace::kHeld).jobs : 0, held);
    std::size_t stored = 0;
    for (const std::string& id : store_.JobIds()) {
      stored += StateOf(id).attempts.back().phase == AttemptPhase::kHeld ? 1 : 0;
    }
    EXPECT_EQ(stored, held) << "the gauge must say what the store says";
  }

  const Accounts accounts_ = OneAccount();
  FinishedProvider provider_{&world_, other_.get()};
  DecisionCounter decisions_;
  int processes_ = 0;
};

TEST_F(EngineHeldTest, WhatIsAdoptedIsPolledUnderItsIdAndEnds) {
  const std::string id = CreateHeld();
  Crash();
  ExpectGauge(1);
  Decide(id, ResolutionKind::kAdopted, "theirs-1");
  world_.RunFor(absl::Minutes(1));
  const JobState state = StateOf(id);
  EXPECT_EQ(state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(state.attempts[0].provider_job.id, "theirs-1");
  EXPECT_EQ(state.attempts[0].resolution->kind, ResolutionKind::kAdopted);
  EXPECT_EQ(state.attempts[0].resolution->note, "seen in the console");
  EXPECT_THAT(provider_.polled(), Contains("theirs-1"));
  EXPECT_EQ(provider_.submissions(), 0);
  EXPECT_THAT(store_.Peek(id)->commands, IsEmpty());
  EXPECT_EQ(engine_->live_job_count(), 0u);
  EXPECT_EQ(decisions_.counts[ResolutionKind::kAdopted], 1);
  ExpectGauge(0);
}

TEST_F(EngineHeldTest, WhatItsProviderHadSaidIsReadAfterARestart) {
  const std::string id = CreateHeld();
  Tell(id, "theirs-1");
  Crash();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(StateOf(id).attempts[0].provider_job.id, "theirs-1");
  EXPECT_EQ(StateOf(id).attempts[0].resolution->kind, ResolutionKind::kAdopted);
  EXPECT_EQ(provider_.submissions(), 0);
  ExpectGauge(0);
}

TEST_F(EngineHeldTest, AndBeforeTheWaitIsOver) {
  Crash(absl::Hours(1));
  const std::string told = CreateHeld();
  const std::string untold = CreateHeld();
  Tell(told, "theirs-1");
  world_.RunFor(absl::Hours(2));
  EXPECT_EQ(StateOf(told).phase, JobPhase::kSucceeded);
  EXPECT_EQ(StateOf(untold).attempts[0].resolution->kind, ResolutionKind::kExpired);
}

// Without the evidence nothing may be decided.
TEST_F(EngineHeldTest, AStoreThatCannotTellDoesNotEndTheWait) {
  for (const StoreOperation operation :
       {StoreOperation::kReadEvidence, StoreOperation::kFindProviderJob, StoreOperation::kPutDecision}) {
    Crash(absl::Hours(1));
    const std::string id = CreateHeld();
    Tell(id, absl::StrCat("theirs-", processes_));
    Fail(operation, 3);
    world_.RunFor(absl::Hours(2));
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded) << static_cast<int>(operation);
    EXPECT_EQ(StateOf(id).attempts[0].resolution->kind, ResolutionKind::kAdopted);
  }
}

TEST_F(EngineHeldTest, OfSeveralWordsNoneIsTaken) {
  Crash(absl::Hours(1));
  const std::string id = CreateHeld();
  Tell(id, "theirs-1");
  Tell(id, "theirs-2");
  Crash(absl::Hours(1));
  world_.RunFor(absl::Minutes(30));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kHeld);
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(StateOf(id).attempts[0].resolution->kind, ResolutionKind::kExpired);
}

TEST_F(EngineHeldTest, WhatIsAdoptedTakesItsPlaceAtTheAccount) {
  provider_.StayRunning();
  const std::string id = CreateHeld();
  Decide(id, ResolutionKind::kAdopted, "theirs-1");
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kRunning);
  EXPECT_EQ(engine_->Lanes().at("runpod").in_flight, 1);
  EXPECT_EQ(engine_->live_job_count(), 1u);
}

TEST_F(EngineHeldTest, WhatIsAdoptedAfterItsDeadlineIsAskedAfterForAWhile) {
  provider_.StayRunning();
  const std::string id = CreateHeld();
  world_.RunFor(absl::Hours(48));
  Decide(id, ResolutionKind::kAdopted, "theirs-1");
  world_.RunFor(absl::Minutes(14));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kRunning);
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kDeadlineExceeded);
}

TEST_F(EngineHeldTest, ADecisionSurvivesACrashBeforeItIsCarriedOut) {
  for (const ResolutionKind kind :
       {ResolutionKind::kAdopted, ResolutionKind::kNotCreated, ResolutionKind::kAbandoned}) {
    const std::string id = CreateHeld();
    Decide(id, kind, kind == ResolutionKind::kAdopted ? "theirs" : "");
    ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kHeld);
    ASSERT_THAT(store_.Peek(id)->commands, SizeIs(1));
    Crash();
    world_.RunFor(absl::Minutes(1));
    const JobState state = StateOf(id);
    ASSERT_TRUE(state.attempts[0].resolution.has_value());
    EXPECT_EQ(state.attempts[0].resolution->kind, kind);
    EXPECT_TRUE(IsTerminal(state.phase));
    EXPECT_EQ(state.phase == JobPhase::kSucceeded, kind == ResolutionKind::kAdopted);
    EXPECT_TRUE(IsSettled(state));
    EXPECT_THAT(store_.Peek(id)->commands, IsEmpty());
    EXPECT_EQ(provider_.submissions(), 0);
    ExpectGauge(0);
  }
}

TEST_F(EngineHeldTest, ADecisionIsCarriedOutThoughTheStoreFails) {
  for (const StoreOperation operation :
       {StoreOperation::kRead, StoreOperation::kFindProviderJob, StoreOperation::kCommit}) {
    const std::string id = CreateHeld();
    Decide(id, ResolutionKind::kAdopted, absl::StrCat("theirs-", id));
    Fail(operation, 3);
    world_.RunFor(absl::Minutes(1));
    EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
    EXPECT_THAT(store_.Peek(id)->commands, IsEmpty());
  }
}

TEST_F(EngineHeldTest, WhatAnotherAttemptHasIsNotAdopted) {
  const std::string first = CreateHeld();
  const std::string second = CreateHeld();
  // Both at once, so that neither sees the other when it looks.
  Decide(first, ResolutionKind::kAdopted, "theirs");
  Decide(second, ResolutionKind::kAdopted, "theirs");
  world_.RunFor(absl::Minutes(1));
  const int adopted = static_cast<int>(StateOf(first).phase == JobPhase::kSucceeded) +
                      static_cast<int>(StateOf(second).phase == JobPhase::kSucceeded);
  EXPECT_EQ(adopted, 1);
  const std::string& left = StateOf(first).phase == JobPhase::kHeld ? first : second;
  EXPECT_EQ(StateOf(left).phase, JobPhase::kHeld);
  EXPECT_FALSE(StateOf(left).attempts[0].resolution.has_value());
  EXPECT_THAT(store_.Peek(left)->commands, IsEmpty()) << "it would be in the way of another decision";
  ExpectGauge(1);
  Decide(left, ResolutionKind::kNotCreated);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(left).phase, JobPhase::kFailed);
}

TEST_F(EngineHeldTest, ADecisionThatCameTooLateIsPassedOver) {
  const std::string id = CreateHeld();
  Decide(id, ResolutionKind::kAbandoned);
  world_.RunFor(absl::Minutes(1));
  ASSERT_EQ(StateOf(id).phase, JobPhase::kFailed);
  const JobState before = StateOf(id);
  Decide(id, ResolutionKind::kNotCreated);
  world_.RunFor(absl::Minutes(1));
  Crash();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id), before);
}

TEST_F(EngineHeldTest, TheMoneyOfAJobThatItsCallerEndedIsDecidedToo) {
  const std::string id = CreateHeld();
  store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
  world_.RunFor(absl::Minutes(1));
  ASSERT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  ASSERT_EQ(StateOf(id).attempts[0].settlement, Settlement::kPending);
  ExpectGauge(1);
  // Far later than the engine would ask after the money of a job that it knew all the time.
  world_.RunFor(absl::Hours(100));
  provider_.StayRunning();
  Decide(id, ResolutionKind::kAdopted, "theirs");
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kPending);
  world_.RunFor(absl::Hours(30));
  EXPECT_EQ(StateOf(id).attempts[0].settlement, Settlement::kSettled);
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
}

// A revision takes only those commands out of the inbox whose turn has come.
TEST_F(EngineHeldTest, ACancellationIsNotLostToARevisionThatIsNotItsOwn) {
  engine_.reset();
  NewJob sent = Fresh();
  sent.job.state.phase = JobPhase::kRunning;
  sent.job.state.attempts[0].phase = AttemptPhase::kIntent;
  sent.job.state.attempts[0].intent_time = world_.clock().TimeNow();
  const std::string id = sent.job.spec.id;
  Create(std::move(sent));
  bool put = false;
  store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(),
                    [&](absl::Status status) { put = status.ok(); });
  world_.RunUntil([&] { return put; });
  StartProcess();
  world_.RunUntil([&] { return store_.Peek(id)->commands.empty(); });
  EXPECT_NE(StateOf(id).cancel_requested_time, absl::InfinitePast())
      << "revision " << StateOf(id).revision << " took the wish and did not carry it out";
}

TEST_F(EngineHeldTest, TwoWishesInQuickSuccessionAreBothCarriedOut) {
  const std::string id = CreateHeld();
  // The job is read for the first wish just before the second is there, and is being written when it comes.
  store_.SetFaults([](const StoreCall& call) {
    StoreFault fault;
    if (call.operation == StoreOperation::kRead) fault.reply_delay = absl::Milliseconds(50);
    if (call.operation == StoreOperation::kCommit) fault.sync_delay = absl::Milliseconds(200);
    return fault;
  });
  store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
  world_.RunFor(absl::Milliseconds(20));
  Decide(id, ResolutionKind::kNotCreated);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
  EXPECT_TRUE(StateOf(id).attempts[0].resolution.has_value());
  EXPECT_TRUE(IsSettled(StateOf(id)));
  EXPECT_TRUE(store_.Peek(id)->commands.empty()) << "and each counts as answered";
}

// --- The longest wait ---

TEST_F(EngineHeldTest, WhatNobodyDecidesIsAbandonedAfterTheLongestWait) {
  Crash(absl::Hours(10));
  const std::string id = CreateHeld();
  world_.RunFor(absl::Hours(9) + absl::Minutes(59));
  ASSERT_EQ(StateOf(id).phase, JobPhase::kHeld);
  world_.RunFor(absl::Minutes(10));
  const JobState state = StateOf(id);
  EXPECT_EQ(state.phase, JobPhase::kFailed);
  EXPECT_EQ(state.failure->reason, FailureReason::kOutcomeUnknown);
  EXPECT_EQ(state.attempts[0].settled, Money::FromNanos(400'000'000));
  EXPECT_EQ(state.attempts[0].cost_source, CostSource::kReservation);
  EXPECT_EQ(state.attempts[0].resolution->kind, ResolutionKind::kExpired);
  EXPECT_THAT(state.attempts[0].resolution->note, ::testing::HasSubstr("10h"));
  EXPECT_EQ(decisions_.counts[ResolutionKind::kExpired], 1);
  EXPECT_EQ(engine_->live_job_count(), 0u);
  ExpectGauge(0);
}

TEST_F(EngineHeldTest, AWaitThatEndedWhileNoServerRanEndsWithTheNextOne) {
  const std::string id = CreateHeld();
  engine_.reset();
  world_.RunFor(absl::Hours(11));
  Crash(absl::Hours(10));
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).attempts[0].resolution->kind, ResolutionKind::kExpired);
}

TEST_F(EngineHeldTest, ADecisionGoesBeforeTheEndOfTheWait) {
  const std::string id = CreateHeld();
  engine_.reset();
  Decide(id, ResolutionKind::kNotCreated);
  world_.RunFor(absl::Hours(11));
  Crash(absl::Hours(10));
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).attempts[0].resolution->kind, ResolutionKind::kNotCreated);
  EXPECT_EQ(StateOf(id).attempts[0].settled, Money());
}

TEST_F(EngineHeldTest, AWaitWithoutEndHasNone) {
  const std::string id = CreateHeld();
  Crash();
  world_.RunFor(absl::Hours(24 * 365));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kHeld);
}

TEST_F(EngineHeldTest, ManyWaitsThatEndTogetherAllEndThoughTheStoreFails) {
  std::vector<std::string> ids;
  for (int i = 0; i < 250; ++i) ids.push_back(CreateHeld());
  Crash(absl::Hours(10));
  world_.RunFor(absl::Hours(9));
  ExpectGauge(250);
  int calls = 0;
  store_.SetFaults([&calls](const StoreCall& call) {
    StoreFault fault;
    const bool hit = call.operation == StoreOperation::kCommit || call.operation == StoreOperation::kListHeld;
    if (hit && ++calls % 3 == 0) fault.kind = StoreFault::Kind::kUnknownNotApplied;
    return fault;
  });
  world_.RunFor(absl::Hours(2));
  for (const std::string& id : ids) EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(decisions_.counts[ResolutionKind::kExpired], 250);
  ExpectGauge(0);
}

}  // namespace
}  // namespace zoetrope::testing
