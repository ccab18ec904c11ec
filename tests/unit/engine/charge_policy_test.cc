#include "server/engine/charge_policy.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

const absl::Time kEnd = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kPatience = absl::Minutes(10);

TEST(ChargePolicyTest, TheFirstLookIsAtOnceHoweverLate) {
  EXPECT_EQ(NextChargeLook({kEnd, kEnd}, kPatience, kEnd, 0.5), kEnd);
  const absl::Time late = kEnd + absl::Hours(48);
  EXPECT_EQ(NextChargeLook({kEnd, kEnd}, kPatience, late, 0.5), late);
}

TEST(ChargePolicyTest, PausesDoubleUpToAMinute) {
  for (const auto& [looks, seconds] : {std::pair(1, 1), {2, 2}, {3, 4}, {6, 32}, {7, 60}, {100, 60}}) {
    EXPECT_EQ(NextChargeLook({kEnd, kEnd, looks}, kPatience, kEnd, 0), kEnd + absl::Seconds(seconds))
        << looks;
    const auto spread = NextChargeLook({kEnd, kEnd, looks}, kPatience, kEnd, 0.999);
    ASSERT_TRUE(spread.has_value());
    EXPECT_GT(*spread, kEnd + absl::Seconds(seconds)) << looks;
    EXPECT_LT(*spread, kEnd + absl::Seconds(seconds) * 1.21) << looks;
  }
}

TEST(ChargePolicyTest, TheLastLookIsAtTheEndOfTheTime) {
  const absl::Time over = kEnd + kPatience;
  EXPECT_EQ(NextChargeLook({kEnd, kEnd, 20}, kPatience, over - absl::Seconds(3), 0.5), over);
  EXPECT_EQ(NextChargeLook({kEnd, kEnd, 20}, kPatience, over, 0.5), std::nullopt);
  EXPECT_EQ(NextChargeLook({kEnd, kEnd, 1}, kPatience, over + absl::Hours(1), 0.5), std::nullopt);
}

TEST(ChargePolicyTest, BooksThatDoNotAnswerAreGivenLonger) {
  const absl::Time over = kEnd + kPatience;
  EXPECT_TRUE(NextChargeLook({kEnd, kEnd, 20, false}, kPatience, over, 0.5).has_value());
  EXPECT_EQ(NextChargeLook({kEnd, kEnd, 20, false}, kPatience, kEnd + 6 * kPatience, 0.5), std::nullopt);
}

TEST(ChargePolicyTest, EachProcessGivesSilentBooksTheirTime) {
  const absl::Time restart = kEnd + absl::Hours(48);
  const ChargeProgress silent{kEnd, restart, 1, false};
  EXPECT_TRUE(NextChargeLook(silent, kPatience, restart, 0.5).has_value());
  EXPECT_EQ(NextChargeLook(silent, kPatience, restart + kPatience, 0.5), std::nullopt);
  const ChargeProgress answered{kEnd, restart, 1, true};
  EXPECT_EQ(NextChargeLook(answered, kPatience, restart, 0.5), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
