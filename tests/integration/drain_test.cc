// SIGTERM to the real server with work under way: streams end with a bookmark, nothing on the wire is cut
// off, nothing is lost.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kJobs = 12;
constexpr int kWatches = 20;

// One stream, read to its end in a thread of its own.
struct Watch {
  v1::WatchJobResponse last;
  std::int64_t revision = 0;  // the last one that came
  grpc::Status status;
  std::thread thread;
};

class DrainTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  void Run(Watch& watch, const std::string& job_id) {
    grpc::ClientContext context;
    v1::WatchJobRequest request;
    request.set_job_id(job_id);
    const auto reader = world_.stub().WatchJob(&context, request);
    bool first = true;
    while (reader->Read(&watch.last)) {
      if (watch.last.has_snapshot()) watch.revision = watch.last.snapshot().job().revision();
      if (watch.last.has_revision()) watch.revision = watch.last.revision().revision();
      if (std::exchange(first, false)) NoteOpen();
    }
    watch.status = reader->Finish();
  }

  void NoteOpen() {
    std::lock_guard lock(mutex_);
    ++open_;
    opened_.notify_all();
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .run_ms = 5000, .config = ""}};
  std::mutex mutex_;
  std::condition_variable opened_;
  int open_ = 0;
};

TEST_F(DrainTest, NothingIsCutOffAndNothingIsLost) {
  std::vector<std::string> ids;
  for (int i = 0; i < kJobs; ++i) {
    // The answers to some submissions are still to come when the signal does.
    const std::string slow = i % 4 == 0 ? " [[fault:hang:2000]]" : "";
    ids.push_back(
        world_.Submit(world_.Request(absl::StrCat("boat ", i, slow), kProviders[i % std::size(kProviders)]))
            .id());
  }
  std::vector<Watch> watches(kWatches);
  for (int i = 0; i < kWatches; ++i) {
    watches[i].thread = std::thread([this, &watches, &ids, i] { Run(watches[i], ids[i % kJobs]); });
  }
  {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_ == kWatches; });
  }
  world_.TerminateServer();
  EXPECT_EQ(world_.WaitForServer(absl::Seconds(10)), 0);
  for (Watch& watch : watches) {
    watch.thread.join();
    EXPECT_TRUE(watch.last.has_heartbeat()) << watch.last.ShortDebugString();
    EXPECT_EQ(watch.last.heartbeat().revision(), watch.revision);
    EXPECT_EQ(watch.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(ReadError(watch.status).reason, "DRAINING");
  }
  ASSERT_TRUE(world_.StartServer());
  for (const std::string& id : ids) EXPECT_EQ(world_.AwaitEnd(id).state(), v1::JOB_STATE_SUCCEEDED);
  const nlohmann::json ledger = world_.Ledger();
  EXPECT_EQ(ledger["creations"].size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(ledger["attempts"].size(), static_cast<std::size_t>(kJobs));
}

TEST_F(DrainTest, WithoutWorkItIsGoneAtOnce) {
  world_.TerminateServer();
  EXPECT_EQ(world_.WaitForServer(absl::Seconds(10)), 0);
}

}  // namespace
}  // namespace zoetrope::testing
