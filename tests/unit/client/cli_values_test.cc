// The values that the program reads from its arguments and shows in its tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <limits>

#include "client/cli/exit_code.h"
#include "client/cli/extra_argument.h"
#include "client/cli/lifecycle.h"
#include "client/cli/money_text.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

v1::Money MakeMoney(int64_t units, int32_t nanos, const std::string& code = "USD") {
  v1::Money money;
  money.set_currency_code(code);
  money.set_units(units);
  money.set_nanos(nanos);
  return money;
}

TEST(MoneyTextTest, PrintsExactly) {
  EXPECT_EQ(FormatMoney(MakeMoney(1, 200'000'000)), "USD 1.20");
  EXPECT_EQ(FormatMoney(MakeMoney(0, 31'500'000)), "USD 0.0315");
  EXPECT_EQ(FormatMoney(MakeMoney(0, 1)), "USD 0.000000001");
  EXPECT_EQ(FormatMoney(MakeMoney(7, 0, "EUR")), "EUR 7.00");
  EXPECT_EQ(FormatMoney(MakeMoney(-1, -500'000'000)), "USD -1.50");
  EXPECT_EQ(FormatMoney(MakeMoney(0, -500'000'000)), "USD -0.50");
  EXPECT_EQ(FormatMoney(MakeMoney(std::numeric_limits<int64_t>::min(), 0)), "USD -9223372036854775808.00");
  EXPECT_EQ(FormatMoney({}), "");
}

TEST(MoneyTextTest, ReadsExactly) {
  const auto reads = [](std::string_view text, int64_t units, int32_t nanos,
                        const std::string& code = "USD") {
    const auto money = ParseMoney(text);
    ASSERT_TRUE(money.ok()) << text << ": " << money.status();
    EXPECT_EQ(money->SerializeAsString(), MakeMoney(units, nanos, code).SerializeAsString()) << text;
  };
  reads("1.20", 1, 200'000'000);
  reads("1", 1, 0);
  reads("0.1", 0, 100'000'000);
  reads("0.000000001", 0, 1);
  reads("USD 1.20", 1, 200'000'000);
  reads("3.5 EUR", 3, 500'000'000, "EUR");
  reads("9223372036854775807.999999999", std::numeric_limits<int64_t>::max(), 999'999'999);
}

TEST(MoneyTextTest, RefusesWhatIsNoAmount) {
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,20", "0.0000000001",
                           "9223372036854775808", "USD", "USD -1", "1.2.3", "0x10", "usd 1", "1 2"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseMoney(text).status())) << text;
  }
}

TEST(ExtraArgumentTest, GuessesTheType) {
  EXPECT_EQ(ParseExtra("a=true")->bool_value(), true);
  EXPECT_TRUE(ParseExtra("a=false")->has_bool_value());
  EXPECT_EQ(ParseExtra("a=12")->integer_value(), 12);
  EXPECT_EQ(ParseExtra("a=-9223372036854775808")->integer_value(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseExtra("a=0.5")->number_value(), 0.5);
  EXPECT_EQ(ParseExtra("a=1e3")->number_value(), 1000);
  EXPECT_EQ(ParseExtra("a=hello world")->string_value(), "hello world");
  EXPECT_EQ(ParseExtra("a=x=y")->string_value(), "x=y");
  for (const char* text : {"", "True", "1.2.3", "-", "e", "nan", "inf", "0x10", "2026-11-20", "+1"}) {
    EXPECT_TRUE(ParseExtra(std::string("a=") + text)->has_string_value()) << text;
  }
}

TEST(ExtraArgumentTest, TakesTheTypeThatIsSaid) {
  EXPECT_EQ(ParseExtra("a:s=12")->string_value(), "12");
  EXPECT_EQ(ParseExtra("a:s=12")->name(), "a");
  EXPECT_EQ(ParseExtra("a:s=true")->string_value(), "true");
  EXPECT_EQ(ParseExtra("a:n=12")->number_value(), 12);
  EXPECT_EQ(ParseExtra("safety.mode=full")->name(), "safety.mode");
}

TEST(ExtraArgumentTest, RefusesWhatFitsNoType) {
  for (const char* text : {"", "a", "=1", "a:i=x", "a:b=1", "a:n=x", "a:x=1", "a=9223372036854775808"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseExtra(text).status())) << text;
  }
}

TEST(TextTest, ReadsLengthsOfTime) {
  EXPECT_EQ(*ParseDuration("8s"), absl::Seconds(8));
  EXPECT_EQ(*ParseDuration("8"), absl::Seconds(8));
  EXPECT_EQ(*ParseDuration("2.5"), absl::Milliseconds(2500));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  for (const char* text : {"", "0", "-8s", "inf", "8 seconds", "."}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseDuration(text).status())) << text;
  }
  EXPECT_EQ(ToProto(absl::Milliseconds(2500)).ShortDebugString(), "seconds: 2 nanos: 500000000");
}

