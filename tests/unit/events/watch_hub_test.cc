// One hub over a store in memory. Streams that are cut again and again, and crashes, are simulated in
// tests/sim.
#include "server/events/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/random_job.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Encode(const WatchEvent& event) {
  if (const auto* snapshot = std::get_if<SnapshotEvent>(&event)) {
    return absl::StrCat("snapshot ", snapshot->job.state.revision);
  }
  if (const auto* revision = std::get_if<RevisionEvent>(&event)) {
    return absl::StrCat("revision ", revision->job.state.revision,
                        revision->job.spec.id.empty() ? " of no job" : "");
  }
  if (const auto* beat = std::get_if<HeartbeatEvent>(&event))
    return absl::StrCat("heartbeat ", beat->revision);
  return std::holds_alternative<JobLogEvent>(event) ? "log" : "progress";
}

// Keeps what it is sent; takes the next message only when told to.
class Watcher : public WatchStream {
 public:
  void Send(EncodedEvent event) override {
    EXPECT_FALSE(in_flight) << "a second message before the first was taken";
    in_flight = true;
    seen.push_back(*event);
  }
  void Finish(absl::Status status) override {
    EXPECT_FALSE(end.has_value()) << "finished twice";
    end = std::move(status);
  }

  std::vector<std::string> seen;
  bool in_flight = false;
  std::optional<absl::Status> end;
};

class WatchHubTest : public ::testing::Test {
 protected:
  WatchHubTest() {
    NewJob fresh;
    fresh.job = job_;
    fresh.owner = "me";
    store_.Create(std::move(fresh),
                  [](CreateResult result) { EXPECT_EQ(result.outcome, CommitOutcome::kDurable); });
    Settle();
  }

  // Runs what is due now; heartbeats need time.
  void Settle() { world_.RunFor(absl::Milliseconds(1)); }

  WatchHub::StreamId Open(std::shared_ptr<Watcher> watcher, std::optional<std::int64_t> after = std::nullopt,
                          std::string tenant = "default", bool until_settled = false) {
    const WatchHub::StreamId id =
        hub_.Open({std::move(tenant), job_.spec.id, after, until_settled}, std::move(watcher));
    Settle();
    return id;
  }

  // Takes messages until no more come.
  void Read(Watcher& watcher, WatchHub::StreamId id) {
    while (std::exchange(watcher.in_flight, false)) {
      hub_.Ready(id);
      Settle();
    }
  }

  void Change(JobPhase phase, Settlement settlement = Settlement::kReserved) {
    JobChange change;
    change.job_id = job_.spec.id;
    change.ownership = {"me", 1};
    change.expected_revision = job_.state.revision;
    ++job_.state.revision;
    job_.state.phase = phase;
    job_.state.attempts[0].settlement = settlement;
    change.state = job_.state;
    store_.Commit(std::move(change),
                  [](CommitOutcome outcome) { EXPECT_EQ(outcome, CommitOutcome::kDurable); });
    Settle();
  }

  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("all");
  MemoryJobStore store_{executor_.get(), &world_.clock()};
  WatchHub hub_{&store_, executor_.get(), &world_.clock(), WatchOptions{}, Encode};
  Job job_ = SimpleJob(1);
};

TEST_F(WatchHubTest, ASnapshotThenEachRevisionThenTheEnd) {
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher);
  Change(JobPhase::kRunning);
  Change(JobPhase::kFailed);
  Read(*watcher, id);
  EXPECT_THAT(watcher->seen, ElementsAre("snapshot 1", "revision 2", "revision 3"));
  ASSERT_TRUE(watcher->end.has_value());
  EXPECT_TRUE(watcher->end->ok());
  EXPECT_EQ(hub_.stream_count(), 0u);
}

TEST_F(WatchHubTest, ACursorIsResumedBehind) {
  Change(JobPhase::kRunning);
  Change(JobPhase::kFailed);
  const auto watcher = std::make_shared<Watcher>();
  Read(*watcher, Open(watcher, 1));
  EXPECT_THAT(watcher->seen, ElementsAre("revision 2", "revision 3"));
  const auto late = std::make_shared<Watcher>();
  Read(*late, Open(late, 3));
  EXPECT_THAT(late->seen, IsEmpty());
  EXPECT_TRUE(late->end.has_value() && late->end->ok()) << "nothing is left to wait for";
}

// The last one leaves while the history is read, and another one comes before it is there.
TEST_F(WatchHubTest, WhatWasReadForThoseWhoLeftIsNotForWhoeverComes) {
  store_.SetFaults([reads = 0](const StoreCall& call) mutable {
    StoreFault fault;
    if (call.operation == StoreOperation::kReadRevisions) fault.reply_delay = absl::Seconds(2);
    if (call.operation == StoreOperation::kRead && ++reads > 1) fault.reply_delay = absl::Seconds(5);
    return fault;
  });
  hub_.Close(Open(std::make_shared<Watcher>(), 0));
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher, 0);
  world_.RunFor(absl::Seconds(10));
  Read(*watcher, id);
  EXPECT_THAT(watcher->seen, ElementsAre("revision 1"));
}

