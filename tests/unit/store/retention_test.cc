// Old jobs go by themselves, in virtual time.
#include "server/store/retention.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/random_job.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kKept = absl::Hours(48);

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() {
    store_.SetFaults([this](const StoreCall& call) {
      if (call.operation != StoreOperation::kRemoveEnded) return StoreFault();
      calls_.push_back(world_.clock().TimeNow());
      StoreFault fault;
      fault.sync_delay = takes_;
      if (is_away_) fault.kind = StoreFault::Kind::kUnknownNotApplied;
      return fault;
    });
  }

  // Jobs that end now, unless they are not to be over.
  void Create(int first, int count, JobPhase phase = JobPhase::kSucceeded,
              Settlement settlement = Settlement::kSettled) {
    for (int i = first; i < first + count; ++i) {
      NewJob submission;
      submission.job = SimpleJob(i);
      submission.job.state.phase = phase;
      submission.job.state.attempts[0].settlement = settlement;
      submission.job.state.update_time = world_.clock().TimeNow();
      submission.owner = "me";
      store_.Create(std::move(submission),
                    [](CreateResult result) { EXPECT_EQ(result.outcome, CommitOutcome::kDurable); });
    }
    world_.RunFor(absl::ZeroDuration());
  }

  std::size_t jobs() const { return store_.JobIds().size(); }

  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("hub");
  MemoryJobStore store_{executor_.get(), &world_.clock()};
  std::vector<absl::Time> calls_;
  absl::Duration takes_ = absl::ZeroDuration();
  bool is_away_ = false;
  RetentionOptions options_{.finished_jobs = kKept, .batch = 5};
  Retention retention_{&store_, executor_.get(), &world_.clock(), options_, nullptr};
};

TEST_F(RetentionTest, AJobGoesWhenItsTimeIsOverAndNotBefore) {
  Create(1, 1);
  retention_.Start();
  world_.RunFor(absl::Hours(24));
  Create(2, 1);
  world_.RunFor(kKept - absl::Hours(24) - absl::Minutes(1));
  EXPECT_EQ(jobs(), 2u);
  world_.RunFor(absl::Minutes(3));
  EXPECT_THAT(store_.JobIds(), ElementsAre(SimpleJobId(2)));
  world_.RunFor(absl::Hours(24));
  EXPECT_THAT(store_.JobIds(), IsEmpty());
}

TEST_F(RetentionTest, WhatIsNotOverStaysForEver) {
  Create(1, 1, JobPhase::kHeld, Settlement::kReserved);
  Create(2, 1, JobPhase::kCancelled, Settlement::kPending);
  Create(3, 1, JobPhase::kRunning, Settlement::kReserved);
  retention_.Start();
  world_.RunFor(absl::Hours(24 * 400));
  EXPECT_EQ(jobs(), 3u);
}

TEST_F(RetentionTest, ManyGoInStepsWithPausesBetween) {
  Create(1, 23);
  world_.RunFor(kKept + absl::Seconds(1));
  takes_ = absl::Milliseconds(30);
  retention_.Start();
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(jobs(), 0u);
  // Five steps at least for 23 jobs, each leaving the store to others for four times as long as it took.
  ASSERT_THAT(calls_, SizeIs(::testing::Ge(5u)));
  for (std::size_t i = 1; i < 5; ++i) EXPECT_GE(calls_[i] - calls_[i - 1], 5 * takes_) << i;
  const std::size_t until_done = calls_.size();
  world_.RunFor(options_.interval / 2);
  EXPECT_EQ(calls_.size(), until_done) << "there was nothing left to look for";
  world_.RunFor(options_.interval);
  EXPECT_GT(calls_.size(), until_done);
}

TEST_F(RetentionTest, AStoreThatFailsIsAskedAgain) {
  Create(1, 3);
  world_.RunFor(kKept + absl::Seconds(1));
  is_away_ = true;
  retention_.Start();
  world_.RunFor(5 * options_.interval);
  EXPECT_EQ(jobs(), 3u);
  EXPECT_THAT(calls_, SizeIs(::testing::Le(7u))) << "a store in trouble is not pressed";
  is_away_ = false;
  world_.RunFor(2 * options_.interval);
  EXPECT_EQ(jobs(), 0u);
}

TEST_F(RetentionTest, EndsWithItsOwner) {
  Create(1, 1);
  world_.RunFor(kKept + absl::Seconds(1));
  {
    Retention short_lived(&store_, executor_.get(), &world_.clock(), options_, nullptr);
    short_lived.Start();
  }
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(jobs(), 1u);
  EXPECT_THAT(calls_, IsEmpty());
}

}  // namespace
}  // namespace zoetrope::testing
