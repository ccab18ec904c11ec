// The lines that a job leaves in the log.
#include "server/telemetry/job_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

#include "server/store/store_values.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class JobLogTest : public ::testing::Test {
 protected:
  void MakeLog(spdlog::level::level_enum level) {
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_));
    logger->set_pattern("%l {%v}");
    logger->set_level(level);
    log_ = std::make_unique<Log>(std::move(logger));
    lines_ = std::make_unique<JobLog>(log_.get());
  }
  // What the change of the job's phases writes.
  std::string Told(AttemptPhase attempt, JobPhase job, std::optional<Failure> failure = std::nullopt) {
    stream_.str("");
    JobState after = live_.state;
    after.phase = job;
    after.attempts[0].phase = attempt;
    after.failure = after.attempts[0].failure = std::move(failure);
    if (IsTerminal(job)) after.complete_time = live_.create_time + absl::Seconds(3);
    lines_->OnChange(live_, after);
    live_.state = after;
    return stream_.str();
  }

  std::ostringstream stream_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<JobLog> lines_;
  LiveJob live_ = ToLive(SimpleJob(1), {}, {});
};

TEST_F(JobLogTest, AnEndIsALineWithTheTrace) {
  MakeLog(spdlog::level::info);
  live_.trace = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736, 7, true};
  EXPECT_THAT(Told(AttemptPhase::kAcked, JobPhase::kRunning), IsEmpty());
  const std::string line = Told(AttemptPhase::kSucceeded, JobPhase::kSucceeded);
  EXPECT_THAT(line, HasSubstr(R"("event":"job_ended")"));
  EXPECT_THAT(line, HasSubstr("\"job_id\":\"" + live_.id + "\""));
  EXPECT_THAT(line, HasSubstr(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")"));
  EXPECT_THAT(line, HasSubstr(R"("outcome":"succeeded")"));
  EXPECT_THAT(line, HasSubstr(R"("took_ms":"3000")"));
}

TEST_F(JobLogTest, AFailedAttemptSaysWhy) {
  MakeLog(spdlog::level::info);
  const std::string lines =
      Told(AttemptPhase::kFailed, JobPhase::kFailed, Failure{.reason = FailureReason::kContentRejected});
  EXPECT_THAT(lines, HasSubstr(R"("event":"attempt_failed")"));
  EXPECT_THAT(lines, HasSubstr(R"("event":"job_ended")"));
  EXPECT_THAT(lines, HasSubstr(R"("reason":"content_rejected")"));
  EXPECT_THAT(lines, Not(HasSubstr("trace_id"))) << "it is in none";
}

TEST_F(JobLogTest, WhatMayCostTwiceIsAWarning) {
  MakeLog(spdlog::level::warn);
  EXPECT_THAT(Told(AttemptPhase::kIntent, JobPhase::kQueued), IsEmpty());
  EXPECT_THAT(Told(AttemptPhase::kUnknown, JobPhase::kQueued), HasSubstr("submission_unknown"));
  EXPECT_THAT(Told(AttemptPhase::kHeld, JobPhase::kHeld), HasSubstr("submission_held"));
}

TEST_F(JobLogTest, CallsAreForDebugging) {
  const AttemptExchange call{.job_id = live_.id,
                             .attempt_id = live_.state.attempts[0].id,
                             .provider = live_.state.attempts[0].provider,
                             .trace = {},
                             .status = 200,
                             .took = absl::Milliseconds(12)};
  MakeLog(spdlog::level::info);
  lines_->OnExchange(call);
  EXPECT_THAT(stream_.str(), IsEmpty());
  MakeLog(spdlog::level::debug);
  lines_->OnExchange(call);
  EXPECT_THAT(stream_.str(), HasSubstr(R"("event":"provider_call")"));
  EXPECT_THAT(stream_.str(), HasSubstr(R"("took_ms":"12")"));
}

}  // namespace
}  // namespace zoetrope::testing
