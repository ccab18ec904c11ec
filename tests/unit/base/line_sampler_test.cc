#include "server/base/line_sampler.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

TEST(LineSamplerTest, AFewOfEachAreWrittenAndTheRestIsCounted) {
  LineSampler sampler(2, absl::Seconds(10));
  const auto at = [&sampler](int seconds, const char* event = "a") {
    return sampler.Take(event, absl::Seconds(seconds));
  };
  EXPECT_TRUE(at(0).write);
  EXPECT_TRUE(at(1).write);
  EXPECT_FALSE(at(2).write);
  EXPECT_FALSE(at(9).write);
  EXPECT_TRUE(at(9, "b").write) << "each for itself";
  const LineSampler::Verdict next = at(10);
  EXPECT_TRUE(next.write);
  EXPECT_EQ(next.suppressed, 2u);
  EXPECT_EQ(at(11).suppressed, 0u) << "told once";
  EXPECT_FALSE(at(12).write);
  EXPECT_EQ(at(60).suppressed, 1u) << "however long after";
}

TEST(LineSamplerTest, WhatNoLineToldIsToldWhenItsTimeIsOver) {
  LineSampler sampler(1, absl::Seconds(10));
  using LeftOut = LineSampler::LeftOut;
  for (int i = 0; i < 3; ++i) sampler.Take("a", absl::Seconds(0));
  for (int i = 0; i < 2; ++i) sampler.Take("b", absl::Seconds(5));
  EXPECT_EQ(sampler.TakeLeftOut(absl::Seconds(9)), std::vector<LeftOut>());
  EXPECT_EQ(sampler.TakeLeftOut(absl::Seconds(10)), (std::vector<LeftOut>{{"a", 2}}));
  EXPECT_EQ(sampler.TakeLeftOut(absl::Seconds(14)), std::vector<LeftOut>()) << "told once";
  EXPECT_EQ(sampler.Take("a", absl::Seconds(14)).suppressed, 0u) << "and not again by the next line";
  EXPECT_EQ(sampler.TakeLeftOut(absl::InfiniteDuration()), (std::vector<LeftOut>{{"b", 1}}));
}

TEST(LineSamplerTest, TooManyEventsShareTheirLines) {
  LineSampler sampler(1, absl::Seconds(10));
  int written = 0;
  for (int i = 0; i < 5'000; ++i) written += sampler.Take(std::to_string(i), absl::ZeroDuration()).write;
  EXPECT_EQ(written, 1'001);
}

}  // namespace
}  // namespace zoetrope