TEST(TextTest, KeepsControlCharactersOffTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\nc"), "a?[31mb c");
  EXPECT_EQ(Printable("Ümläut"), "Ümläut");
}

TEST(TextTest, KnowsUtf8) {
  for (const char* text : {"", "a fox", "Füchse", "狐", "🦊", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const char* text :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe7\x8b"}) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
  }
}

TEST(TextTest, NamesValuesThatAreNewerThanTheProgram) {
  EXPECT_EQ(Name(v1::JOB_STATE_HELD), "HELD");
  EXPECT_EQ(Name(static_cast<v1::JobState>(99)), "99");
}

TEST(ExitCodeTest, EachErrorHasTheCodeThatIsDocumented) {
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), ExitCode::kNotFound);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), ExitCode::kDenied);
  EXPECT_EQ(ExitCodeOf(absl::AlreadyExistsError("")), ExitCode::kDenied);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), ExitCode::kDenied);
  EXPECT_EQ(ExitCodeOf(absl::ResourceExhaustedError("")), ExitCode::kExhausted);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), ExitCode::kTimeout);
  EXPECT_EQ(ExitCodeOf(absl::CancelledError("")), ExitCode::kInterrupted);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), ExitCode::kInternal);
  EXPECT_EQ(ExitCodeOf(v1::JOB_STATE_FAILED), ExitCode::kJobFailed);
  EXPECT_EQ(ExitCodeOf(v1::JOB_STATE_HELD), ExitCode::kOutcomeUnknown);
  EXPECT_EQ(ExitCodeOf(v1::JOB_STATE_CANCELLED), ExitCode::kJobCancelled);
}

TEST(LifecycleTest, AnOfferingLivesNoLongerThanItsModel) {
  const auto life = [](v1::LifecycleState state, const std::string& sunset_date = "") {
    v1::Lifecycle lifecycle;
    lifecycle.set_state(state);
    lifecycle.set_sunset_date(sunset_date);
    return lifecycle;
  };
  const v1::Lifecycle active = life(v1::LIFECYCLE_STATE_ACTIVE);
  const v1::Lifecycle deprecating = life(v1::LIFECYCLE_STATE_DEPRECATING);
  const v1::Lifecycle sooner = life(v1::LIFECYCLE_STATE_DEPRECATING, "2026-12-01");
  const v1::Lifecycle later = life(v1::LIFECYCLE_STATE_DEPRECATING, "2027-01-15");
  const v1::Lifecycle disabled = life(v1::LIFECYCLE_STATE_DISABLED);
  const v1::Lifecycle retired = life(v1::LIFECYCLE_STATE_RETIRED, "2026-09-24");
  const v1::Lifecycle newer = life(static_cast<v1::LifecycleState>(99));
  const v1::Lifecycle* const from_good_to_bad[] = {&active, &deprecating, &later,
                                                   &sooner, &disabled,    &retired};
  v1::Model model;
  v1::Offering offering;
  const auto worse = [&](const v1::Lifecycle& of_model, const v1::Lifecycle& of_offering) {
    *model.mutable_lifecycle() = of_model;
    *offering.mutable_lifecycle() = of_offering;
    return LifecycleOf(model, offering).SerializeAsString();
  };
  for (size_t good = 0; good < std::size(from_good_to_bad); ++good) {
    for (size_t bad = good; bad < std::size(from_good_to_bad); ++bad) {
      const std::string expected = from_good_to_bad[bad]->SerializeAsString();
      EXPECT_EQ(worse(*from_good_to_bad[good], *from_good_to_bad[bad]), expected) << good << " " << bad;
      EXPECT_EQ(worse(*from_good_to_bad[bad], *from_good_to_bad[good]), expected) << good << " " << bad;
    }
  }
  EXPECT_EQ(worse(disabled, newer), newer.SerializeAsString());
  offering.clear_lifecycle();
  EXPECT_EQ(LifecycleOf(model, offering).state(), v1::LIFECYCLE_STATE_DISABLED);
}

TEST(TextTest, ElapsedTimeAlwaysHasAUnit) {
  EXPECT_EQ(FormatElapsed(absl::ZeroDuration()), "0s");
  EXPECT_EQ(FormatElapsed(absl::Milliseconds(999)), "0s");
  EXPECT_EQ(FormatElapsed(-absl::Seconds(2)), "0s");
  EXPECT_EQ(FormatElapsed(absl::Milliseconds(75'400)), "1m15s");
}

}  // namespace
}  // namespace zoetrope::cli
