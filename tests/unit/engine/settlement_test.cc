// What the machine's steps, which reach each state once, cannot show of settling.
#include "server/engine/settlement.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/base/limits.h"

namespace zoetrope {
namespace {

TEST(SettlementTest, AnAttemptIsSettledOnce) {
  constexpr Money kPrice = Money::FromNanos(800'000'000);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  Attempt attempt;
  attempt.id = "first";
  std::vector<LedgerRow> rows;
  Reserve(attempt, kPrice, now, rows);
  SettleAtNothing(attempt, now, rows);
  const std::size_t all = rows.size();
  SettleAsReported(attempt, {kPrice, ""}, kPrice, now, rows);
  SettleAtReservation(attempt, now, rows);
  SettleAtNothing(attempt, now, rows);
  EXPECT_EQ(rows.size(), all);
  EXPECT_EQ(attempt.settled, Money());
  EXPECT_EQ(attempt.cost_source, CostSource::kBillingRule);
}

TEST(SettlementTest, AChargeThatNobodyCanBelieveIsNone) {
  constexpr Money kPrice = Money::FromNanos(800'000'000);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  for (const std::int64_t nanos : {std::int64_t{-1}, limits::kChargeNanos + 1}) {
    Attempt attempt;
    std::vector<LedgerRow> rows;
    Reserve(attempt, kPrice, now, rows);
    SettleAsReported(attempt, {Money::FromNanos(nanos), ""}, kPrice, now, rows);
    EXPECT_EQ(attempt.settled, kPrice) << nanos;
    EXPECT_EQ(attempt.cost_source, CostSource::kCatalogue);
    EXPECT_FALSE(attempt.reported.has_value());
  }
}

TEST(SettlementTest, WhatNobodyHasConfirmedIsWrittenOff) {
  constexpr Money kPrice = Money::FromNanos(800'000'000);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  Attempt attempt;
  attempt.id = "first";
  attempt.provider = "fal";
  std::vector<LedgerRow> rows;
  Reserve(attempt, kPrice, now, rows);
  SettleAsAssumed(attempt, now, rows);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1],
            (LedgerRow{"first", LedgerKind::kWriteOff, kPrice, CostSource::kReservation, now, "fal"}));
  EXPECT_EQ(rows[2], (LedgerRow{"first", LedgerKind::kRelease, kPrice, CostSource::kUnknown, now, "fal"}));
  EXPECT_EQ(attempt.settled, kPrice);
}

// A quote promised 0.80, and the catalogue says 1.20 by now.
class PromisedTest : public ::testing::Test {
 protected:
  PromisedTest() {
    Reserve(attempt_, kPromised, now_, rows_);
    attempt_.listed = kListed;
  }
  Money Booked(LedgerKind kind) const {
    Money sum;
    for (const LedgerRow& row : rows_) {
      if (row.kind == kind) sum = *Add(sum, row.amount);
    }
    return sum;
  }

