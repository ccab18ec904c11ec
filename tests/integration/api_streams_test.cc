// WatchJob and DownloadVideo over the wire: order, ends, slow and vanishing callers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/base/crypto.h"
#include "tests/integration/api_server.h"
#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

using testing::ApiServer;
using ::testing::ElementsAre;
using testing::PlayedDownload;

struct Watched {
  std::vector<std::int64_t> revisions;
  bool snapshot_first = false;
  grpc::Status status;
};

Watched Watch(ApiServer& api, const std::string& job_id, std::optional<std::int64_t> after = std::nullopt) {
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_job_id(job_id);
  if (after) request.set_after_revision(*after);
  auto reader = api.stub().WatchJob(&context, request);
  Watched watched;
  v1::WatchJobResponse message;
  while (reader->Read(&message)) {
    if (message.has_snapshot()) {
      watched.snapshot_first = watched.revisions.empty();
      watched.revisions.push_back(message.snapshot().job().revision());
    }
    if (message.has_revision()) watched.revisions.push_back(message.revision().revision());
  }
  watched.status = reader->Finish();
  return watched;
}

TEST(WatchTest, AnEndedJobIsOneSnapshot) {
  ApiServer api;
  const Job job = api.PutSucceeded(1, Output{.url = "https://media.example/v"});
  const Watched watched = Watch(api, job.spec.id);
  EXPECT_TRUE(watched.status.ok()) << watched.status.error_message();
  EXPECT_TRUE(watched.snapshot_first);
  EXPECT_THAT(watched.revisions, ElementsAre(1));
}

