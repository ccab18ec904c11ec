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

// While a submission is on the wire the server waits for its answer. Whoever asks then whether he was
// accepted is told; nobody new is.
TEST_F(DrainTest, KnownRequestIdsAreAnsweredWhileItDrains) {
  v1::SubmitRequest known = world_.Request("a known boat", "fal");
  known.set_request_id("known");
  EXPECT_EQ(world_.client().Health("readiness").value_or(client::HealthState::kUnknown),
            client::HealthState::kServing);
  const v1::Job job = world_.Submit(known);
  const std::string slow = world_.Submit(world_.Request("a slow boat [[fault:hang:3000]]", "runpod")).id();
  world_.Await(slow, absl::Seconds(20),
               [](const v1::Job& at) { return at.attempts(0).state() == v1::ATTEMPT_STATE_INTENT; });
  world_.TerminateServer();
  EXPECT_TRUE(Eventually(absl::Seconds(2), [this] { return !world_.ServerIsHealthy(); }));
  // Whoever asks for readiness sends nobody here any more; whoever asks for liveness must not kill it.
  EXPECT_EQ(world_.client().Health("readiness").value_or(client::HealthState::kUnknown),
            client::HealthState::kNotServing);
  EXPECT_EQ(world_.client().Health("liveness").value_or(client::HealthState::kUnknown),
            client::HealthState::kServing);

  const auto submit = [this](const v1::SubmitRequest& request, v1::SubmitResponse* response) {
    grpc::ClientContext context;
    return world_.stub().Submit(&context, request, response);
  };
  v1::SubmitResponse response;
  v1::SubmitRequest fresh = world_.Request("a new boat", "fal");
  fresh.set_request_id("new");
  grpc::Status refused;
  // It says NOT_SERVING a moment before it refuses.
  EXPECT_TRUE(Eventually(absl::Seconds(2), [&] {
    fresh.set_validate_only(true);
    refused = submit(fresh, &response);
    return !refused.ok();
  }));
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReadError(refused).reason, "DRAINING");
  EXPECT_GT(ReadError(refused).retry_delay, absl::ZeroDuration());
  fresh.set_validate_only(false);
  EXPECT_EQ(ReadError(submit(fresh, &response)).reason, "DRAINING");

  const grpc::Status answered = submit(known, &response);
  ASSERT_TRUE(answered.ok()) << answered.error_message();
  EXPECT_TRUE(response.duplicate());
  EXPECT_EQ(response.job().id(), job.id());
  v1::SubmitRequest other = known;
  other.mutable_generation()->set_prompt("another boat");
  EXPECT_EQ(ReadError(submit(other, &response)).reason, "REQUEST_ID_REUSED");
  EXPECT_TRUE(world_.client().Get(job.id()).ok());

  EXPECT_EQ(world_.WaitForServer(absl::Seconds(30)), 0);
  ASSERT_TRUE(world_.StartServer());
  // What was refused was not kept.
  EXPECT_TRUE(submit(fresh, &response).ok());
  EXPECT_FALSE(response.duplicate());
  EXPECT_EQ(world_.AwaitEnd(slow).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(world_.AwaitEnd(job.id()).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(world_.Ledger("a slow boat")["creations"].size(), 1u);
}

// A provider that does not answer must not keep the process for ever.
TEST_F(DrainTest, TheGraceIsTheLongestThatItWaits) {
  World patient({.bin_dir = ZOETROPE_BIN_DIR, .config = "drain: {grace: 1s}\n" + ConfigWith({{"runpod"}})});
  ASSERT_TRUE(patient.Start());
  const std::string id = patient.Submit(patient.Request("a boat [[fault:hang:20000]]", "runpod")).id();
  patient.Await(id, absl::Seconds(20),
                [](const v1::Job& at) { return at.attempts(0).state() == v1::ATTEMPT_STATE_INTENT; });
  patient.TerminateServer();
  EXPECT_EQ(patient.WaitForServer(absl::Seconds(10)), 0);
  // Its answer may still have been a yes: it is not sent again.
  ASSERT_TRUE(patient.StartServer());
  EXPECT_EQ(patient.AwaitEnd(id).state(), v1::JOB_STATE_HELD);
  EXPECT_EQ(patient.Ledger()["attempts"].size(), 1u);
}

TEST_F(DrainTest, WithoutWorkItIsGoneAtOnce) {
  world_.TerminateServer();
  EXPECT_EQ(world_.WaitForServer(absl::Seconds(10)), 0);
}

}  // namespace
}  // namespace zoetrope::testing