  static constexpr Money kPromised = Money::FromNanos(800'000'000);
  static constexpr Money kListed = Money::FromNanos(1'200'000'000);
  static constexpr Money kMore = Money::FromNanos(400'000'000);
  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Attempt attempt_;
  std::vector<LedgerRow> rows_;
};

TEST_F(PromisedTest, WhatTheCatalogueSaysAboveThePromiseIsTheOperators) {
  SettleAsReported(attempt_, {}, ListPriceOf(attempt_), now_, rows_);
  EXPECT_EQ(attempt_.computed, kListed);
  EXPECT_EQ(attempt_.settled, kListed);
  EXPECT_EQ(attempt_.overrun, kMore);
  EXPECT_EQ(Booked(LedgerKind::kSettle), kListed);
  EXPECT_EQ(Booked(LedgerKind::kRelease), kPromised);
  EXPECT_EQ(Booked(LedgerKind::kOverrun), kMore);
}

TEST_F(PromisedTest, SoItIsWhereNobodyCanTell) {
  SettleAtReservation(attempt_, now_, rows_);
  EXPECT_EQ(attempt_.settled, kListed);
  EXPECT_EQ(attempt_.overrun, kMore);
  EXPECT_EQ(attempt_.cost_source, CostSource::kReservation) << "nobody has seen it";
}

TEST_F(PromisedTest, WhatNobodySaysIsChargedPassesNoPromise) {
  SettleUnconfirmed(attempt_, ListPriceOf(attempt_), now_, rows_);
  EXPECT_EQ(attempt_.settled, kPromised);
  EXPECT_EQ(attempt_.computed, kListed);
  EXPECT_EQ(attempt_.overrun, Money());
  EXPECT_EQ(attempt_.cost_source, CostSource::kReservation);
  EXPECT_EQ(Booked(LedgerKind::kSettle), kPromised);
  EXPECT_EQ(Booked(LedgerKind::kRelease), kPromised);
}

TEST_F(PromisedTest, AndWhereItIsWrittenOff) {
  SettleAsAssumed(attempt_, now_, rows_);
  EXPECT_EQ(Booked(LedgerKind::kWriteOff), kListed);
  EXPECT_EQ(attempt_.overrun, kMore);
}

TEST_F(PromisedTest, ACheaperCatalogueChargesLess) {
  attempt_.listed = Money::FromNanos(500'000'000);
  SettleAsReported(attempt_, {}, ListPriceOf(attempt_), now_, rows_);
  EXPECT_EQ(attempt_.settled, Money::FromNanos(500'000'000));
  EXPECT_EQ(attempt_.overrun, Money());
}

TEST_F(PromisedTest, AndTheWorstCaseIsStillWhatWasSetAside) {
  attempt_.listed = Money::FromNanos(500'000'000);
  SettleAtReservation(attempt_, now_, rows_);
  EXPECT_EQ(attempt_.settled, kPromised);
  EXPECT_EQ(attempt_.cost_source, CostSource::kReservation);
}

struct CorrectionCase {
  const char* what;
  std::int64_t settled;
  std::int64_t overrun;
  std::int64_t charged;
  std::vector<std::pair<LedgerKind, std::int64_t>> rows;
  std::int64_t overrun_after;
};

TEST(CorrectionTest, ACallersFinalAmountOnlyGoesDown) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  for (const CorrectionCase& c :
       {CorrectionCase{
            "more is the operator's", 10, 0, 13, {{LedgerKind::kAdjust, 3}, {LedgerKind::kOverrun, 3}}, 3},
        CorrectionCase{"and more of it", 10, 2, 13, {{LedgerKind::kAdjust, 3}, {LedgerKind::kOverrun, 3}}, 5},
        CorrectionCase{"less is given back", 10, 0, 7, {{LedgerKind::kRefund, 3}}, 0},
        CorrectionCase{
            "to the operator first", 10, 2, 7, {{LedgerKind::kRefund, 3}, {LedgerKind::kOverrun, -2}}, 0},
        CorrectionCase{"to it alone", 10, 5, 7, {{LedgerKind::kRefund, 3}, {LedgerKind::kOverrun, -3}}, 2},
        CorrectionCase{"all of it", 10, 0, 0, {{LedgerKind::kRefund, 10}}, 0},
        CorrectionCase{"the same again", 10, 2, 10, {}, 2}}) {
    Attempt attempt;
    attempt.id = "first";
    attempt.settlement = Settlement::kSettled;
    attempt.settled = Money::FromNanos(c.settled);
    attempt.overrun = Money::FromNanos(c.overrun);
    std::vector<LedgerRow> rows;
    Correct(attempt, Money::FromNanos(c.charged), now, rows);
    std::vector<std::pair<LedgerKind, std::int64_t>> booked;
    std::int64_t charged = 0;
    for (const LedgerRow& row : rows) {
      booked.emplace_back(row.kind, row.amount.nanos());
      charged += EffectOf(row.kind).charged * row.amount.nanos();
    }
    EXPECT_EQ(booked, c.rows) << c.what;
    EXPECT_EQ(attempt.settled, Money::FromNanos(c.charged)) << c.what;
    EXPECT_EQ(attempt.overrun, Money::FromNanos(c.overrun_after)) << c.what;
    EXPECT_LE(charged, 0) << c.what << ": the caller pays more than it was told";
    EXPECT_EQ(c.settled - c.overrun + charged, c.charged - c.overrun_after) << c.what;
  }
}

TEST(CorrectionTest, WhatIsNotSettledIsNotCorrected) {
  Attempt attempt;
  std::vector<LedgerRow> rows;
  Correct(attempt, Money::FromNanos(5), absl::UnixEpoch(), rows);
  EXPECT_TRUE(rows.empty());
  EXPECT_FALSE(attempt.settled.has_value());
}

}  // namespace
}  // namespace zoetrope
