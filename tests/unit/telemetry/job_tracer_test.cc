// Which spans a job leaves, and how they hang together.
#include "server/telemetry/job_tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/store/store_values.h"
#include "tests/support/random_job.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_clock.h"

namespace zoetrope::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Kept : public SpanSink {
 public:
  void Add(Span span) override { spans.push_back(std::move(span)); }
  std::vector<Span> spans;
};

class JobTracerTest : public ::testing::Test {
 protected:
  JobTracerTest() {
    live_.trace = {1, 2, 3, true};
    live_.create_time = clock_.TimeNow();
    live_.state.attempts[0].create_time = clock_.TimeNow();
  }

  // The state of `live_` becomes `after`, which is told.
  void Become(JobState after) {
    tracer_.OnChange(live_, after);
    live_.state = std::move(after);
  }
  // As it is, a second later, with its last attempt and itself over or not.
  JobState Next(AttemptPhase attempt, JobPhase job) {
    clock_.AdvanceTime(absl::Seconds(1));
    JobState state = live_.state;
    ++state.revision;
    state.phase = job;
    state.attempts.back().phase = attempt;
    if (IsTerminal(attempt)) state.attempts.back().complete_time = clock_.TimeNow();
    if (IsTerminal(job)) state.complete_time = clock_.TimeNow();
    return state;
  }

  SimClock clock_;
  SeededRandom random_{1};
  Kept kept_;
  JobTracer tracer_{&kept_, &clock_, &random_};
  LiveJob live_ = ToLive(SimpleJob(1), {}, {});
};

TEST_F(JobTracerTest, WhatGoesOnIsTellingNothing) {
  Become(Next(AttemptPhase::kIntent, JobPhase::kQueued));
  Become(Next(AttemptPhase::kAcked, JobPhase::kRunning));
  EXPECT_THAT(kept_.spans, IsEmpty());
}

TEST_F(JobTracerTest, AJobIsItsCallsChildAndItsAttemptIsItsOwn) {
  Become(Next(AttemptPhase::kAcked, JobPhase::kRunning));
  Become(Next(AttemptPhase::kSucceeded, JobPhase::kSucceeded));
  ASSERT_THAT(kept_.spans, SizeIs(2));
  const Span& attempt = kept_.spans[0];
  const Span& job = kept_.spans[1];
  EXPECT_EQ(attempt.name, "attempt");
  EXPECT_EQ(job.name, "job");
  EXPECT_EQ(job.context, (TraceContext{1, 2, SpanIdOf(live_.id), true}));
  EXPECT_EQ(job.parent_span_id, 3U);
  EXPECT_EQ(attempt.parent_span_id, job.context.span_id);
  EXPECT_EQ(attempt.context.span_id, SpanIdOf(live_.state.attempts[0].id));
  EXPECT_EQ(job.end - job.start, absl::Seconds(2));
  EXPECT_FALSE(job.failed);
  EXPECT_FALSE(attempt.failed);
  EXPECT_THAT(job.attributes, Contains(SpanAttribute{"zoetrope.outcome", "succeeded"}));
}

TEST_F(JobTracerTest, AFailureSaysWhy) {
  JobState failed = Next(AttemptPhase::kFailed, JobPhase::kFailed);
  failed.failure = failed.attempts[0].failure = Failure{.reason = FailureReason::kContentRejected};
  Become(failed);
  ASSERT_THAT(kept_.spans, SizeIs(2));
  for (const Span& span : kept_.spans) {
    EXPECT_TRUE(span.failed);
    EXPECT_THAT(span.attributes, Contains(SpanAttribute{"error.type", "content_rejected"}));
  }
}

TEST_F(JobTracerTest, EachAttemptIsToldOnce) {
  JobState second = Next(AttemptPhase::kRefused, JobPhase::kQueued);
  second.attempts.push_back(second.attempts[0]);
  second.attempts[1].id = "attempt-2";
  second.attempts[1].phase = AttemptPhase::kPlanned;
  Become(second);
  EXPECT_THAT(kept_.spans, SizeIs(1));
  Become(Next(AttemptPhase::kAcked, JobPhase::kRunning));
  EXPECT_THAT(kept_.spans, SizeIs(1));
  Become(Next(AttemptPhase::kSucceeded, JobPhase::kSucceeded));
  ASSERT_THAT(kept_.spans, SizeIs(3));
  EXPECT_EQ(kept_.spans[1].context.span_id, SpanIdOf("attempt-2"));
  Become(Next(AttemptPhase::kSucceeded, JobPhase::kSucceeded));
  EXPECT_THAT(kept_.spans, SizeIs(3)) << "what comes after the end is about money only";
}

TEST_F(JobTracerTest, ACallIsItsAttemptsChild) {
  tracer_.OnExchange({.job_id = live_.id,
                      .attempt_id = live_.state.attempts[0].id,
                      .provider = "north",
                      .trace = live_.trace,
                      .call = ProviderCall::kSubmit,
                      .status = 503,
                      .took = absl::Milliseconds(20)});
  ASSERT_THAT(kept_.spans, SizeIs(1));
  const Span& call = kept_.spans[0];
  EXPECT_EQ(call.name, "provider submit");
  EXPECT_EQ(call.kind, SpanKind::kClient);
  EXPECT_EQ(call.parent_span_id, SpanIdOf(live_.state.attempts[0].id));
  EXPECT_EQ(call.end - call.start, absl::Milliseconds(20));
  EXPECT_TRUE(call.failed);
  EXPECT_THAT(call.attributes, Contains(SpanAttribute{"http.response.status_code", std::int64_t{503}}));
}

TEST_F(JobTracerTest, WhatNobodyCollectsIsNotMade) {
  for (const TraceContext& trace : {TraceContext(), TraceContext{1, 2, 3, false}}) {
    live_.trace = trace;
    live_.state.phase = JobPhase::kRunning;
    live_.state.attempts[0].phase = AttemptPhase::kAcked;
    tracer_.OnChange(live_, Next(AttemptPhase::kSucceeded, JobPhase::kSucceeded));
    tracer_.OnExchange({.job_id = live_.id,
                        .attempt_id = live_.id,
                        .provider = "north",
                        .trace = trace,
                        .took = absl::ZeroDuration()});
  }
  EXPECT_THAT(kept_.spans, IsEmpty());
}

}  // namespace
}  // namespace zoetrope::testing
