#include "server/base/trace.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

using testing::SeededRandom;

constexpr char kKnown[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class Kept : public SpanSink {
 public:
  void Add(Span span) override { spans.push_back(std::move(span)); }
  std::vector<Span> spans;
};

TEST(TraceparentTest, IsReadAndWritten) {
  const auto context = ParseTraceparent(kKnown);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_high, 0x4bf92f3577b34da6U);
  EXPECT_EQ(context->trace_low, 0xa3ce929d0e0e4736U);
  EXPECT_EQ(context->span_id, 0x00f067aa0ba902b7U);
  EXPECT_TRUE(context->sampled);
  EXPECT_FALSE(context->random);
  EXPECT_EQ(ToTraceparent(*context), kKnown);
  EXPECT_EQ(TraceIdOf(*context), "4bf92f3577b34da6a3ce929d0e0e4736");
}

// The rules of W3C Trace Context §3.2, one by one.
TEST(TraceparentTest, OnlyWhatTheStandardAllowsIsOne) {
  const std::map<std::string, bool> table = {
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true},       // not sampled
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", true},       // flags that are not known
      {"00-0000000000000000a3ce929d0e0e4736-00f067aa0ba902b7-01", true},       // half of the id is zero
      {"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},       // a later version
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", true},  // that says more
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", false},
      {"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
      {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-+0f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x", false},
      {"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01", false},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false},
      {" 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false},
      {std::string(kKnown).replace(0, 2, "01") + "-" + std::string(500, 'x'), false},
      {"", false},
  };
  for (const auto& [text, good] : table) EXPECT_EQ(ParseTraceparent(text).has_value(), good) << text;
}

TEST(TraceparentTest, WhatWasDrawnComesBack) {
  SeededRandom random(20'261'121);
  for (int i = 0; i < 10'000; ++i) {
    const TraceContext context{random.Next(), random.Next() >> random.Below(64), NewSpanId(random),
                               random.Chance(0.5), random.Chance(0.5)};
    EXPECT_EQ(ParseTraceparent(ToTraceparent(context)), context) << ToTraceparent(context);
  }
}

TEST(TraceparentTest, NoTraceIsNoText) {
  EXPECT_EQ(ToTraceparent({}), "");
  EXPECT_EQ(TraceIdOf({}), "");
}

TEST(SpanIdTest, IsTheSameForTheSameNameOnly) {
  EXPECT_EQ(SpanIdOf("job-1"), SpanIdOf("job-1"));
  EXPECT_NE(SpanIdOf("job-1"), SpanIdOf("job-2"));
  EXPECT_EQ(SpanIdText(0x2a), "000000000000002a");
}

TEST(TracerTest, ACallGoesOnWithItsCallersTrace) {
  Kept kept;
  SeededRandom random(1);
  const CallTrace call = Tracer(&kept, &random, 0).Begin(kKnown);
  EXPECT_EQ(TraceIdOf(call.context), TraceIdOf(*ParseTraceparent(kKnown)));
  EXPECT_EQ(call.parent_span_id, 0x00f067aa0ba902b7U);
  EXPECT_NE(call.context.span_id, call.parent_span_id);
  EXPECT_EQ(call.sink, &kept) << "the caller has decided that it is collected";
}

TEST(TracerTest, ACallerMayDecideAgainstIt) {
  Kept kept;
  SeededRandom random(1);
  const CallTrace call =
      Tracer(&kept, &random, 100).Begin("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  EXPECT_EQ(TraceIdOf(call.context), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(call.sink, nullptr);
}

TEST(TracerTest, TracesThatBeginHereAreDrawn) {
  Kept kept;
  SeededRandom random(7);
  const Tracer all(&kept, &random, 100);
  const Tracer few(&kept, &random, 10);
  int collected = 0;
  for (int i = 0; i < 10'000; ++i) {
    const CallTrace call = all.Begin(i % 2 == 0 ? "" : "nonsense");
    EXPECT_TRUE(call.context.valid());
    EXPECT_TRUE(call.context.random);
    EXPECT_TRUE(call.made_here);
    EXPECT_EQ(call.parent_span_id, 0U);
    EXPECT_EQ(call.sink, &kept);
    if (few.Begin("").sink != nullptr) ++collected;
  }
  EXPECT_GT(collected, 800);
  EXPECT_LT(collected, 1'200);
}

TEST(TracerTest, WithoutACollectorNothingBegins) {
  EXPECT_FALSE(Tracer().Begin("").context.valid());
  const CallTrace call = Tracer().Begin(kKnown);
  EXPECT_EQ(ToTraceparent(call.context), kKnown) << "its job is still found by its trace";
  EXPECT_FALSE(call.made_here);
  EXPECT_EQ(call.sink, nullptr);
}

}  // namespace
}  // namespace zoetrope
