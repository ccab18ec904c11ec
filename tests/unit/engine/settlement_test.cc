// What the machine's steps, which reach each state once, cannot show of settling.
#include "server/engine/settlement.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

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

}  // namespace
}  // namespace zoetrope
