// WatchJob over the wire against the real programs: each revision once and in order, however often the stream
// is cut.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

// One stream, with what came over it.
class Watcher {
 public:
  Watcher(v1::VideoGeneration::Stub& stub, const v1::WatchJobRequest& request)
      : reader_(stub.WatchJob(&context_, request)) {}
  // A call must have been ended before it may be destroyed.
  ~Watcher() {
    if (!ended_) Cut();
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // The next snapshot or revision; nullopt: the stream has ended.
  std::optional<v1::WatchJobResponse> Next() {
    v1::WatchJobResponse message;
    while (reader_->Read(&message)) {
      if (message.has_snapshot() || message.has_revision()) return message;
    }
    return std::nullopt;
  }
  void Cut() {
    context_.TryCancel();
    End();
  }
  // How the stream ended; drops what is left of it.
  grpc::Status End() {
    while (Next()) {
    }
    ended_ = true;
    return reader_->Finish();
  }

 private:
  grpc::ClientContext context_;
  const std::unique_ptr<grpc::ClientReader<v1::WatchJobResponse>> reader_;
  bool ended_ = false;
};

class WatchResumeTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  std::string Submit(const std::string& prompt, const std::string& provider = "fal") {
    return world_.Submit(world_.Request(prompt, provider)).id();
  }

  v1::WatchJobRequest Request(const std::string& job_id, std::optional<std::int64_t> after = std::nullopt) {
    v1::WatchJobRequest request;
    request.set_job_id(job_id);
    if (after) request.set_after_revision(*after);
    return request;
  }

  // Reads one revision after another until the stream ends or `enough` says so.
  grpc::Status Follow(Watcher& watcher, std::vector<std::int64_t>& seen,
                      const std::function<bool()>& enough) {
    while (!enough()) {
      const std::optional<v1::WatchJobResponse> message = watcher.Next();
      if (!message) break;
      EXPECT_TRUE(message->has_revision()) << "a snapshot in spite of the cursor";
      EXPECT_EQ(message->revision().revision(), message->revision().job().revision());
      seen.push_back(message->revision().revision());
    }
    if (!enough()) return watcher.End();
    watcher.Cut();
    return grpc::Status::CANCELLED;
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
};

TEST_F(WatchResumeTest, EachRevisionOnceOverTenCutsAndARestart) {
  // Each refusal for load makes two revisions.
  const std::string id = Submit("a boat [[fault:status:429:8]] [[fault:retry-after:0]]");
  std::vector<std::int64_t> seen;
  for (std::size_t cut = 0; cut < 10; ++cut) {
    if (cut == 5) {
      world_.TerminateServer();
      ASSERT_EQ(world_.WaitForServer(absl::Seconds(10)), 0);
      ASSERT_TRUE(world_.StartServer());
    }
    Watcher watcher(world_.stub(), Request(id, seen.empty() ? 0 : seen.back()));
    Follow(watcher, seen, [&] { return seen.size() > cut; });
  }
  Watcher last(world_.stub(), Request(id, seen.back()));
  const grpc::Status ended = Follow(last, seen, [] { return false; });
  EXPECT_TRUE(ended.ok()) << ended.error_message();

  const v1::Job job = world_.AwaitEnd(id);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
  std::vector<std::int64_t> all;
  for (std::int64_t revision = 1; revision <= job.revision(); ++revision) all.push_back(revision);
  EXPECT_EQ(seen, all);
  EXPECT_GE(all.size(), 19u);
  EXPECT_EQ(world_.Ledger()["creations"].size(), 1u);
}

TEST_F(WatchResumeTest, WithoutACursorTheSnapshotComesFirst) {
  const std::string id = Submit("a boat [[fault:status:429:3]] [[fault:retry-after:0]]");
  Watcher watcher(world_.stub(), Request(id));
  const std::optional<v1::WatchJobResponse> first = watcher.Next();
  ASSERT_TRUE(first && first->has_snapshot());
  EXPECT_EQ(first->snapshot().job().id(), id);
  std::int64_t at = first->snapshot().job().revision();
  EXPECT_GE(at, 1);
  v1::JobState state = first->snapshot().job().state();
  while (const std::optional<v1::WatchJobResponse> next = watcher.Next()) {
    ASSERT_TRUE(next->has_revision());
    EXPECT_EQ(next->revision().revision(), ++at);
    state = next->revision().job().state();
  }
  EXPECT_TRUE(watcher.End().ok());
  EXPECT_EQ(state, v1::JOB_STATE_SUCCEEDED);
  // Of a job that has ended there is the snapshot, and the end.
  Watcher late(world_.stub(), Request(id));
  const std::optional<v1::WatchJobResponse> only = late.Next();
  ASSERT_TRUE(only && only->has_snapshot());
  EXPECT_FALSE(late.Next());
  EXPECT_TRUE(late.End().ok());
}

TEST_F(WatchResumeTest, ACursorBeyondTheEndIsRefused) {
  const v1::Job job = world_.AwaitEnd(Submit("a boat"));
  Watcher future(world_.stub(), Request(job.id(), job.revision() + 1));
  const grpc::Status status = future.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(ReadError(status).reason, "REVISION_IN_FUTURE");
  Watcher now(world_.stub(), Request(job.id(), job.revision()));
  EXPECT_FALSE(now.Next());
  EXPECT_TRUE(now.End().ok());
  Watcher negative(world_.stub(), Request(job.id(), -1));
  const grpc::Status refused = negative.End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReadError(refused).reason, "INVALID_FIELD");
}

TEST_F(WatchResumeTest, CuttingStreamsDoesNotCancelTheJob) {
  const std::string id = Submit("a boat [[fault:run-ms:800]]");
  for (int i = 0; i < 10; ++i) {
    Watcher watcher(world_.stub(), Request(id));
    EXPECT_TRUE(watcher.Next());
    watcher.Cut();
  }
  const v1::Job job = world_.AwaitEnd(id);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_FALSE(job.has_cancel_requested_time());
}

TEST_F(WatchResumeTest, UntilSettledGoesOnAfterTheEnd) {
  // Cannot be cancelled there: the job ends at once, and its price is known when the video is made all the
  // same.
  const std::string id = Submit("a boat [[fault:run-ms:1500]]", "runware");
  world_.Await(id, absl::Seconds(20), [](const v1::Job& job) {
    return job.attempts_size() == 1 && job.attempts(0).state() == v1::ATTEMPT_STATE_ACKED;
  });
  v1::WatchJobRequest until = Request(id, 0);
  Watcher terminal(world_.stub(), until);
  until.set_until(v1::WATCH_UNTIL_SETTLED);
  Watcher settled(world_.stub(), until);
  ASSERT_TRUE(world_.client().Cancel(id).ok());

  v1::Job last;
  while (const auto next = terminal.Next()) last = next->revision().job();
  EXPECT_TRUE(terminal.End().ok());
  EXPECT_EQ(last.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(last.cost().settlement(), v1::SETTLEMENT_STATE_PENDING);
  const std::int64_t ended_at = last.revision();
  while (const auto next = settled.Next()) last = next->revision().job();
  EXPECT_TRUE(settled.End().ok());
  EXPECT_EQ(last.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(last.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED) << last.ShortDebugString();
  EXPECT_GT(last.revision(), ended_at);
}

}  // namespace
}  // namespace zoetrope::testing
