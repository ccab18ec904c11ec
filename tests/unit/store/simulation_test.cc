// The simulated world and the store in it: what the simulator of the engine relies on.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/random_job.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SimWorldTest, RunsTasksInTheOrderOfTheirTimes) {
  SimWorld world;
  auto executor = world.NewExecutor("one");
  const absl::Time start = world.clock().TimeNow();
  std::vector<std::string> ran;
  executor->PostAt(start + absl::Seconds(2), [&] { ran.push_back("late"); });
  executor->PostAt(start + absl::Seconds(1), [&] { ran.push_back("early"); });
  executor->PostAt(start - absl::Hours(1), [&] { ran.push_back("past"); });
  executor->Post([&] { ran.push_back("now"); });
  EXPECT_EQ(world.pending(), 4u);
  EXPECT_THAT(ran, IsEmpty()) << "a task ran inside Post";
  EXPECT_EQ(world.RunUntilIdle(), 4u);
  EXPECT_THAT(ran, ElementsAre("past", "now", "early", "late"));
  EXPECT_EQ(world.clock().TimeNow(), start + absl::Seconds(2));
  EXPECT_FALSE(world.Step());
}

TEST(SimWorldTest, RunUntilStopsAtItsTime) {
  SimWorld world;
  auto executor = world.NewExecutor("one");
  const absl::Time start = world.clock().TimeNow();
  const absl::Duration monotonic = world.clock().Monotonic();
  int ran = 0;
  for (int i = 1; i <= 5; ++i) executor->PostAt(start + absl::Seconds(i), [&] { ++ran; });
  EXPECT_EQ(world.RunUntil(start + absl::Seconds(2.5)), 2u);
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(world.clock().TimeNow(), start + absl::Seconds(2.5));
  EXPECT_EQ(world.clock().Monotonic() - monotonic, absl::Seconds(2.5));
  EXPECT_EQ(world.NextTime(), start + absl::Seconds(3));
  EXPECT_EQ(world.RunFor(absl::Seconds(10)), 3u);
  EXPECT_EQ(world.NextTime(), std::nullopt);
}

TEST(SimWorldTest, ARunThatGoesInCirclesEnds) {
  SimWorld world;
  auto executor = world.NewExecutor("one");
  std::function<void()> again = [&] { executor->Post(again); };
  executor->Post(again);
  EXPECT_EQ(world.RunUntilIdle(100), 100u);
  EXPECT_FALSE(world.RunUntil([] { return false; }, 100));
}

// Which of several executors is next is the seed's choice; each keeps its own order.
std::string Interleaving(SimWorld& world) {
  auto a = world.NewExecutor("a");
  auto b = world.NewExecutor("b");
  std::string order;
  for (int i = 0; i < 8; ++i) {
    a->Post([&order, i] { order += static_cast<char>('a' + i); });
    b->Post([&order, i] { order += static_cast<char>('A' + i); });
  }
  world.RunUntilIdle();
  return order;
}

std::string OnlyUpper(std::string text) {
  std::erase_if(text, [](char c) { return c >= 'a'; });
  return text;
}

TEST(SimWorldTest, TheSeedDecidesWhoIsNext) {
  SimWorld fifo;
  EXPECT_EQ(Interleaving(fifo), "aAbBcCdDeEfFgGhH");
  SimWorld one(1);
  SimWorld one_again(1);
  SimWorld two(2);
  const std::string first = Interleaving(one);
  EXPECT_EQ(first, Interleaving(one_again));
  EXPECT_NE(first, Interleaving(two));
  EXPECT_EQ(OnlyUpper(first), "ABCDEFGH");
}

TEST(SimWorldTest, ACrashDropsTheTasksOfOneExecutor) {
  SimWorld world;
  auto crashing = world.NewExecutor("crashing");
  auto other = world.NewExecutor("other");
  std::vector<std::string> ran;
  crashing->Post([&] { ran.push_back("lost"); });
  crashing->PostAt(world.clock().TimeNow() + absl::Hours(1), [&] { ran.push_back("lost too"); });
  other->Post([&] { ran.push_back("kept"); });
  EXPECT_EQ(crashing->DropAll(), 2u);
  crashing->Post([&] { ran.push_back("after"); });
  world.RunUntilIdle();
  EXPECT_THAT(ran, ElementsAre("kept", "after"));
  crashing->Stop();
  crashing->Post([&] { ran.push_back("never"); });
  EXPECT_EQ(world.RunUntilIdle(), 0u);
}

