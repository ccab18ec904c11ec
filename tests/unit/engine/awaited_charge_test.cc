// Rows of the state table for providers whose books, and not whose answers, tell what was charged.
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr Money kCharge = Money::FromNanos(390'000'000);

class AwaitedChargeTest : public MachineTest {
 protected:
  AwaitedChargeTest() {
    capabilities_.tells_charge_later = true;
    Be(AttemptPhase::kAcked, JobPhase::kRunning);
  }

  static PollEnded Made(Report report = {}) {
    Succeeded done;
    done.outputs.push_back({});
    return {done, 200, std::move(report)};
  }
  static PollEnded Unusable() {
    Failed failed;
    failed.failure = {FailureReason::kResultInvalid, "no video in it", "", ""};
    return {failed, 200, {}};
  }
  static PollEnded Cancelled(bool queued) {
    PollEnded ended{CancelledThere{}, 200, {}};
    ended.queued = queued;
    return ended;
  }
  static ChargeLearnt Told() { return {Report{kCharge, ""}}; }
};

TEST_F(AwaitedChargeTest, TheVideoIsThereBeforeItsPrice) {
  const Decision made = Happen(Made());
  EXPECT_TRUE(Wants<AskCharge>(made));
  EXPECT_TRUE(Wants<LeaveLane>(made));
  EXPECT_FALSE(Wants<Forget>(made));
  EXPECT_EQ(job_.state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(attempt().phase, AttemptPhase::kSucceeded);
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  EXPECT_EQ(attempt().reserved, kPrice) << "stands until the charge is known";
  EXPECT_EQ(attempt().computed, kPrice);
  EXPECT_TRUE(made.ledger.empty());
  ExpectLedgerBalances();

  const Decision told = Happen(Told());
  EXPECT_TRUE(Wants<Forget>(told));
  EXPECT_EQ(attempt().settlement, Settlement::kSettled);
  EXPECT_EQ(attempt().settled, kCharge);
  EXPECT_EQ(attempt().reported, kCharge);
  EXPECT_EQ(attempt().computed, kPrice) << "so that the difference can be seen";
  EXPECT_EQ(attempt().cost_source, CostSource::kProvider);
  EXPECT_TRUE(attempt().reserved.is_zero());
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, BooksThatSaySomethingElseAreShownAsOverrun) {
  Happen(Made());
  Happen(ChargeLearnt{Report{Money::FromNanos(900'000'000), ""}});
  EXPECT_EQ(attempt().settled, Money::FromNanos(900'000'000));
  EXPECT_EQ(ledger_.back().kind, LedgerKind::kOverrun);
  EXPECT_EQ(ledger_.back().amount, Money::FromNanos(100'000'000));
  ExpectLedgerBalances();
}

// The books were asked, and have nothing: no page says that there had to be something.
TEST_F(AwaitedChargeTest, WithoutAWordAnEndThatNobodySaysIsChargedIsAnAssumption) {
  capabilities_.bills_cancelled_running = std::nullopt;
  const LiveJob fresh = job_;
  const std::vector<LedgerRow> rows = ledger_;
  for (const std::optional<bool> stated : {std::optional<bool>(), std::optional<bool>(true)}) {
    job_ = fresh;
    ledger_ = rows;
    capabilities_.bills_cancelled_running = stated;
    Happen(CancelAsked{facts_.now});
    Happen(Cancelled(/*queued=*/false));
    ASSERT_EQ(attempt().settlement, Settlement::kPending);
    Happen(ChargeLearnt{});
    EXPECT_EQ(attempt().settled, kPrice);
    EXPECT_EQ(attempt().cost_source, stated ? CostSource::kCatalogue : CostSource::kReservation);
    ExpectLedgerBalances();
  }
  job_ = fresh;
  ledger_ = rows;
  capabilities_.bills_cancelled_running = std::nullopt;
  Happen(CancelAsked{facts_.now});
  Happen(Cancelled(/*queued=*/false));
  Happen(Told());
  EXPECT_EQ(attempt().settled, kCharge) << "the books have it";
  EXPECT_EQ(attempt().cost_source, CostSource::kProvider);
}

TEST_F(AwaitedChargeTest, WithoutAWordTheCatalogueCounts) {
  Happen(Made());
  Happen(ChargeLearnt{});
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_EQ(attempt().reported, std::nullopt);
  EXPECT_EQ(attempt().cost_source, CostSource::kCatalogue);
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, WithoutAWordAndAPriceTheReservationCounts) {
  attempt().quoted.reset();
  Happen(Made());
  EXPECT_EQ(attempt().computed, std::nullopt);
  Happen(ChargeLearnt{});
  EXPECT_EQ(attempt().settled, kPrice) << "what was set aside";
  EXPECT_EQ(attempt().cost_source, CostSource::kReservation);
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, IsSettledOnce) {
  Happen(Made());
  Happen(Told());
  EXPECT_FALSE(Happen(Told()).changed);
  EXPECT_FALSE(Happen(ChargeLearnt{}).changed);
}

TEST_F(AwaitedChargeTest, AnAnswerThatTellsTheChargeIsNotAskedAfter) {
  const Decision made = Happen(Made({kCharge, ""}));
  EXPECT_FALSE(Wants<AskCharge>(made));
  EXPECT_EQ(attempt().settlement, Settlement::kSettled);
  EXPECT_EQ(attempt().settled, kCharge);
}

TEST_F(AwaitedChargeTest, ARestartAsksAgain) {
  Happen(Made());
  const Decision resumed = Happen(Resumed{});
  EXPECT_FALSE(resumed.changed);
  EXPECT_TRUE(Wants<AskCharge>(resumed));
  EXPECT_FALSE(Wants<Forget>(resumed));
}

TEST_F(AwaitedChargeTest, NothingIsAskedBeforeTheEnd) {
  EXPECT_FALSE(Wants<AskCharge>(Happen(Resumed{})));
  EXPECT_FALSE(Happen(Told()).changed);
}

TEST_F(AwaitedChargeTest, ACancelledRunIsAskedAfterIfItIsBilled) {
  Happen(CancelAsked{facts_.now});
  EXPECT_TRUE(Wants<AskCharge>(Happen(Cancelled(/*queued=*/false))));
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  Happen(Told());
  EXPECT_EQ(attempt().settled, kCharge);
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, WhatIsNotBilledIsNotAskedAfter) {
  Happen(CancelAsked{facts_.now});
  EXPECT_FALSE(Wants<AskCharge>(Happen(Cancelled(/*queued=*/true))));
  EXPECT_EQ(attempt().settled, Money());
}

TEST_F(AwaitedChargeTest, AFailureIsSettledBeforeAnotherAttemptIsPlanned) {
  job_.failover = FailoverPolicy::kAfterFailed;
  job_.max_cost = Money::FromNanos(2 * kPrice.nanos());
  EXPECT_FALSE(Wants<AskCharge>(Happen(Unusable())));
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  EXPECT_EQ(job_.state.attempts.front().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, WhereNoneFollowsItIsAskedAfter) {
  EXPECT_TRUE(Wants<AskCharge>(Happen(Unusable())));
  ASSERT_EQ(job_.state.attempts.size(), 1u);
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  Happen(Told());
  EXPECT_EQ(attempt().settled, kCharge);
  ExpectLedgerBalances();
}

// The ceiling has room for another one only if this one was free.
TEST_F(AwaitedChargeTest, NoneFollowsOverTheCeilingWhileTheChargeIsOpen) {
  job_.failover = FailoverPolicy::kAfterFailed;
  job_.max_cost = kPrice;
  EXPECT_TRUE(Wants<AskCharge>(Happen(Unusable())));
  EXPECT_EQ(job_.state.attempts.size(), 1u);
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
}

TEST_F(AwaitedChargeTest, AResultThatIsLostIsAskedAfter) {
  EXPECT_TRUE(Wants<AskCharge>(Happen(PollEnded{NotFoundThere{"gone"}, 404, {}})));
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  Happen(Told());
  EXPECT_EQ(attempt().settled, kCharge);
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, AnEndThatNobodyToldIsAskedAfter) {
  capabilities_.can_cancel = false;
  Happen(CancelAsked{facts_.now});
  EXPECT_TRUE(Wants<AskCharge>(Happen(MoneyGivenUp{})));
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  Happen(ChargeLearnt{});
  EXPECT_EQ(attempt().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(AwaitedChargeTest, AJobThatWasCancelledMeanwhileIsStillAskedAfter) {
  capabilities_.can_cancel = false;
  Happen(CancelAsked{facts_.now});
  EXPECT_EQ(job_.state.phase, JobPhase::kCancelled);
  EXPECT_TRUE(Wants<AskCharge>(Happen(Made())));
  EXPECT_EQ(attempt().phase, AttemptPhase::kSucceeded);
  Happen(Told());
  EXPECT_EQ(attempt().settled, kCharge);
  ExpectLedgerBalances();
}

}  // namespace
}  // namespace zoetrope::testing
