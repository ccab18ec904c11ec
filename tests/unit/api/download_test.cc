#include "server/api/download.h"

#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/support/random_job.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    job_.state.phase = JobPhase::kSucceeded;
    Attempt& attempt = job_.state.attempts.at(0);
    attempt.phase = AttemptPhase::kSucceeded;
    attempt.provider = "north";
    attempt.offering = "puppet-1/text@north";
    attempt.provider_job.id = "p-1";
    job_.state.outputs = {Output{.url = "https://media.example/v.mp4"}};
  }

  absl::StatusOr<DownloadPlan> Plan(int index = 0,
                                    v1::OutputVariant variant = v1::OUTPUT_VARIANT_UNSPECIFIED) {
    return PlanDownload(job_, index, variant, accounts_, *catalogue_);
  }

  Job job_ = testing::SimpleJob(1);
  Accounts accounts_{testing::TestAccounts()};
  std::unique_ptr<const Catalogue> catalogue_ = testing::TestCatalogue();
};

TEST_F(DownloadTest, AsksForTheVideoWithoutCredential) {
  const absl::StatusOr<DownloadPlan> plan = Plan();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->request.url, "https://media.example/v.mp4");
  EXPECT_EQ(plan->request.method, HttpMethod::kGet);
  EXPECT_EQ(plan->request.repeat, Repeat::kHarmless);
  EXPECT_TRUE(plan->request.headers.empty());
}

TEST_F(DownloadTest, TheCredentialGoesToTheAccountsOwnHostOnly) {
  job_.state.outputs[0].credential_required = true;
  EXPECT_TRUE(Plan()->request.headers.empty());
  for (const char* url : {"https://north.example.evil.example/v", "http://north.example/v",
                          "https://north.example:444/v", "https://north.example@evil.example/v"}) {
    job_.state.outputs[0].url = url;
    EXPECT_TRUE(Plan()->request.headers.empty()) << url;
  }
  job_.state.outputs[0].url = "https://NORTH.example:443/v";
  const absl::StatusOr<DownloadPlan> plan = Plan();
  ASSERT_EQ(plan->request.headers.size(), 1u);
  EXPECT_EQ(plan->request.headers[0].value, "Bearer key-of-north");
  EXPECT_TRUE(plan->request.headers[0].secret);
}

// A model that has left the catalogue leaves videos behind that can still be had.
TEST_F(DownloadTest, TheCredentialDoesNotNeedTheCatalogue) {
  job_.state.outputs[0] = Output{.url = "https://north.example/v", .credential_required = true};
  job_.state.attempts[0].offering = "ghost-2/text@north";
  const absl::StatusOr<DownloadPlan> plan = Plan();
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->request.headers.size(), 1u);
  EXPECT_EQ(plan->request.headers[0].value, "Bearer key-of-north");
}

TEST_F(DownloadTest, EveryFileOfAnOutputHasTheCredential) {
  job_.state.outputs[0] = Output{.url = "https://north.example/v",
                                 .thumbnail = Media{.url = "https://north.example/t"},
                                 .spritesheet = Media{.url = "https://media.example/s"},
                                 .credential_required = true};
  EXPECT_EQ(Plan(0, v1::OUTPUT_VARIANT_THUMBNAIL)->request.headers.size(), 1u);
  EXPECT_TRUE(Plan(0, v1::OUTPUT_VARIANT_SPRITESHEET)->request.headers.empty());
}

TEST_F(DownloadTest, EveryVariantHasItsAddress) {
  EXPECT_EQ(ReasonOf(Plan(0, v1::OUTPUT_VARIANT_THUMBNAIL).status()), v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE);
  EXPECT_EQ(ReasonOf(Plan(0, v1::OUTPUT_VARIANT_SPRITESHEET).status()),
            v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE);
  job_.state.outputs[0].thumbnail = Media{.url = "https://media.example/t.jpg"};
  job_.state.outputs[0].spritesheet = Media{.url = "https://media.example/s.jpg"};
  EXPECT_EQ(Plan(0, v1::OUTPUT_VARIANT_THUMBNAIL)->request.url, "https://media.example/t.jpg");
  EXPECT_EQ(Plan(0, v1::OUTPUT_VARIANT_SPRITESHEET)->request.url, "https://media.example/s.jpg");
  EXPECT_EQ(Plan(0, v1::OUTPUT_VARIANT_VIDEO)->request.url, "https://media.example/v.mp4");
}

TEST_F(DownloadTest, WhatIsNotThereIsNotAvailable) {
  EXPECT_EQ(ReasonOf(Plan(1).status()), v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE);
  EXPECT_EQ(ReasonOf(Plan(-1).status()), v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE);
  for (const JobPhase phase :
       {JobPhase::kQueued, JobPhase::kRunning, JobPhase::kHeld, JobPhase::kFailed, JobPhase::kCancelled}) {
    job_.state.phase = phase;
    EXPECT_EQ(ReasonOf(Plan().status()), v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE);
  }
}

TEST_F(DownloadTest, WithoutItsAccountTheResultIsLost) {
  job_.state.attempts[0].provider = "west";
  EXPECT_EQ(ReasonOf(Plan().status()), v1::ERROR_REASON_RESULT_LOST);
}

TEST_F(DownloadTest, AnswersThatAreNone) {
  for (const int status : {403, 404, 410}) {
    EXPECT_EQ(ReasonOf(StatusOfAnswer(status, false, false)), v1::ERROR_REASON_RESULT_LOST) << status;
  }
  for (const int status : {206, 302, 400, 401, 429, 500, 503}) {
    EXPECT_EQ(ReasonOf(StatusOfAnswer(status, false, false)), v1::ERROR_REASON_PROVIDER_UNAVAILABLE)
        << status;
    EXPECT_EQ(ReasonOf(StatusOfAnswer(status, false, true)), v1::ERROR_REASON_RESULT_LOST) << status;
  }
  // A signed address that is refused is past its time; a key that is refused says nothing of the video.
  EXPECT_EQ(ReasonOf(StatusOfAnswer(403, true, false)), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(StatusOfAnswer(403, true, true)), v1::ERROR_REASON_RESULT_LOST);
  EXPECT_EQ(ReasonOf(StatusOfAnswer(404, true, false)), v1::ERROR_REASON_RESULT_LOST);
  EXPECT_EQ(ReasonOf(BrokenOff(false)), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
}

TEST(OriginTest, IsSchemeHostAndPort) {
  EXPECT_EQ(OriginOf("https://A.example/x"), "https://a.example:443");
  EXPECT_EQ(OriginOf("HTTP://a.example?x"), "http://a.example:80");
  EXPECT_EQ(OriginOf("https://[::1]/x"), "https://[::1]:443");
  EXPECT_EQ(OriginOf("https://[::1]:8/x"), "https://[::1]:8");
  EXPECT_EQ(OriginOf("https://a.example:8#f"), "https://a.example:8");
  for (const char* none :
       {"", "a.example", "ftp://a.example", "https://", "https://u@a.example", "data:video/mp4;base64,AA"}) {
    EXPECT_EQ(OriginOf(none), "") << none;
  }
}

}  // namespace
}  // namespace zoetrope
