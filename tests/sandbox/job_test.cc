#include "tests/sandbox/job.h"

#include <gtest/gtest.h>

namespace zoetrope::sandbox {
namespace {

Job MakeJob(const std::string& id = "id") {
  Job job;
  job.id = id;
  job.created_ms = 1000;
  job.plan.queue_ms = 100;
  job.plan.run_ms = 400;
  job.price_nanos = 400'000'000;
  return job;
}

TEST(StateAt, IsAFunctionOfTime) {
  const Job job = MakeJob();
  EXPECT_EQ(StateAt(job, 1000), JobState::kQueued);
  EXPECT_EQ(StateAt(job, 1099), JobState::kQueued);
  EXPECT_EQ(StateAt(job, 1100), JobState::kRunning);
  EXPECT_EQ(StateAt(job, 1499), JobState::kRunning);
  EXPECT_EQ(StateAt(job, 1500), JobState::kCompleted);
}

TEST(StateAt, EndsAsPlanned) {
  Job job = MakeJob();
  job.plan.failure = Failure::kContent;
  EXPECT_EQ(StateAt(job, 1500), JobState::kFailed);
  job.plan.failure = Failure::kTimeout;
  EXPECT_EQ(StateAt(job, 1500), JobState::kTimedOut);
  job.plan.never_finishes = true;
  EXPECT_EQ(StateAt(job, 1LL << 60), JobState::kRunning);
  job.cancelled_ms = 1200;
  EXPECT_EQ(StateAt(job, 1200), JobState::kCancelled);
}

TEST(ChargedNanos, OnlyForWhatWasDelivered) {
  Job job = MakeJob();
  job.results = 3;
  EXPECT_EQ(ChargedNanos(job, 1499), 0);
  EXPECT_EQ(ChargedNanos(job, 1500), 1'200'000'000);
  job.plan.failed_results = 1;
  EXPECT_EQ(ChargedNanos(job, 1500), 800'000'000);
  job.plan.completed_with_error = true;
  EXPECT_EQ(ChargedNanos(job, 1500), 0);
  Job failed = MakeJob();
  failed.plan.failure = Failure::kProvider;
  EXPECT_EQ(ChargedNanos(failed, 9999), 0);
}

TEST(IsGone, AfterRetentionOrTheClientsDeadline) {
  Job job = MakeJob();
  job.retention_ms = 1000;
  EXPECT_FALSE(IsGone(job, 2499));
  EXPECT_TRUE(IsGone(job, 2500));
  Job deadline = MakeJob();
  deadline.deleted_at_ms = 1300;
  EXPECT_FALSE(IsGone(deadline, 1299));
  EXPECT_TRUE(IsGone(deadline, 1300));
  EXPECT_EQ(ChargedNanos(deadline, 5000), 0);
}

TEST(ResultsReady, GrowsOneByOne) {
  Job job = MakeJob();
  job.results = 3;
  EXPECT_EQ(ResultsReady(job, 1100), 0);
  EXPECT_EQ(ResultsReady(job, 1300), 1);
  EXPECT_EQ(ResultsReady(job, 1450), 2);
  EXPECT_EQ(ResultsReady(job, 1500), 3);
}

TEST(DerivedUuid, IsAVersion4Uuid) {
  const std::string uuid = DerivedUuid("x", 1);
  ASSERT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_NE(uuid, DerivedUuid("y", 1));
  EXPECT_NE(uuid, DerivedUuid("x", 2));
}

TEST(JobStore, EvictsTheOldestFinishedAndForgetsThemLater) {
  JobStore store(4);
  for (int i = 0; i < 4; ++i) store.Add(MakeJob("a" + std::to_string(i)), 1000);
  // All are running: nothing can go, and a new one still gets in.
  store.Add(MakeJob("b"), 1200);
  EXPECT_EQ(store.live(), 5u);
  EXPECT_FALSE(store.Find(Provider::kRunpod, "a0")->evicted);
  store.Add(MakeJob("c"), 2000);
  EXPECT_LE(store.live(), 4u);
  EXPECT_TRUE(store.Find(Provider::kRunpod, "a0")->evicted);
  for (int i = 0; i < 100; ++i) store.Add(MakeJob("d" + std::to_string(i)), 3000);
  EXPECT_EQ(store.Find(Provider::kRunpod, "a0"), nullptr);
  EXPECT_LE(store.all().size(), 41u);
  EXPECT_EQ(store.created(), 106u);
  EXPECT_NE(store.Find(Provider::kRunpod, "d99"), nullptr);
  EXPECT_EQ(store.Find(Provider::kFal, "d99"), nullptr);
}

}  // namespace
}  // namespace zoetrope::sandbox
