// Ten times as many callers as the server takes jobs for: what is beyond the limit is refused with a time to
// come back, what was accepted is done, memory stays bounded, and nothing is left of it afterwards.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/real_clock.h"
#include "tests/support/png_picture.h"
#include "tests/support/process_figures.h"
#include "tests/support/scale.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kPlaces = 40;
constexpr int kCallers = 10 * kPlaces;
constexpr int kStreams = 20;
constexpr int kPromptChars = 4'000;
// What the callers' own calls may hold at the same time, and what the allocator keeps of it.
constexpr std::int64_t kCallsKib = 48 * 1024;
// The store's pages, which fill with the jobs that are made meanwhile, up to its cache_size.
constexpr std::int64_t kStoreKib = 64 * 1024;

// `limits`: further ones.
std::string Config(const std::string& limits) {
  std::vector<TestAccount> accounts;
  for (const char* provider : {"runpod", "fal"}) {
    accounts.push_back({.name = provider,
                        .poll = "{first_after: 50ms, interval_max: 100ms, lost_after: 2s}",
                        .more = "limits: {concurrent_jobs_max: 1000, submissions_per_second: 1000, "
                                "submissions_burst: 1000}"});
  }
  return absl::StrCat("limits: {live_jobs_max: ", kPlaces, limits, "}\nwatch: {streams_max: ", kStreams,
                      "}\n", ConfigWith(accounts));
}

class OverloadTest : public ::testing::Test {
 protected:
  explicit OverloadTest(const std::string& limits = "")
      : world_({.bin_dir = ZOETROPE_BIN_DIR, .queue_ms = 50, .run_ms = 300, .config = Config(limits)}) {}
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  v1::SubmitRequest RequestOf(int number, const std::string& faults = "") {
    v1::SubmitRequest request =
        world_.Request(absl::StrCat("boat ", number, faults, " ", std::string(kPromptChars, '.')),
                       number % 2 == 0 ? "runpod" : "fal");
    request.set_request_id(absl::StrCat("load-", number));
    return request;
  }

  // Calls again and again, with a new request each time, until the time is over.
  void Call(absl::Duration until) {
    while (clock_.Monotonic() < until) {
      const v1::SubmitRequest request = RequestOf(next_++);
      grpc::ClientContext context;
      v1::SubmitResponse response;
      const grpc::Status status = world_.stub().Submit(&context, request, &response);
      if (status.ok()) {
        ++accepted_;
        answers_.Add(response.job());
      } else {
        CheckRefusal(status, context);
      }
    }
  }

  void CheckRefusal(const grpc::Status& status, const grpc::ClientContext& context) {
    std::lock_guard lock(mutex_);
    ++refused_;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    const WireError error = ReadError(status);
    EXPECT_EQ(error.reason, "QUEUE_FULL");
    EXPECT_GT(error.retry_delay, absl::ZeroDuration());
    EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1u);
  }

  World world_;
  RealClock clock_;
  Answers answers_;
  std::mutex mutex_;
  std::atomic<int> next_ = 0;
  std::atomic<int> accepted_ = 0;
  int refused_ = 0;
};

TEST_F(OverloadTest, WhatIsBeyondTheLimitIsRefusedAndCostsNothing) {
  const std::uint64_t seed = TestSeed();
  const absl::Duration time = Scaled(absl::Seconds(5), absl::Seconds(30), absl::Minutes(5));
  // As many as there is room for, one after another, so that what a server needs anyway is there.
  for (int i = 0; i < 3 * kPlaces; ++i) {
    const auto response = world_.client().Submit(RequestOf(next_++));
    if (response.ok()) answers_.Add(response->job());
  }
  ReadJobsAtRest(world_);
  const ProcessFigures before = ReadProcess(world_.server_pid());
  const absl::Duration until = clock_.Monotonic() + time;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) callers.emplace_back([&] { Call(until); });
  for (std::thread& caller : callers) caller.join();
  const ProcessFigures after = ReadProcess(world_.server_pid());
  EXPECT_GT(accepted_, 0);
  EXPECT_GT(refused_, 0);
  if (kMemoryIsItsOwn) {
    EXPECT_LT(after.memory_peak_kib - before.memory_kib, kCallsKib + kStoreKib);
  } else {
    std::cout << "built with a sanitizer: its memory is not compared\n";
  }
  EXPECT_TRUE(world_.ServerIsHealthy());
  // There is room again as soon as there is.
  ReadJobsAtRest(world_);
  const auto late = world_.client().Submit(RequestOf(next_++));
  EXPECT_TRUE(late.ok()) << late.status();
  if (late.ok()) answers_.Add(late->job());
  const AuditFigures figures = AuditWorld(world_, seed, answers_);
  EXPECT_EQ(figures.phases.at("SUCCEEDED"), figures.jobs);
  std::cout << kCallers << " callers for " << kPlaces << " places during " << time << ": " << accepted_
            << " accepted, " << refused_ << " refused, memory " << before.memory_kib / 1024 << " MiB before, "
            << after.memory_peak_kib / 1024 << " MiB at most; " << ToText(figures) << "\n";
}