// Tasks own things whose end may post: dropping them must not trip over that.
TEST(SimWorldTest, DroppedTasksMayPostWhenTheyDie) {
  struct PostsAtItsEnd {
    explicit PostsAtItsEnd(Executor* executor) : executor_(executor) {}
    ~PostsAtItsEnd() {
      executor_->Post([] {});
    }
    Executor* executor_;
  };
  SimWorld world;
  auto one = world.NewExecutor("one");
  auto two = world.NewExecutor("two");
  auto owned = std::make_shared<PostsAtItsEnd>(two.get());
  one->Post([owned] {});
  owned.reset();
  EXPECT_EQ(one->DropAll(), 1u);
  EXPECT_EQ(world.RunUntilIdle(), 1u);
}

TEST(SimWorldTest, AWallClockMayJump) {
  SimWorld world;
  auto executor = world.NewExecutor("one");
  const absl::Time start = world.clock().TimeNow();
  const absl::Duration monotonic = world.clock().Monotonic();
  bool ran = false;
  executor->PostAt(start + absl::Hours(1), [&] { ran = true; });
  world.clock().SetTime(start + absl::Hours(2));
  EXPECT_EQ(world.clock().Monotonic(), monotonic);
  world.RunUntilIdle();
  EXPECT_TRUE(ran);
  EXPECT_EQ(world.clock().TimeNow(), start + absl::Hours(2))
      << "a task that is due must not set the clock back";
}

TEST(SeededRandomTest, IsTheSameEverywhere) {
  SeededRandom random(1);
  EXPECT_EQ(random.Next(), 0x910a2dec89025cc1U);
  SeededRandom again(1);
  EXPECT_EQ(again.Next(), 0x910a2dec89025cc1U);
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.Below(7), 7u);
  EXPECT_FALSE(random.Chance(0));
  EXPECT_TRUE(random.Chance(1));
}

class MemoryJobStoreTest : public ::testing::Test {
 protected:
  NewJob Submission(int number) {
    NewJob submission;
    submission.job = SimpleJob(number);
    submission.job.spec.request_id = "request-" + std::to_string(number);
    submission.owner = "me";
    return submission;
  }

  JobChange Change(int number) {
    JobChange change;
    change.job_id = SimpleJobId(number);
    change.ownership = {"me", 1};
    change.expected_revision = 1;
    change.state = SimpleJob(number).state;
    change.state.revision = 2;
    return change;
  }

  void Create(int number) {
    store_.Create(Submission(number), [this](CreateResult result) { created_.push_back(std::move(result)); });
  }
  void Commit(int number) {
    store_.Commit(Change(number), [this](CommitOutcome outcome) { committed_.push_back(outcome); });
  }
  void FailNext(StoreOperation operation, StoreFault fault) {
    store_.SetFaults([this, operation, fault](const StoreCall& call) {
      if (call.operation != operation) return StoreFault();
      store_.SetFaults(nullptr);
      return fault;
    });
  }

  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("store");
  MemoryJobStore store_{executor_.get(), &world_.clock()};
  std::vector<CreateResult> created_;
  std::vector<CommitOutcome> committed_;
};

TEST_F(MemoryJobStoreTest, UnknownIsBothThereAndNotThere) {
  Create(1);
  world_.RunUntilIdle();
  FailNext(StoreOperation::kCommit, {StoreFault::Kind::kUnknownNotApplied});
  Commit(1);
  world_.RunUntilIdle();
  EXPECT_EQ(store_.Peek(SimpleJobId(1))->job.state.revision, 1);
  FailNext(StoreOperation::kCommit, {StoreFault::Kind::kUnknownApplied});
  Commit(1);
  world_.RunUntilIdle();
  EXPECT_EQ(store_.Peek(SimpleJobId(1))->job.state.revision, 2);
  EXPECT_THAT(committed_, ElementsAre(CommitOutcome::kUnknown, CommitOutcome::kUnknown));
}

