#include "server/telemetry/expiring_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/store/store_values.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class ExpiringResultsTest : public ::testing::Test {
 protected:
  // A job ends well at `kNow` with a video that is good for so long.
  std::string End(const std::string& provider, absl::Duration lifetime) {
    LiveJob job = ToLive(SimpleJob(++jobs_), {}, {});
    job.state.phase = JobPhase::kRunning;
    JobState after = job.state;
    after.phase = JobPhase::kSucceeded;
    after.complete_time = kNow;
    after.attempts.back().provider = provider;
    after.outputs.resize(1);
    after.outputs[0].expire_time = kNow + lifetime;
    results_.OnChange(job, after);
    job.state = after;
    results_.OnChange(job, after);  // a revision about money
    return job.id;
  }

  ExpiringResults results_;
  int jobs_ = 0;
};

TEST_F(ExpiringResultsTest, CountsThoseThatEndWithinADay) {
  EXPECT_THAT(results_.Within(kNow), IsEmpty());
  for (const int hours : {1, 23, 25, 24 * 7}) End("fal", absl::Hours(hours));
  End("openai", absl::Hours(1));
  End("openai", absl::InfiniteDuration());
  EXPECT_THAT(results_.Within(kNow), ElementsAre(Pair("fal", 2), Pair("openai", 1)));
  EXPECT_THAT(results_.Within(kNow + absl::Hours(2)), ElementsAre(Pair("fal", 2), Pair("openai", 0)))
      << "one has gone, another is near";
  EXPECT_THAT(results_.Within(kNow + absl::Hours(24 * 6 + 1)),
              ElementsAre(Pair("fal", 1), Pair("openai", 0)));
  EXPECT_THAT(results_.Within(kNow + absl::Hours(24 * 8)), ElementsAre(Pair("fal", 0), Pair("openai", 0)));
}

TEST_F(ExpiringResultsTest, WhatWasFetchedIsNobodysLoss) {
  const std::string first = End("fal", absl::Hours(1));
  End("fal", absl::Hours(1));
  results_.OnSaved(first, 0, kNow + absl::Hours(1));
  EXPECT_THAT(results_.Within(kNow), ElementsAre(Pair("fal", 1)));
  results_.OnSaved(first, 0, kNow + absl::Hours(1));
  results_.OnSaved(first, 1, kNow + absl::Hours(1));
  results_.OnSaved(first, 0, absl::InfiniteFuture());
  EXPECT_THAT(results_.Within(kNow), ElementsAre(Pair("fal", 1))) << "it was fetched before";
}

TEST_F(ExpiringResultsTest, WhatHasNoVideoOrMakesNoSenseIsNotCounted) {
  End("fal", -absl::Hours(1));
  End("fal", absl::Hours(24 * 400));
  EXPECT_THAT(results_.Within(kNow, absl::Hours(24 * 500)), ElementsAre(Pair("fal", 0)));
  LiveJob job = ToLive(SimpleJob(++jobs_), {}, {});
  JobState failed = job.state;
  failed.phase = JobPhase::kFailed;
  results_.OnChange(job, failed);
  EXPECT_THAT(results_.Within(kNow, absl::Hours(24 * 500)), ElementsAre(Pair("fal", 0)));
}

}  // namespace
}  // namespace zoetrope::testing
