// Hundreds of watchers of jobs that come and go, with cuts, resumptions, slow readers and a restart of the
// server, while every event is held against the rules of a history.
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/real_clock.h"
#include "tests/load/watch_swarm.h"
#include "tests/support/scale.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kWatchers = 500;
// A job has its events over and over again, once for each watcher that comes by.
constexpr std::int64_t kEventsPerJob = 400;
constexpr int kFirstJobs = 20;

std::string Config() {
  std::vector<TestAccount> accounts;
  for (const char* provider : kProviders) {
    accounts.push_back({.name = provider,
                        .poll = "{first_after: 100ms, interval_max: 200ms, lost_after: 2s}",
                        .more = "limits: {submissions_per_second: 200, submissions_burst: 50}"});
  }
  return "watch: {heartbeat: 1s, stall_max: 1s}\n" + ConfigWith(accounts);
}

class WatchTest : public ::testing::Test {
 protected:
  // Some are large, so that a slow reader's window fills.
  std::string Submit(int number) {
    v1::SubmitRequest request =
        world_.Request(absl::StrCat("boat ", number, Markers({"status:429:6", "retry-after:0"})),
                       kProviders[static_cast<std::size_t>(number) % std::size(kProviders)]);
    if (number % 4 == 0) {
      for (int i = 0; i < 16; ++i) {
        (*request.mutable_labels())[absl::StrCat("label-", i)] = std::string(128, 'x');
      }
    }
    const v1::Job job = world_.Submit(request);
    answers_.Add(job);
    return job.id();
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .queue_ms = 50, .run_ms = 400, .config = Config()}};
  Answers answers_;
};

TEST_F(WatchTest, EveryWatcherSeesTheSameHistoryWithoutAGap) {
  const std::int64_t events = Scaled<std::int64_t>(20'000, 100'000, 5'000'000);
  const std::uint64_t seed = TestSeed();
  ASSERT_TRUE(world_.Start());
  RealClock clock;
  const absl::Duration begun = clock.Monotonic();
  WatchSwarm swarm(seed, {.watchers = kWatchers});
  swarm.Connect(world_.address());
  int jobs = 0;
  for (; jobs < kFirstJobs; ++jobs) swarm.AddJob(Submit(jobs));
  bool restarted = false;
  while (swarm.figures().events < events && swarm.broken().empty()) {
    swarm.WaitFor(std::min(events, (jobs - kFirstJobs + 1) * kEventsPerJob));
    swarm.AddJob(Submit(jobs++));
    if (restarted || swarm.figures().events < events / 2) continue;
    restarted = true;
    world_.StopServer();
    ASSERT_TRUE(world_.StartServer());
    swarm.Connect(world_.address());
  }
  const absl::Duration took = clock.Monotonic() - begun;
  ReadJobsAtRest(world_);
  swarm.Stop();
  for (const std::string& broken : swarm.broken()) ADD_FAILURE() << "seed " << seed << ": " << broken;
  const SwarmFigures figures = swarm.figures();
  EXPECT_GT(figures.cut, 0);
  EXPECT_GT(figures.slow_ended, 0) << "else nobody was slow";
  EXPECT_GT(figures.interrupted, 0);
  EXPECT_GT(figures.completed, 0);
  const AuditFigures audit = AuditWorld(world_, seed, answers_);
  EXPECT_EQ(audit.jobs, jobs);
  std::cout << figures.events << " events, " << kWatchers << " watchers, seed " << seed << ": "
            << figures.streams << " streams, " << figures.cut << " cut, " << figures.interrupted
            << " interrupted or turned away around the restart, " << figures.slow_ended
            << " ended for being slow, " << figures.completed << " jobs followed to the end; "
            << ToText(audit) << "; in " << took << "\n";
}

// --- The rules themselves ---

v1::WatchJobResponse Revision(std::int64_t number, v1::JobState state = v1::JOB_STATE_RUNNING) {
  v1::WatchJobResponse message;
  message.mutable_revision()->set_revision(number);
  message.mutable_revision()->mutable_job()->set_id("job");
  message.mutable_revision()->mutable_job()->set_revision(number);
  message.mutable_revision()->mutable_job()->set_state(state);
  return message;
}

v1::WatchJobResponse Snapshot(std::int64_t number) {
  v1::WatchJobResponse message;
  *message.mutable_snapshot()->mutable_job() = Revision(number).revision().job();
  return message;
}

v1::WatchJobResponse Heartbeat(std::int64_t number) {
  v1::WatchJobResponse message;
  message.mutable_heartbeat()->set_revision(number);
  return message;
}

TEST(StreamRulesTest, PassWhatIsRight) {
  StreamRules cursor("job", 2);
  EXPECT_EQ(cursor.See(Heartbeat(2)), "");
  EXPECT_EQ(cursor.See(Revision(3)), "");
  EXPECT_EQ(cursor.See(Heartbeat(3)), "");
  EXPECT_EQ(cursor.End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining")), "");
  EXPECT_EQ(cursor.See(Revision(4, v1::JOB_STATE_SUCCEEDED)), "");
  EXPECT_EQ(cursor.End(grpc::Status::OK), "");
  StreamRules none("job", std::nullopt);
  EXPECT_EQ(none.See(Snapshot(7)), "");
  EXPECT_EQ(none.See(Revision(8, v1::JOB_STATE_HELD)), "");
}

TEST(StreamRulesTest, FindWhatIsWrong) {
  const auto wrong = [](std::optional<std::int64_t> after,
                        const std::vector<v1::WatchJobResponse>& messages) {
    StreamRules rules("job", after);
    std::string words;
    for (const v1::WatchJobResponse& message : messages) words = rules.See(message);
    return words;
  };
  EXPECT_NE(wrong(2, {Revision(4)}), "") << "a gap";
  EXPECT_NE(wrong(2, {Revision(3), Revision(3)}), "") << "a repetition";
  EXPECT_NE(wrong(2, {Revision(3), Revision(2)}), "") << "a step back";
  EXPECT_NE(wrong(2, {Snapshot(3)}), "") << "a snapshot in spite of the cursor";
  EXPECT_NE(wrong(std::nullopt, {Revision(1)}), "") << "no snapshot";
  EXPECT_NE(wrong(std::nullopt, {Snapshot(1), Snapshot(2)}), "") << "two snapshots";
  EXPECT_NE(wrong(0, {Revision(1, v1::JOB_STATE_FAILED), Revision(2)}), "") << "more after the end";
  EXPECT_NE(wrong(5, {Heartbeat(4)}), "") << "a heartbeat of the past";
  v1::WatchJobResponse other = Revision(3);
  other.mutable_revision()->mutable_job()->set_id("another");
  EXPECT_NE(wrong(2, {other}), "") << "another job";
  other = Revision(3);
  other.mutable_revision()->mutable_job()->set_revision(4);
  EXPECT_NE(wrong(2, {other}), "") << "two numbers";
  EXPECT_NE(wrong(2, {v1::WatchJobResponse()}), "") << "nothing";
  StreamRules early("job", 2);
  EXPECT_NE(early.End(grpc::Status::OK), "") << "an end before the job's";
  EXPECT_NE(early.End(grpc::Status(grpc::StatusCode::INTERNAL, "a mistake")), "") << "an error of the server";
}

}  // namespace
}  // namespace zoetrope::testing