TEST(WatchTest, EveryRevisionAfterTheCursorOnce) {
  ApiServer api;
  Job job = testing::SimpleJob(1);
  api.Put(job);
  for (int i = 0; i < 5; ++i) api.Advance(job, JobPhase::kRunning);
  api.Advance(job, JobPhase::kSucceeded);
  EXPECT_THAT(Watch(api, job.spec.id, 2).revisions, ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(Watch(api, job.spec.id, 0).revisions, ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST(WatchTest, RefusalsAreTyped) {
  ApiServer api;
  const Job job = api.PutSucceeded(1, Output{.url = "https://media.example/v"});
  EXPECT_EQ(Watch(api, "").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Watch(api, job.spec.id, -1).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Watch(api, "no-such-job").status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Watch(api, job.spec.id, 99).status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST(WatchTest, ADrainEndsEveryStream) {
  ApiServer api;
  Job job = testing::SimpleJob(1);
  api.Put(job);
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_job_id(job.spec.id);
  auto reader = api.stub().WatchJob(&context, request);
  v1::WatchJobResponse message;
  ASSERT_TRUE(reader->Read(&message));
  api.hub().Drain();
  while (reader->Read(&message)) {
  }
  EXPECT_TRUE(message.has_heartbeat());
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// Callers come, go in the middle, and stay to the end, while the job changes.
TEST(WatchTest, CallersThatVanishHarmNobody) {
  ApiServer api;
  Job job = testing::SimpleJob(1);
  api.Put(job);
  constexpr int kWatchers = 24;
  constexpr int kRevisions = 60;
  std::atomic<int> whole{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kWatchers; ++i) {
    threads.emplace_back([&api, &whole, i, id = job.spec.id] {
      testing::SeededRandom random(static_cast<std::uint64_t>(i) + 1);
      if (i % 3 == 0) {
        const Watched watched = Watch(api, id, 0);
        bool in_order = watched.status.ok() && watched.revisions.size() == kRevisions + 2;
        for (std::size_t n = 0; n < watched.revisions.size(); ++n)
          in_order &= watched.revisions[n] == static_cast<std::int64_t>(n) + 1;
        if (in_order) ++whole;
        return;
      }
      for (int round = 0; round < 20; ++round) {
        grpc::ClientContext context;
        v1::WatchJobRequest request;
        request.set_job_id(id);
        auto reader = api.stub().WatchJob(&context, request);
        v1::WatchJobResponse message;
        for (std::uint64_t reads = random.Below(4); reads > 0 && reader->Read(&message); --reads) {
          if (message.snapshot().job().state() == v1::JOB_STATE_SUCCEEDED) return;
        }
        context.TryCancel();
        reader->Finish();
      }
    });
  }
  for (int i = 0; i < kRevisions; ++i) api.Advance(job, JobPhase::kRunning);
  api.Advance(job, JobPhase::kSucceeded);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(whole, kWatchers / 3);
}

struct Downloaded {
  std::vector<std::string> kinds;  // header, chunk, trailer
  std::string bytes;
  v1::DownloadHeader header;
  v1::DownloadTrailer trailer;
  grpc::Status status;
};

Downloaded Download(ApiServer& api, const std::string& job_id, int output_index = 0) {
  grpc::ClientContext context;
  v1::DownloadVideoRequest request;
  request.set_job_id(job_id);
  request.set_output_index(output_index);
  auto reader = api.stub().DownloadVideo(&context, request);
  Downloaded result;
  v1::DownloadVideoResponse message;
  while (reader->Read(&message)) {
    switch (message.content_case()) {
      case v1::DownloadVideoResponse::kHeader:
        result.header = message.header();
        result.kinds.push_back("header");
        break;
      case v1::DownloadVideoResponse::kChunk:
        EXPECT_LE(message.chunk().size(), 64u << 10);
        EXPECT_FALSE(message.chunk().empty());
        result.bytes += message.chunk();
        if (result.kinds.back() != "chunk") result.kinds.push_back("chunk");
        break;
      default:
        result.trailer = message.trailer();
        result.kinds.push_back("trailer");
    }
  }
  result.status = reader->Finish();
  return result;
}

std::string Noise(std::size_t size) {
  testing::SeededRandom random(9);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.Next());
  return bytes;
}

class DownloadTest : public ::testing::Test {
 protected:
  ApiServer api_;
  const std::string id_ = api_.PutSucceeded(1, Output{.url = "https://media.example/v.mp4"}).spec.id;
};

TEST_F(DownloadTest, TheBytesComeWholeWithLengthAndDigest) {
  const std::string body = Noise(3'000'001);
  api_.http().Play(
      {.headers = {{"content-type", "video/mp4"}, {"content-length", std::to_string(body.size())}},
       .body = body});
  const Downloaded result = Download(api_, id_);
  EXPECT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_THAT(result.kinds, ElementsAre("header", "chunk", "trailer"));
  EXPECT_EQ(result.header.content_type(), "video/mp4");
  EXPECT_EQ(result.header.size_bytes(), 3'000'001);
  EXPECT_TRUE(result.bytes == body);
  EXPECT_EQ(result.trailer.size_bytes(), 3'000'001);
  EXPECT_EQ(result.trailer.sha256(), Sha256Hex(body));
  EXPECT_TRUE(api_.http().request().headers.empty());
}

TEST_F(DownloadTest, AnEmptyFileIsAFile) {
  api_.http().Play({.headers = {{"content-length", "0"}}});
  const Downloaded result = Download(api_, id_);
  EXPECT_TRUE(result.status.ok());
  EXPECT_THAT(result.kinds, ElementsAre("header", "trailer"));
  EXPECT_EQ(result.trailer.sha256(), Sha256Hex(""));
}

TEST_F(DownloadTest, ASlowCallerPausesTheProvider) {
  api_.http().Play({.body = Noise(8u << 20)});
  grpc::ClientContext context;
  v1::DownloadVideoRequest request;
  request.set_job_id(id_);
  auto reader = api_.stub().DownloadVideo(&context, request);
  v1::DownloadVideoResponse message;
  ASSERT_TRUE(reader->Read(&message));
  while (api_.http().pauses() == 0) std::this_thread::yield();
  std::size_t got = 0;
  while (reader->Read(&message)) got += message.chunk().size();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(got, 8u << 20);
}

TEST_F(DownloadTest, WhatIsNotWholeIsAnError) {
  const PlayedDownload cases[] = {
      {.headers = {{"content-length", "10"}}, .body = "123456789"},
      {.body = "123", .breaks_off = true},
      {.status = 503},
      {.status = 302},
  };
  for (const PlayedDownload& download : cases) {
    api_.http().Play(download);
    const Downloaded result = Download(api_, id_);
    EXPECT_EQ(result.status.error_code(), grpc::StatusCode::UNAVAILABLE) << download.status;
    EXPECT_EQ(result.trailer.sha256(), "");
  }
}

TEST_F(DownloadTest, WhatTheProviderNoLongerHasIsLost) {
  for (const int status : {403, 404, 410}) {
    api_.http().Play({.status = status});
    EXPECT_EQ(Download(api_, id_).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << status;
  }
}

TEST_F(DownloadTest, RefusalsAreTyped) {
  EXPECT_EQ(Download(api_, "").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Download(api_, id_, -1).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Download(api_, id_, 5).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Download(api_, "no-such-job").status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(DownloadTest, ACallerThatVanishesEndsTheDownload) {
  api_.http().Play({.body = Noise(4u << 20), .hangs = true});
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    v1::DownloadVideoRequest request;
    request.set_job_id(id_);
    auto reader = api_.stub().DownloadVideo(&context, request);
    v1::DownloadVideoResponse message;
    for (int reads = round % 5; reads > 0; --reads) reader->Read(&message);
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  api_.http().WaitUntilIdle();
}

TEST_F(DownloadTest, TheCredentialGoesWhereItIsNeeded) {
  const std::string id =
      api_.PutSucceeded(2, Output{.url = "https://north.example/v", .credential_required = true}).spec.id;
  api_.http().Play({.body = "x"});
  EXPECT_TRUE(Download(api_, id).status.ok());
  ASSERT_EQ(api_.http().request().headers.size(), 1u);
  EXPECT_EQ(api_.http().request().headers[0].name, "authorization");
}

}  // namespace
}  // namespace zoetrope
