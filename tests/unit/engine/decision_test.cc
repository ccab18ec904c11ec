// What a decision about a held attempt does, in every state of job and attempt.
#include "server/engine/job_machine.h"
#include "server/engine/wishes.h"
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr ResolutionKind kKinds[] = {ResolutionKind::kAdopted, ResolutionKind::kNotCreated,
                                     ResolutionKind::kAbandoned, ResolutionKind::kExpired};

class DecisionTest : public MachineTest {
 protected:
  Decided DecideTo(ResolutionKind kind, std::string attempt_id = "first") const {
    AttemptDecision decision{std::move(attempt_id), kind, "", "seen in the console"};
    if (kind == ResolutionKind::kAdopted) decision.provider_job_id = "theirs";
    return {decision, facts_.now - absl::Seconds(3)};
  }

  void BeHeld() {
    Be(AttemptPhase::kHeld, JobPhase::kHeld);
    attempt().intent_time = kStart + absl::Seconds(1);
    attempt().failure = Failure{FailureReason::kOutcomeUnknown, "no answer", "alpha", ""};
    job_.state.failure = attempt().failure;
  }
  // Held, and ended by its caller.
  void BeHeldAndCancelled() {
    BeHeld();
    Happen(CancelAsked{kStart + absl::Seconds(2)});
    ASSERT_EQ(job_.state.phase, JobPhase::kCancelled);
    ASSERT_EQ(attempt().settlement, Settlement::kPending);
  }

  void ExpectAudit(const Attempt& decided, ResolutionKind kind) const {
    ASSERT_TRUE(decided.resolution.has_value());
    EXPECT_EQ(*decided.resolution, (Resolution{kind, "seen in the console", facts_.now - absl::Seconds(3)}));
  }
};

TEST_F(DecisionTest, WhatIsAdoptedIsPolledAndEndsAsUsual) {
  BeHeld();
  const Decision decision = Happen(DecideTo(ResolutionKind::kAdopted));
  EXPECT_EQ(attempt().phase, AttemptPhase::kAcked);
  EXPECT_EQ(attempt().provider_job.id, "theirs");
  EXPECT_EQ(attempt().ack_time, facts_.now);
  EXPECT_FALSE(attempt().failure.has_value());
  EXPECT_EQ(job_.state.phase, JobPhase::kRunning);
  EXPECT_FALSE(job_.state.failure.has_value());
  EXPECT_EQ(attempt().settlement, Settlement::kReserved);
  EXPECT_EQ(decision.effects, (std::vector<Effect>{Poll{Poll::When::kNow}}));
  ExpectAudit(attempt(), ResolutionKind::kAdopted);
  Happen(PollEnded{Videos(1), 200, {}, true});
  EXPECT_EQ(job_.state.phase, JobPhase::kSucceeded);
  ExpectAudit(attempt(), ResolutionKind::kAdopted);
  ExpectLedgerBalances();
}

TEST_F(DecisionTest, WhatWasNotCreatedCostsNothingAndTheNextOfferingIsTried) {
  BeHeld();
  const Decision decision = Happen(DecideTo(ResolutionKind::kNotCreated));
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  const Attempt& first = job_.state.attempts.front();
  EXPECT_EQ(first.phase, AttemptPhase::kRefused);
  EXPECT_EQ(first.settled, Money());
  EXPECT_EQ(first.cost_source, CostSource::kBillingRule);
  EXPECT_THAT(first.failure->message, ::testing::HasSubstr("no answer"));
  ExpectAudit(first, ResolutionKind::kNotCreated);
  EXPECT_EQ(attempt().provider, "beta");
  EXPECT_FALSE(attempt().resolution.has_value());
  EXPECT_EQ(job_.state.phase, JobPhase::kQueued);
  EXPECT_FALSE(job_.state.failure.has_value());
  EXPECT_TRUE(Wants<AskLane>(decision));
  EXPECT_FALSE(Wants<Forget>(decision));
  ExpectLedgerBalances();
}

TEST_F(DecisionTest, WhatWasNotCreatedEndsTheJobWhereNothingElseMayBeTried) {
  BeHeld();
  job_.failover = FailoverPolicy::kNever;
  const Decision decision = Happen(DecideTo(ResolutionKind::kNotCreated));
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kProviderError);
  EXPECT_EQ(attempt().settled, Money());
  EXPECT_TRUE(Wants<Forget>(decision));
  ExpectLedgerBalances();
}

TEST_F(DecisionTest, AfterTheDeadlineNothingElseIsTried) {
  BeHeld();
  facts_.now = job_.deadline_time + absl::Hours(1);
  Happen(DecideTo(ResolutionKind::kNotCreated));
  EXPECT_EQ(job_.state.attempts.size(), 1u);
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kDeadlineExceeded);
  ExpectLedgerBalances();
}

TEST_F(DecisionTest, WhatIsAbandonedCountsAsSpent) {
  for (const ResolutionKind kind : {ResolutionKind::kAbandoned, ResolutionKind::kExpired}) {
    const LiveJob before = job_;
    const std::vector<LedgerRow> ledger = ledger_;
    BeHeld();
    const Decision decision = Happen(DecideTo(kind));
    EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
    EXPECT_EQ(job_.state.failure->reason, FailureReason::kOutcomeUnknown);
    EXPECT_EQ(attempt().phase, AttemptPhase::kFailed);
    EXPECT_EQ(attempt().settled, kPrice);
    EXPECT_EQ(attempt().cost_source, CostSource::kReservation) << "nobody has seen that charge";
    ExpectAudit(attempt(), kind);
    EXPECT_TRUE(Wants<Forget>(decision));
    EXPECT_EQ(job_.state.attempts.size(), 1u) << "after what is not known nothing else is tried";
    ExpectLedgerBalances();
    job_ = before;
    ledger_ = ledger;
  }
}

