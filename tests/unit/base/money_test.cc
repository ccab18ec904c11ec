#include "server/base/money.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Money Nanos(std::int64_t nanos) { return Money::FromNanos(nanos); }

struct ParseCase {
  const char* text;
  std::optional<std::int64_t> nanos;  // nullopt: OUT_OF_RANGE
};

TEST(ParseMoney, ReadsDecimalTextsExactlyAndRoundsUp) {
  const ParseCase cases[] = {
      {"0", 0},
      {"-0", 0},
      {"0.8", 800'000'000},
      {"0.80", 800'000'000},
      {"1.20", 1'200'000'000},
      {"-3", -3'000'000'000},
      {"8e-1", 800'000'000},
      {"8E-1", 800'000'000},
      {"8e+1", 80'000'000'000},
      {"8e0001", 80'000'000'000},
      {"0.000000001", 1},
      // Up, whatever is dropped, and whichever side of zero.
      {"0.0000000001", 1},
      {"0.0000000019", 2},
      {"-0.0000000019", -1},
      {"-0.0000000001", 0},
      {"1e-10", 1},
      {"1e-999", 1},
      {"-1e-999", 0},
      {"0e999", 0},
      // What printers of binary fractions write.
      {"0.1000000000000000055511151231257827021181583404541015625", 100'000'001},
      {"0.30000000000000004", 300'000'001},
      {"0.40000000000000000000000000000000000000000000000000000000000", 400'000'000},
      {"0.00000000000000000000000000000000000000000000000000000000001", 1},
      // The ends of the range.
      {"9223372036.854775807", kMax},
      {"9223372036.8547758061", kMax},
      {"9223372036.8547758071", std::nullopt},
      {"9223372036.854775808", std::nullopt},
      {"-9223372036.854775808", kMin},
      {"-9223372036.8547758089", kMin},
      {"-9223372036.854775809", std::nullopt},
      {"9223372037", std::nullopt},
      {"1e10", std::nullopt},
      {"1e30", std::nullopt},
      {"1e31", std::nullopt},
      {"1e999", std::nullopt},
      {"-1e999", std::nullopt},
      {"123456789012345678901234567890123456789012345678901234567890", std::nullopt},
  };
  for (const ParseCase& c : cases) {
    const absl::StatusOr<Money> money = ParseMoney(c.text);
    if (c.nanos) {
      ASSERT_TRUE(money.ok()) << c.text << " " << money.status();
      EXPECT_EQ(money->nanos(), *c.nanos) << c.text;
    } else {
      EXPECT_EQ(money.status().code(), absl::StatusCode::kOutOfRange) << c.text;
    }
  }
}

TEST(ParseMoney, ToTheNearestForAmountsOfOthers) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"1.2000000000000002", 1'200'000'000},
      {"0.8999999999999999", 900'000'000},
      {"0.1", 100'000'000},
      {"0.0000000004", 0},
      {"0.0000000005", 1},
      {"0.00000000049999999999999", 0},
      {"1e-10", 0},
      {"6e-10", 1},
      {"1e-40", 0},
      {"9e-40", 0},
      {"-0.8999999999999999", -900'000'000},
      {"-0.0000000004", 0},
      {"3", 3'000'000'000},
      {"0", 0},
  };
  for (const auto& [text, nanos] : cases) {
    const absl::StatusOr<Money> money = ParseMoneyToNearest(text);
    ASSERT_TRUE(money.ok()) << text;
    EXPECT_EQ(money->nanos(), nanos) << text;
  }
  for (const char* text : {"", "x", "1e30", "1,2"}) EXPECT_FALSE(ParseMoneyToNearest(text).ok()) << text;
}

TEST(ParseMoney, RefusesWhatIsNoJsonNumber) {
  for (const std::string& text :
       {std::string(""),      std::string("-"),        std::string("+1"),     std::string(".5"),
        std::string("1."),    std::string("01"),       std::string("-01"),    std::string("1e"),
        std::string("1e+"),   std::string("1e1.5"),    std::string("1e1000"), std::string("0x1"),
        std::string("1,5"),   std::string("1 "),       std::string(" 1"),     std::string("1\n"),
        std::string("NaN"),   std::string("Infinity"), std::string("inf"),    std::string("$1"),
        std::string("1 USD"), std::string("--1"),      std::string("1.2.3"),  std::string("1e1e1"),
        std::string("١"),     std::string("1\0", 2),   std::string(65, '0'),  std::string(65, '1')}) {
    EXPECT_EQ(ParseMoney(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(AddAndSubtract, AreExactAndSayWhenTheyDoNotFit) {
  EXPECT_EQ(*Add(Nanos(1), Nanos(2)), Nanos(3));
  EXPECT_EQ(*Add(Nanos(kMax), Nanos(kMin)), Nanos(-1));
  EXPECT_EQ(*Subtract(Nanos(1), Nanos(2)), Nanos(-1));
  EXPECT_EQ(*Subtract(Nanos(kMax), Nanos(kMax)), Nanos(0));
  EXPECT_EQ(Add(Nanos(kMax), Nanos(1)).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Add(Nanos(kMin), Nanos(-1)).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Subtract(Nanos(kMin), Nanos(1)).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Subtract(Nanos(0), Nanos(kMin)).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(Scale, RoundsUp) {
  struct Case {
    std::int64_t nanos, numerator, denominator;
    std::optional<std::int64_t> expected;
  };
  const Case cases[] = {
      {100'000'000, 8000, 1000, 800'000'000},
      {1, 1, 2, 1},
      {1, 0, 2, 0},
      {3, 1, 2, 2},
      {-3, 1, 2, -1},
      {-1, 1, 2, 0},
      {4, 1, 2, 2},
      {kMax, 1, 1, kMax},
      {kMin, 1, 1, kMin},
      {kMax, 2, 2, kMax},
      {kMax, kMax, kMax, kMax},
      {1, kMax, 1, kMax},
      {1, 1, kMax, 1},
      {kMax, 2, 1, {}},
      {kMin, 2, 1, {}},
      {2, kMax, 1, {}},
      {0, kMax, 1, 0},
  };
  for (const Case& c : cases) {
    const absl::StatusOr<Money> scaled = Scale(Nanos(c.nanos), c.numerator, c.denominator);
    ASSERT_EQ(scaled.ok(), c.expected.has_value()) << c.nanos << " " << c.numerator << " " << c.denominator;
    if (scaled.ok()) {
      EXPECT_EQ(scaled->nanos(), *c.expected) << c.nanos << " " << c.numerator << " " << c.denominator;
    } else {
      EXPECT_EQ(scaled.status().code(), absl::StatusCode::kOutOfRange);
    }
  }
  EXPECT_EQ(Scale(Nanos(1), 1, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Scale(Nanos(1), 1, -1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Scale(Nanos(1), -1, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ScaleByDecimal, RoundsUp) {
  struct Case {
    std::int64_t nanos;
    const char* units;
    std::int64_t expected;
  };
  const Case cases[] = {
      {100'000'000, "8", 800'000'000},
      {100'000'000, "8.0", 800'000'000},
      {100'000'000, "0.5", 50'000'000},
      {1, "0.5", 1},
      {1, "0", 0},
      {0, "123.4", 0},
      {0, "1e-999", 0},
      {3, "1.5", 5},
      {kMax, "1", kMax},
      {1, "9223372036854775807", kMax},
      {100'000'000, "8.000000000000001776", 800'000'001},
      {100'000'000, "8.00000000000000000000000000000000000000000000001", 800'000'001},
      {2'400, "108000.0000", 259'200'000},
  };
  for (const Case& c : cases) {
    const absl::StatusOr<Money> scaled = ScaleByDecimal(Nanos(c.nanos), c.units);
    ASSERT_TRUE(scaled.ok()) << c.units << " " << scaled.status();
    EXPECT_EQ(scaled->nanos(), c.expected) << c.nanos << " × " << c.units;
  }
  EXPECT_EQ(ScaleByDecimal(Nanos(kMax), "1.1").status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ScaleByDecimal(Nanos(1), "1e30").status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ScaleByDecimal(Nanos(1), "-1").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ScaleByDecimal(Nanos(-1), "1").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ScaleByDecimal(Nanos(1), "eight").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FormatMoney, ShowsAtLeastTwoDecimalsAndNoMoreThanNeeded) {
  EXPECT_EQ(FormatMoney(Nanos(0)), "0.00");
  EXPECT_EQ(FormatMoney(Nanos(800'000'000)), "0.80");
  EXPECT_EQ(FormatMoney(Nanos(1'000'000'000)), "1.00");
  EXPECT_EQ(FormatMoney(Nanos(52'000'000)), "0.052");
  EXPECT_EQ(FormatMoney(Nanos(1)), "0.000000001");
  EXPECT_EQ(FormatMoney(Nanos(-1)), "-0.000000001");
  EXPECT_EQ(FormatMoney(Nanos(-1'500'000'000)), "-1.50");
  EXPECT_EQ(FormatMoney(Nanos(kMax)), "9223372036.854775807");
  EXPECT_EQ(FormatMoney(Nanos(kMin)), "-9223372036.854775808");
}

TEST(FormatMoney, ReadsBackAsItWas) {
  testing::SeededRandom random(3);
  for (int i = 0; i < 10'000; ++i) {
    const Money money = Nanos(static_cast<std::int64_t>(random.Next()) >> random.Below(64));
    const absl::StatusOr<Money> back = ParseMoney(FormatMoney(money));
    ASSERT_TRUE(back.ok()) << FormatMoney(money);
    EXPECT_EQ(*back, money);
  }
}

// Against the same in 128 bits.
TEST(Scale, IsTheLeastAmountThatIsNotBelow) {
  testing::SeededRandom random(4);
  for (int i = 0; i < 10'000; ++i) {
    const auto nanos = static_cast<std::int64_t>(random.Next()) >> random.Below(64);
    const auto numerator = static_cast<std::int64_t>(random.Next() >> (1 + random.Below(63)));
    const auto denominator = static_cast<std::int64_t>(random.Next() >> (1 + random.Below(63))) | 1;
    const absl::StatusOr<Money> scaled = Scale(Nanos(nanos), numerator, denominator);
    if (!scaled.ok()) continue;
    const Wide exact = Wide{nanos} * numerator;
    EXPECT_TRUE(Wide{scaled->nanos()} * denominator >= exact);
    EXPECT_TRUE((Wide{scaled->nanos()} - 1) * denominator < exact);
  }
}

TEST(Money, ComparesByAmount) {
  EXPECT_LT(Nanos(-1), Nanos(0));
  EXPECT_LT(Nanos(1), Nanos(2));
  EXPECT_EQ(Money(), Nanos(0));
  EXPECT_TRUE(Money().is_zero());
  EXPECT_FALSE(Nanos(1).is_zero());
}

}  // namespace
}  // namespace zoetrope