TEST_F(MemoryJobStoreTest, WhatIsAppliedThoughUnknownIsOnTheFeed) {
  std::vector<std::int64_t> seen;
  auto subscription =
      store_.Subscribe([&](const zoetrope::Change& change) { seen.push_back(change.revision); });
  FailNext(StoreOperation::kCreate, {StoreFault::Kind::kUnknownApplied});
  Create(1);
  FailNext(StoreOperation::kCreate, {StoreFault::Kind::kUnknownNotApplied});
  Create(2);
  world_.RunUntilIdle();
  EXPECT_THAT(seen, ElementsAre(1));
  EXPECT_THAT(store_.JobIds(), ElementsAre(SimpleJobId(1)));
  EXPECT_EQ(created_[0].outcome, CommitOutcome::kUnknown);
  EXPECT_EQ(created_[1].outcome, CommitOutcome::kUnknown);
}

TEST_F(MemoryJobStoreTest, ARefusalWritesNothing) {
  FailNext(StoreOperation::kCreate, {StoreFault::Kind::kConflict});
  Create(1);
  world_.RunUntilIdle();
  EXPECT_EQ(created_[0].outcome, CommitOutcome::kConflict);
  EXPECT_EQ(created_[0].why.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(store_.JobIds(), IsEmpty());
}

TEST_F(MemoryJobStoreTest, ReadsFailOnCommand) {
  FailNext(StoreOperation::kRead, {StoreFault::Kind::kUnknownApplied});
  absl::Status status;
  store_.Read("", SimpleJobId(1), [&](auto answer) { status = answer.status(); });
  world_.RunUntilIdle();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(MemoryJobStoreTest, DelaysAreVirtual) {
  const absl::Time start = world_.clock().TimeNow();
  FailNext(StoreOperation::kCreate, {.sync_delay = absl::Seconds(3), .reply_delay = absl::Seconds(4)});
  Create(1);
  world_.RunUntil(start + absl::Seconds(2));
  EXPECT_THAT(store_.JobIds(), IsEmpty());
  world_.RunUntil(start + absl::Seconds(3));
  EXPECT_THAT(store_.JobIds(), SizeIs(1));
  EXPECT_THAT(created_, IsEmpty());
  world_.RunUntil(start + absl::Seconds(7));
  EXPECT_THAT(created_, SizeIs(1));
}

// The three instants of a crash: before it is durable, before it is answered, and after.
TEST_F(MemoryJobStoreTest, ACrashForgetsWhatIsNotDurableAndAllCallbacks) {
  Create(1);
  store_.Crash();
  world_.RunUntilIdle();
  EXPECT_THAT(store_.JobIds(), IsEmpty());

  Create(2);
  ASSERT_TRUE(world_.Step());
  store_.Crash();
  world_.RunUntilIdle();
  EXPECT_THAT(store_.JobIds(), ElementsAre(SimpleJobId(2)));
  EXPECT_THAT(created_, IsEmpty());
  EXPECT_EQ(store_.unanswered(), 0u);

  auto next = world_.NewExecutor("next");
  store_.Crash(next.get());
  Create(3);
  world_.RunUntilIdle();
  EXPECT_THAT(created_, SizeIs(1));
  EXPECT_EQ(store_.Peek(SimpleJobId(3))->ownership.epoch, 1);
}

TEST_F(MemoryJobStoreTest, ACrashEndsSubscriptions) {
  int told = 0;
  auto subscription = store_.Subscribe([&](const zoetrope::Change&) { ++told; });
  store_.Crash();
  Create(1);
  world_.RunUntilIdle();
  EXPECT_EQ(told, 0);
}

TEST_F(MemoryJobStoreTest, ACallbackMayCrashTheStore) {
  store_.Create(Submission(1), [this](CreateResult) { store_.Crash(); });
  Create(2);
  world_.RunUntilIdle();
  EXPECT_THAT(created_, IsEmpty());
  EXPECT_THAT(store_.JobIds(), SizeIs(2));
}

}  // namespace
}  // namespace zoetrope::testing
