#include "server/auth/principal_usage.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace zoetrope {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);

Principal Named(std::string name, PrincipalLimits limits) {
  return {.name = std::move(name), .tenant = "t", .limits = limits};
}

TEST(PrincipalUsage, WithoutLimitsNothingIsCounted) {
  PrincipalUsage usage;
  const Principal free = Named("free", {});
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(usage.Submit(free, kNow).ok());
  EXPECT_EQ(usage.OpenStream(free).value(), nullptr);
}

TEST(PrincipalUsage, SubmissionsComeNoFasterThanTheyMay) {
  PrincipalUsage usage;
  const Principal ci = Named("ci", {.submits_per_minute = 6});
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(usage.Submit(ci, kNow).ok()) << i;
  const absl::Status refused = usage.Submit(ci, kNow);
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_PRINCIPAL_LIMIT_EXCEEDED);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(usage.Submit(Named("other", ci.limits), kNow).ok()) << "each by itself";
  EXPECT_FALSE(usage.Submit(ci, kNow + absl::Seconds(9)).ok());
  EXPECT_TRUE(usage.Submit(ci, kNow + absl::Seconds(20)).ok());
}

TEST(PrincipalUsage, ALimitThatIsChangedCountsAtOnce) {
  PrincipalUsage usage;
  EXPECT_TRUE(usage.Submit(Named("ci", {.submits_per_minute = 60}), kNow).ok());
  const Principal slower = Named("ci", {.submits_per_minute = 1});
  EXPECT_TRUE(usage.Submit(slower, kNow).ok());
  EXPECT_FALSE(usage.Submit(slower, kNow).ok());
}

// A token's subject can be anything: what is kept of each must not pile up.
TEST(PrincipalUsage, WhoIsIdleIsForgottenAndWhoIsNotIsKept) {
  PrincipalUsage usage;
  const Principal busy = Named("busy", {.submits_per_minute = 1});
  for (int hour = 0; hour < 3; ++hour) {
    const absl::Time now = kNow + absl::Hours(hour);
    EXPECT_TRUE(usage.Submit(busy, now).ok()) << hour;
    for (int i = 0; i < 5'000; ++i)
      EXPECT_TRUE(usage.Submit(Named(absl::StrCat("s", hour, "-", i), busy.limits), now).ok());
    EXPECT_FALSE(usage.Submit(busy, now).ok()) << hour;
  }
}

TEST(PrincipalUsage, StreamsAreCountedWhileTheyAreOpen) {
  std::optional<PrincipalUsage> usage(std::in_place);
  const Principal ci = Named("ci", {.streams_max = 2});
  std::shared_ptr<void> first = usage->OpenStream(ci).value();
  const std::shared_ptr<void> second = usage->OpenStream(ci).value();
  EXPECT_EQ(ReasonOf(usage->OpenStream(ci).status()), v1::ERROR_REASON_PRINCIPAL_LIMIT_EXCEEDED);
  EXPECT_TRUE(usage->OpenStream(Named("other", ci.limits)).ok()) << "each by itself";
  const std::shared_ptr<void> copy = first;
  first.reset();
  EXPECT_FALSE(usage->OpenStream(ci).ok()) << "a copy keeps it open";
  static_cast<void>(std::move(copy));
  usage.reset();  // the streams that are left end after it
}

TEST(PrincipalUsage, AStreamThatIsClosedMakesRoom) {
  PrincipalUsage usage;
  const Principal ci = Named("ci", {.streams_max = 1});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(usage.OpenStream(ci).ok()) << i;
}

}  // namespace
}  // namespace zoetrope
