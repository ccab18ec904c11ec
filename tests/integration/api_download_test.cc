// Downloads that need the provider's credential, with the real HTTP client and a dialect that has such: where
// the credential goes, and what a slow caller costs.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/providers/registry.h"
#include "tests/integration/api_server.h"
#include "tests/integration/http_test_util.h"
#include "tests/support/loopback_http_server.h"

namespace zoetrope {
namespace {

using testing::ApiServer;
using testing::LoopbackHttpServer;
using testing::LoopbackPeer;
using testing::LoopbackRequest;

constexpr std::string_view kKey = "zk_9f86d081884c7d659a2feaa0c55ad015";
constexpr std::size_t kVideoBytes = 128u << 20;
// What may be under way: the buffers of four sockets, gRPC's windows, and some chunks of ours.
constexpr std::size_t kUnderWayBytes = 48u << 20;

// The bytes of the video repeat after so many; no power of two, so that a piece that is lost shows.
std::string Pattern() {
  std::string pattern(65'537, '\0');
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<char>(i * 31 + i / 251);
  return pattern;
}

// Sends a long video, and tells when nobody takes more of it.
class LongVideo {
 public:
  void Serve(LoopbackPeer& peer) {
    if (!peer.Write("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: " +
                    std::to_string(kVideoBytes) + "\r\n\r\n")) {
      return;
    }
    const std::string pattern = Pattern();
    for (std::size_t at = 0; at < kVideoBytes; at = sent_) {
      pollfd room{peer.fd(), POLLOUT, 0};
      if (poll(&room, 1, 500) == 0) {
        {
          std::lock_guard lock(mutex_);
          stalled_ = true;
        }
        changed_.notify_all();
        poll(&room, 1, -1);
      }
      const std::size_t from = at % pattern.size();
      const std::string_view piece =
          std::string_view(pattern).substr(from, std::min<std::size_t>(16'384, kVideoBytes - at));
      if (!peer.Write(piece)) return;
      sent_ += piece.size();
    }
  }
  void WaitUntilStalled() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stalled_; });
  }
  std::size_t sent() const { return sent_; }

 private:
  std::atomic<std::size_t> sent_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false;
};

struct Got {
  grpc::Status status;
  v1::DownloadHeader header;
  std::string bytes;
};

class CredentialDownloadTest : public HttpTest {
 protected:
  // The account calls `base`.
  void Start(const std::string& base, CurlClientConfig config = {}) {
    std::vector<Account> accounts(1);
    accounts[0].name = "north";
    accounts[0].dialect = "openai";
    accounts[0].adapter = FindDialect("openai")->make({.base_url = base});
    accounts[0].secret = Secret(std::string(kKey));
    accounts[0].url_rule = kLoopback;
    adapter_ = accounts[0].adapter.get();
    client_ = NewClient(std::move(config));
    api_.emplace(WatchOptions(), client_.get(), std::move(accounts));
  }
  ~CredentialDownloadTest() override {
    client_.reset();  // ends what is under way while there is someone to tell
    api_.reset();
  }

  // What the dialect makes of the end of a video.
  Output MadeVideo() {
    const Offering offering;
    const ProviderJob job{"video_1", {}};
    const ProviderTimings timings;
    const PollOutcome outcome =
        adapter_->ReadPoll({job, offering, "a-1", "", timings, 1},
                           {200, {}, R"({"id":"video_1","status":"completed","expires_at":4102444800})"});
    return std::get<Succeeded>(outcome).outputs.at(0);
  }

  std::string Put(const Output& output) { return api_->PutSucceeded(1, output).spec.id; }

  Got Download(const std::string& id, v1::OutputVariant variant = v1::OUTPUT_VARIANT_UNSPECIFIED) {
    grpc::ClientContext context;
    v1::DownloadVideoRequest request;
    request.set_job_id(id);
    request.set_variant(variant);
    auto reader = api_->stub().DownloadVideo(&context, request);
    Got got;
    v1::DownloadVideoResponse message;
    while (reader->Read(&message)) {
      if (message.has_header()) got.header = message.header();
      got.bytes += message.chunk();
    }
    got.status = reader->Finish();
    return got;
  }

  const Adapter* adapter_ = nullptr;
  std::unique_ptr<CurlClient> client_;
  std::optional<ApiServer> api_;
};

const std::string kAuthorization = "authorization: Bearer " + std::string(kKey);

TEST_F(CredentialDownloadTest, EveryFileIsFetchedWithTheCredential) {
  std::mutex mutex;
  std::vector<LoopbackRequest> requests;
  LoopbackHttpServer provider([&](LoopbackPeer& peer) {
    while (const auto request = peer.Read()) {
      {
        std::lock_guard lock(mutex);
        requests.push_back(*request);
      }
      peer.Reply(200, "file of " + request->target, "Content-Type: video/mp4\r\n");
    }
  });
  Start(provider.Url("/v1"));
  const std::string id = Put(MadeVideo());
  EXPECT_EQ(Download(id).bytes, "file of /v1/videos/video_1/content");
  EXPECT_EQ(Download(id, v1::OUTPUT_VARIANT_THUMBNAIL).bytes,
            "file of /v1/videos/video_1/content?variant=thumbnail");
  EXPECT_EQ(Download(id, v1::OUTPUT_VARIANT_SPRITESHEET).bytes,
            "file of /v1/videos/video_1/content?variant=spritesheet");
  EXPECT_EQ(api_->saved(), (std::vector<std::string>{id + "/0"})) << "a picture of it is not the video";
  ASSERT_EQ(requests.size(), 3u);
  for (const LoopbackRequest& request : requests) {
    EXPECT_EQ(request.method, "GET");
    EXPECT_TRUE(request.HeadHas(kAuthorization)) << request.target;
  }
}

TEST_F(CredentialDownloadTest, ASlowCallerHoldsBackTheProvider) {
  LongVideo video;
  LoopbackHttpServer provider([&](LoopbackPeer& peer) {
    const auto request = peer.Read();
    ASSERT_TRUE(request && request->HeadHas(kAuthorization));
    video.Serve(peer);
  });
  Start(provider.Url("/v1"));
  grpc::ClientContext context;
  v1::DownloadVideoRequest request;
  request.set_job_id(Put(MadeVideo()));
  auto reader = api_->stub().DownloadVideo(&context, request);
  v1::DownloadVideoResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.header().size_bytes(), static_cast<std::int64_t>(kVideoBytes));
  video.WaitUntilStalled();
  EXPECT_LT(video.sent(), kUnderWayBytes) << "nobody reads, so nobody must fetch";