// Submissions that take their time, each with a picture, as many as there are places for: what they hold is
// bounded by what the operator has given them.
class PictureOverloadTest : public OverloadTest {
 protected:
  static constexpr int kRoomMib = 24;
  // What the calls that bring the pictures hold one after another, and the allocator keeps of it.
  static constexpr std::int64_t kOneCallKib = 32 * 1024;

  PictureOverloadTest() : OverloadTest(absl::StrCat(", picture_mib_max: ", kRoomMib)) {}

  void SubmitPicture(int number, const std::string& faults) {
    v1::SubmitRequest request = RequestOf(number, faults);
    request.mutable_routing()->set_provider("runpod");  // which takes it in the request itself
    request.mutable_generation()->mutable_first_frame()->set_data(picture_);
    const auto response = world_.client().Submit(request);
    ASSERT_TRUE(response.ok()) << response.status();
    answers_.Add(response->job());
  }

  const std::uint64_t seed_ = TestSeed();
  SeededRandom random_{seed_};
  const std::string picture_ = NoisyPicture(random_);
};

TEST_F(PictureOverloadTest, PicturesOnTheirWayTakeUpNoMoreThanTheyMay) {
  // So that the store's pages are there.
  for (int i = 0; i < kPlaces / 2; ++i) SubmitPicture(next_++, "");
  ReadJobsAtRest(world_);
  const ProcessFigures before = ReadProcess(world_.server_pid());
  for (int i = 0; i < kPlaces; ++i) SubmitPicture(next_++, " [[fault:hang:1000]]");
  ReadJobsAtRest(world_);
  const ProcessFigures after = ReadProcess(world_.server_pid());
  if (kMemoryIsItsOwn) {
    EXPECT_LT(after.memory_peak_kib - before.memory_kib, kRoomMib * 1024 + kOneCallKib);
  } else {
    std::cout << "built with a sanitizer: its memory is not compared\n";
  }
  const AuditFigures figures = AuditWorld(world_, seed_, answers_);
  EXPECT_EQ(figures.phases.at("SUCCEEDED"), figures.jobs);
  std::cout << kPlaces << " pictures of 2.6 MiB at once, " << kRoomMib << " MiB for them: memory "
            << before.memory_kib / 1024 << " MiB before, " << after.memory_peak_kib / 1024 << " MiB at most; "
            << ToText(figures) << "\n";
}

TEST_F(OverloadTest, ARefusedRequestIdIsFreeAndAKnownOneIsAnswered) {
  std::vector<v1::Job> jobs;
  for (int i = 0; i < kPlaces; ++i) jobs.push_back(world_.Submit(RequestOf(i, " [[fault:run-ms:1500]]")));
  grpc::ClientContext refused;
  v1::SubmitResponse response;
  const v1::SubmitRequest extra = RequestOf(kPlaces);
  EXPECT_EQ(ReadError(world_.stub().Submit(&refused, extra, &response)).reason, "QUEUE_FULL");
  // The limit is for new jobs: one that is known is answered, whatever the load.
  const auto known = world_.client().Submit(RequestOf(0, " [[fault:run-ms:1500]]"));
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_TRUE(known->duplicate());
  EXPECT_EQ(known->job().id(), jobs[0].id());
  ReadJobsAtRest(world_);
  const auto later = world_.client().Submit(extra);
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_FALSE(later->duplicate());
}

TEST_F(OverloadTest, StreamsBeyondTheLimitAreRefusedWithATimeToComeBack) {
  const std::string id = world_.Submit(RequestOf(0, " [[fault:run-ms:3000]]")).id();
  v1::WatchJobRequest request;
  request.set_job_id(id);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchJobResponse>>> streams;
  v1::WatchJobResponse message;
  for (int i = 0; i < kStreams; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(world_.stub().WatchJob(contexts.back().get(), request));
    ASSERT_TRUE(streams.back()->Read(&message)) << "stream " << i;
  }
  grpc::ClientContext context;
  const auto extra = world_.stub().WatchJob(&context, request);
  EXPECT_FALSE(extra->Read(&message));
  const grpc::Status status = extra->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReadError(status).reason, "STREAM_LIMIT");
  EXPECT_GT(ReadError(status).retry_delay, absl::ZeroDuration());
  // Those that were there are not disturbed.
  for (auto& stream : streams) {
    while (stream->Read(&message)) {
    }
    EXPECT_TRUE(stream->Finish().ok());
  }
}

}  // namespace
}  // namespace zoetrope::testing
