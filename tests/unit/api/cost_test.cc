#include "server/api/cost.h"

#include <gtest/gtest.h>

#include <limits>

namespace zoetrope {
namespace {

Money Dollars(std::int64_t units) { return Money::FromNanos(units * 1'000'000'000); }

Attempt Of(Settlement settlement, Money reserved = Money()) {
  Attempt attempt;
  attempt.settlement = settlement;
  attempt.reserved = reserved;
  return attempt;
}

v1::Cost Shown(const JobState& state) {
  v1::Cost cost;
  CostOf(state, &cost);
  return cost;
}

JobState With(JobPhase phase, std::vector<Attempt> attempts) {
  JobState state;
  state.phase = phase;
  state.attempts = std::move(attempts);
  return state;
}

TEST(CostTest, SettlementOfTheWholeJob) {
  const struct {
    JobPhase phase;
    std::vector<Attempt> attempts;
    Settlement expected;
  } cases[] = {
      {JobPhase::kQueued, {Of(Settlement::kReserved)}, Settlement::kReserved},
      {JobPhase::kHeld, {Of(Settlement::kReserved)}, Settlement::kReserved},
      {JobPhase::kCancelled, {Of(Settlement::kReserved)}, Settlement::kPending},
      {JobPhase::kCancelled, {Of(Settlement::kPending)}, Settlement::kPending},
      {JobPhase::kSucceeded, {Of(Settlement::kSettled)}, Settlement::kSettled},
      {JobPhase::kSucceeded, {Of(Settlement::kNone), Of(Settlement::kSettled)}, Settlement::kSettled},
      {JobPhase::kSucceeded, {Of(Settlement::kPending), Of(Settlement::kSettled)}, Settlement::kPending},
      {JobPhase::kRunning, {Of(Settlement::kSettled), Of(Settlement::kReserved)}, Settlement::kReserved},
      {JobPhase::kFailed, {Of(Settlement::kNone)}, Settlement::kNone},
      {JobPhase::kFailed, {}, Settlement::kNone},
  };
  for (const auto& test : cases) EXPECT_EQ(SettlementOf(With(test.phase, test.attempts)), test.expected);
}

TEST(CostTest, SumsOverAttemptsAndKeepsWhatIsUnknownUnset) {
  Attempt refused = Of(Settlement::kSettled);
  refused.quoted = Dollars(1);
  refused.settled = Money();
  refused.cost_source = CostSource::kBillingRule;
  Attempt running = Of(Settlement::kReserved, Dollars(2));
  running.quoted = Dollars(2);
  const v1::Cost cost = Shown(With(JobPhase::kRunning, {refused, running}));
  EXPECT_EQ(cost.settlement(), v1::SETTLEMENT_STATE_RESERVED);
  EXPECT_EQ(cost.quoted().units(), 1);  // what was promised at acceptance
  EXPECT_EQ(cost.reserved().units(), 2);
  EXPECT_EQ(cost.settled().units(), 0);
  EXPECT_TRUE(cost.has_settled());
  EXPECT_FALSE(cost.has_reported());
  EXPECT_FALSE(cost.has_computed());
  EXPECT_FALSE(cost.has_variance());
  ASSERT_EQ(cost.attempts_size(), 2);
  EXPECT_TRUE(cost.attempts(0).has_settled());
  EXPECT_EQ(cost.attempts(0).source(), v1::COST_SOURCE_BILLING_RULE);
  EXPECT_FALSE(cost.attempts(1).has_settled());
}

TEST(CostTest, ReportedAndComputedAreSums) {
  Attempt first = Of(Settlement::kSettled);
  first.reported = Dollars(1);
  first.computed = Dollars(2);
  first.settled = Dollars(1);
  first.billable_units = "4.5";
  Attempt second = first;
  second.reported = std::nullopt;
  const v1::Cost cost = Shown(With(JobPhase::kSucceeded, {first, second}));
  EXPECT_EQ(cost.reported().units(), 1);
  EXPECT_EQ(cost.computed().units(), 4);
  EXPECT_EQ(cost.settled().units(), 2);
  EXPECT_EQ(cost.attempts(0).billable_units(), "4.5");
}

TEST(CostTest, VarianceIsWhatTheChargeIsAboveThePrice) {
  Attempt dearer = Of(Settlement::kSettled);
  dearer.quoted = Dollars(1);
  dearer.listed = dearer.computed = Dollars(2);
  dearer.settled = Dollars(5);
  Attempt cheaper = Of(Settlement::kSettled);
  cheaper.computed = Dollars(2);
  cheaper.settled = Dollars(1);
  Attempt open = Of(Settlement::kReserved);
  const v1::Cost cost = Shown(With(JobPhase::kSucceeded, {dearer, cheaper, open}));
  EXPECT_EQ(cost.attempts(0).variance().units(), 3);
  EXPECT_EQ(cost.attempts(0).listed().units(), 2);
  EXPECT_EQ(cost.attempts(1).variance().units(), -1);
  EXPECT_FALSE(cost.attempts(1).has_listed());
  EXPECT_FALSE(cost.attempts(2).has_variance());
  EXPECT_EQ(cost.variance().units(), 2);
}

TEST(CostTest, WithoutAPriceNothingWasPromised) {
  EXPECT_FALSE(Shown(With(JobPhase::kQueued, {Of(Settlement::kReserved)})).has_quoted());
}

TEST(CostTest, ASumThatDoesNotFitIsTheLargestAmount) {
  const Money most = Money::FromNanos(std::numeric_limits<std::int64_t>::max());
  const v1::Cost cost =
      Shown(With(JobPhase::kRunning, {Of(Settlement::kReserved, most), Of(Settlement::kReserved, most)}));
  EXPECT_EQ(cost.reserved().units(), most.nanos() / 1'000'000'000);
}

}  // namespace
}  // namespace zoetrope