  // From here on the caller reads; never is more under way than before.
  const std::string pattern = Pattern() + Pattern();
  std::size_t got = 0;
  std::size_t most_under_way = 0;
  v1::DownloadTrailer trailer;
  while (reader->Read(&message)) {
    if (message.has_trailer()) trailer = message.trailer();
    const std::string& chunk = message.chunk();
    ASSERT_LE(chunk.size(), 65'537u);
    ASSERT_EQ(std::memcmp(chunk.data(), pattern.data() + got % 65'537, chunk.size()), 0) << got;
    got += chunk.size();
    // The server counts a piece only after it has handed it over.
    const std::size_t sent = video.sent();
    most_under_way = std::max(most_under_way, sent > got ? sent - got : 0);
  }
  const grpc::Status status = reader->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(got, kVideoBytes);
  EXPECT_LT(most_under_way, kUnderWayBytes);
  EXPECT_EQ(trailer.size_bytes(), static_cast<std::int64_t>(kVideoBytes));
}

// The provider's clients follow redirects; nothing documented needs it, and a credential must not go along.
TEST_F(CredentialDownloadTest, ARedirectIsNotFollowed) {
  LoopbackHttpServer elsewhere(LoopbackHttpServer::Answer("stolen"));
  for (const int status : {301, 302, 303, 307, 308}) {
    LoopbackHttpServer provider([&](LoopbackPeer& peer) {
      peer.Read();
      peer.Reply(status, "", "Location: " + elsewhere.Url("/x") + "\r\n");
    });
    Start(provider.Url("/v1"));
    const Got got = Download(Put(MadeVideo()));
    EXPECT_EQ(got.status.error_code(), grpc::StatusCode::UNAVAILABLE) << status;
    EXPECT_EQ(got.bytes, "");
    client_.reset();
    api_.reset();
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(CredentialDownloadTest, TheCredentialStaysWithTheAccount) {
  std::mutex mutex;
  std::vector<LoopbackRequest> requests;
  LoopbackHttpServer elsewhere([&](LoopbackPeer& peer) {
    if (const auto request = peer.Read()) {
      std::lock_guard lock(mutex);
      requests.push_back(*request);
    }
    peer.Reply(200, "x");
  });
  Start("http://127.0.0.1:1/v1");
  Output output = MadeVideo();
  output.url = elsewhere.Url("/v1/videos/video_1/content");  // the same host, another port
  EXPECT_TRUE(Download(Put(output)).status.ok());
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_FALSE(requests[0].HeadHas("authorization"));
  EXPECT_FALSE(requests[0].HeadHas(kKey));
}

TEST_F(CredentialDownloadTest, RefusalsTellWhetherTheVideoIsLost) {
  const struct {
    int status;
    grpc::StatusCode want;
  } kCases[] = {{404, grpc::StatusCode::FAILED_PRECONDITION},
                {410, grpc::StatusCode::FAILED_PRECONDITION},
                // The key, not the video, is in the way.
                {401, grpc::StatusCode::UNAVAILABLE},
                {403, grpc::StatusCode::UNAVAILABLE},
                {429, grpc::StatusCode::UNAVAILABLE},
                {500, grpc::StatusCode::UNAVAILABLE}};
  for (const auto& c : kCases) {
    LoopbackHttpServer provider([&c](LoopbackPeer& peer) {
      peer.Read();
      peer.Reply(c.status,
                 R"({"error":{"message":"Incorrect API key provided: )" + std::string(kKey) + "\"}}");
    });
    Start(provider.Url("/v1"));
    const Got got = Download(Put(MadeVideo()));
    EXPECT_EQ(got.status.error_code(), c.want) << c.status;
    EXPECT_TRUE(api_->saved().empty());
    EXPECT_EQ(got.status.error_message().find(kKey), std::string::npos);
    EXPECT_EQ(got.status.error_details().find(kKey), std::string::npos);
    client_.reset();
    api_.reset();
  }
}

TEST_F(CredentialDownloadTest, MoreThanMayBeAtOnceComesBackLater) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("video"));
  Start(server.Url(""), {.downloads_max = 0});
  const Got got = Download(Put(MadeVideo()));
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(got.status.error_details().find("STREAM_LIMIT"), std::string::npos);
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace zoetrope