TEST_F(DecisionTest, AJobThatItsCallerEndedStaysEndedAndItsMoneyBecomesKnown) {
  for (const ResolutionKind kind : kKinds) {
    const LiveJob before = job_;
    const std::vector<LedgerRow> ledger = ledger_;
    BeHeldAndCancelled();
    const Decision decision = Happen(DecideTo(kind));
    EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
    EXPECT_EQ(job_.state.attempts.size(), 1u);
    ExpectAudit(attempt(), kind);
    if (kind == ResolutionKind::kAdopted) {
      EXPECT_EQ(attempt().settlement, Settlement::kPending);
      EXPECT_TRUE(Wants<Poll>(decision));
      EXPECT_FALSE(Wants<Forget>(decision));
      Happen(PollEnded{Videos(1), 200, {Money::FromNanos(700'000'000), ""}, true});
      EXPECT_EQ(attempt().settled, Money::FromNanos(700'000'000));
    } else {
      EXPECT_TRUE(Wants<Forget>(decision));
      EXPECT_EQ(attempt().settled, kind == ResolutionKind::kNotCreated ? Money() : kPrice);
    }
    EXPECT_EQ(attempt().settlement, Settlement::kSettled);
    EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
    EXPECT_TRUE(job_.state.outputs.empty());
    ExpectLedgerBalances();
    job_ = before;
    ledger_ = ledger;
  }
}

TEST_F(DecisionTest, WhatIsNotHeldIsNotDecided) {
  const LiveJob fresh = job_;
  const std::pair<AttemptPhase, JobPhase> states[] = {
      {AttemptPhase::kPlanned, JobPhase::kQueued},  {AttemptPhase::kIntent, JobPhase::kRunning},
      {AttemptPhase::kAcked, JobPhase::kRunning},   {AttemptPhase::kRefused, JobPhase::kFailed},
      {AttemptPhase::kUnknown, JobPhase::kRunning}, {AttemptPhase::kSucceeded, JobPhase::kSucceeded},
      {AttemptPhase::kFailed, JobPhase::kFailed},   {AttemptPhase::kCancelled, JobPhase::kCancelled},
      {AttemptPhase::kAcked, JobPhase::kCancelled}};
  for (const auto& [phase, job_phase] : states) {
    for (const ResolutionKind kind : kKinds) {
      job_ = fresh;
      Be(phase, job_phase);
      const Decision decision = Step(job_, DecideTo(kind), facts_);
      EXPECT_FALSE(decision.changed) << static_cast<int>(phase) << " " << static_cast<int>(kind);
      EXPECT_EQ(decision.state, job_.state);
      EXPECT_TRUE(decision.effects.empty());
      EXPECT_TRUE(decision.ledger.empty());
    }
  }
}

TEST_F(DecisionTest, ADecisionIsCarriedOutOnce) {
  for (const ResolutionKind kind : kKinds) {
    for (const ResolutionKind second : kKinds) {
      const LiveJob before = job_;
      const std::vector<LedgerRow> ledger = ledger_;
      BeHeld();
      Happen(DecideTo(kind));
      EXPECT_FALSE(Happen(DecideTo(second)).changed);
      job_ = before;
      ledger_ = ledger;
    }
  }
}

TEST_F(DecisionTest, ADecisionAboutAnotherAttemptChangesNothing) {
  BeHeld();
  for (const ResolutionKind kind : kKinds) {
    EXPECT_FALSE(Happen(DecideTo(kind, "another")).changed);
  }
}

TEST_F(DecisionTest, AHeldJobThatIsTakenOverIsForgottenUntilSomeoneDecides) {
  BeHeld();
  const Decision decision = Happen(Resumed{});
  EXPECT_FALSE(decision.changed);
  EXPECT_TRUE(Wants<Forget>(decision));
}

// --- Commands as events ---

TEST(WishesTest, ACommandIsAnEventThatNamesIt) {
  const Command cancel{7, CommandKind::kCancel, kStart};
  Command adopt{8, CommandKind::kResolve, kStart};
  adopt.decision = AttemptDecision{"first", ResolutionKind::kAdopted, "theirs", ""};
  Command abandon{9, CommandKind::kResolve, kStart};
  abandon.decision = AttemptDecision{"first", ResolutionKind::kAbandoned, "", ""};
  std::vector<JobEvent> events = {WishOf(cancel), WishOf(adopt), Resumed{}};
  EXPECT_TRUE(IsWish(events[0]) && IsWish(events[1]) && !IsWish(events[2]));
  EXPECT_EQ(CommandOf(events[0]), 7);
  EXPECT_EQ(CommandOf(events[1]), 8);
  EXPECT_EQ(CommandOf(events[2]), 0);
  EXPECT_TRUE(IsQueued(events, 7) && IsQueued(events, 8) && !IsQueued(events, 9));
  EXPECT_EQ(std::get<CancelAsked>(events[0]).time, kStart);
  EXPECT_EQ(std::get<Decided>(events[1]).decision, *adopt.decision);
  EXPECT_TRUE(IsUncheckedAdoption(events[1]));
  std::get<Decided>(events[1]).looked_up = true;
  EXPECT_TRUE(IsAdoption(events[1]) && !IsUncheckedAdoption(events[1]));
  EXPECT_FALSE(IsAdoption(WishOf(abandon)));
}

}  // namespace
}  // namespace zoetrope::testing