TEST_F(WatchHubTest, UntilSettledGoesOnBehindTheEnd) {
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher, 0, "default", true);
  Change(JobPhase::kCancelled, Settlement::kPending);
  Read(*watcher, id);
  EXPECT_FALSE(watcher->end.has_value());
  Change(JobPhase::kCancelled, Settlement::kSettled);
  Read(*watcher, id);
  EXPECT_THAT(watcher->seen, ElementsAre("revision 1", "revision 2", "revision 3"));
  EXPECT_TRUE(watcher->end.has_value());
}

TEST_F(WatchHubTest, ASlowStreamMissesNothing) {
  const auto slow = std::make_shared<Watcher>();
  const auto id = Open(slow, 0);
  for (int i = 0; i < 300; ++i) Change(JobPhase::kRunning);
  EXPECT_EQ(slow->seen.size(), 1u) << "one write in flight";
  Read(*slow, id);
  ASSERT_EQ(slow->seen.size(), 301u);
  for (int i = 0; i < 301; ++i)
    EXPECT_EQ(slow->seen[static_cast<std::size_t>(i)], absl::StrCat("revision ", i + 1));
}

TEST_F(WatchHubTest, ProgressIsForThoseWhoAreUpToDateAndOnlyTheLatest) {
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher);
  for (int i = 0; i < 5; ++i)
    hub_.OnProgress(job_.spec.id, {"attempt", 0.1 * i, std::nullopt, world_.clock().TimeNow()});
  hub_.OnLog(job_.spec.id, {"attempt", world_.clock().TimeNow(), "INFO", "line"});
  hub_.OnProgress("another job", {});
  Settle();
  Read(*watcher, id);
  EXPECT_THAT(watcher->seen, ElementsAre("snapshot 1", "log", "progress"));
}

TEST_F(WatchHubTest, HeartbeatsWhileNothingHappens) {
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher);
  Read(*watcher, id);
  world_.RunFor(absl::Seconds(20));
  EXPECT_THAT(watcher->seen, ElementsAre("snapshot 1", "heartbeat 1"));
}

TEST_F(WatchHubTest, AStreamThatIsNotReadEndsAndMayBeResumed) {
  const auto watcher = std::make_shared<Watcher>();
  Open(watcher);
  world_.RunFor(absl::Minutes(2));
  ASSERT_TRUE(watcher->end.has_value());
  EXPECT_EQ(ReasonOf(*watcher->end), v1::ERROR_REASON_STREAM_LIMIT);
}

TEST_F(WatchHubTest, RefusesWhatIsNotThere) {
  const auto stranger = std::make_shared<Watcher>();
  Open(stranger, std::nullopt, "another tenant");
  ASSERT_TRUE(stranger->end.has_value());
  EXPECT_EQ(stranger->end->code(), absl::StatusCode::kNotFound);
  const auto ahead = std::make_shared<Watcher>();
  Open(ahead, 7);
  ASSERT_TRUE(ahead->end.has_value());
  EXPECT_EQ(ReasonOf(*ahead->end), v1::ERROR_REASON_REVISION_IN_FUTURE);
}

TEST_F(WatchHubTest, ADrainEndsWithABookmark) {
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher);
  Read(*watcher, id);
  hub_.Drain();
  Settle();
  Read(*watcher, id);
  EXPECT_THAT(watcher->seen, ElementsAre("snapshot 1", "heartbeat 1"));
  ASSERT_TRUE(watcher->end.has_value());
  EXPECT_EQ(ReasonOf(*watcher->end), v1::ERROR_REASON_DRAINING);
  const auto late = std::make_shared<Watcher>();
  Open(late);
  EXPECT_EQ(ReasonOf(*late->end), v1::ERROR_REASON_DRAINING);
}

TEST_F(WatchHubTest, AClosedStreamHearsNothingMore) {
  const auto watcher = std::make_shared<Watcher>();
  const auto id = Open(watcher);
  hub_.Close(id);
  Change(JobPhase::kFailed);
  world_.RunFor(absl::Minutes(5));
  EXPECT_THAT(watcher->seen, ElementsAre("snapshot 1"));
  EXPECT_FALSE(watcher->end.has_value());
}

// A stream that is slow enough, or resumes late enough, finds its job taken away under it.
TEST_F(WatchHubTest, AJobThatIsTakenAwayEndsItsStreams) {
  Change(JobPhase::kRunning);
  Change(JobPhase::kFailed, Settlement::kSettled);
  const auto slow = std::make_shared<Watcher>();
  WatchHub hub(&store_, executor_.get(), &world_.clock(), {.revisions_per_read = 1}, Encode);
  const auto id = hub.Open({"default", job_.spec.id, 0, false}, slow);
  Settle();
  EXPECT_THAT(slow->seen, ElementsAre("revision 1"));
  store_.RemoveEnded(absl::InfiniteFuture(), 10, [](absl::StatusOr<Removed> removed) {
    ASSERT_TRUE(removed.ok());
    EXPECT_EQ(removed->jobs, 1);
  });
  Settle();
  slow->in_flight = false;
  hub.Ready(id);
  Settle();
  ASSERT_TRUE(slow->end.has_value());
  EXPECT_EQ(ReasonOf(*slow->end), v1::ERROR_REASON_JOB_NOT_FOUND);
  const auto late = std::make_shared<Watcher>();
  Open(late, 2);
  ASSERT_TRUE(late->end.has_value());
  EXPECT_EQ(ReasonOf(*late->end), v1::ERROR_REASON_JOB_NOT_FOUND);
}

}  // namespace
}  // namespace zoetrope::testing
