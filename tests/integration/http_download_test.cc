// Downloads piece by piece: bounded memory, pauses, and every way to end.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>

#include "absl/time/clock.h"
#include "tests/integration/http_test_util.h"
#include "tests/support/loopback_http2.h"
#include "tests/support/loopback_http_server.h"

namespace zoetrope {
namespace {

using testing::LoopbackHttpServer;
using testing::LoopbackPeer;

// Keeps what comes. Pauses before every `pause_every` bytes are full, if not 0.
class KeepingSink : public BodySink {
 public:
  bool OnHeaders(const HttpResponse& head) override {
    std::lock_guard lock(mutex_);
    head_ = head;
    return accept_head;
  }
  Flow OnBytes(std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    if (stop_at != 0 && body_.size() >= stop_at) return Flow::kStop;
    if (pause_every != 0 && !resumed_ &&
        body_.size() / pause_every != (body_.size() + bytes.size()) / pause_every) {
      ++pauses_;
      paused_ = true;
      changed_.notify_all();
      return Flow::kPause;
    }
    resumed_ = false;
    body_.append(bytes);
    return Flow::kContinue;
  }
  void OnDone(std::optional<TransportError> error) override {
    std::lock_guard lock(mutex_);
    ++dones_;
    error_ = std::move(error);
    changed_.notify_all();
  }

  // Waits for a pause or the end; true at a pause, which is then over for the sink.
  bool WaitForPause() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return paused_ || dones_ > 0; });
    resumed_ = paused_;
    return std::exchange(paused_, false);
  }
  std::optional<TransportError> WaitForDone() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return dones_ > 0; });
    return error_;
  }

  bool accept_head = true;
  std::size_t pause_every = 0;
  std::size_t stop_at = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  HttpResponse head_;
  std::string body_;
  int pauses_ = 0;
  int dones_ = 0;
  bool paused_ = false;
  bool resumed_ = false;
  std::optional<TransportError> error_;
};

std::string Video(std::size_t bytes) {
  std::string video(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) video[i] = static_cast<char>(i * 31 + i / 4096);
  return video;
}

CallOptions DownloadOptions() {
  CallOptions options = Within(absl::Seconds(50));
  options.body_bytes_max = 64u << 20;
  return options;
}

using HttpDownloadTest = HttpTest;

TEST_F(HttpDownloadTest, WholeBody) {
  const std::string video = Video(6u << 20);
  LoopbackHttpServer server([&](LoopbackPeer& peer) {
    peer.Read();
    peer.Reply(200, video, "Content-Type: video/mp4\r\n");
  });
  auto client = NewClient();
  KeepingSink sink;
  client->StartDownload(Get(server.Url("/v.mp4")), DownloadOptions(), &sink);
  EXPECT_EQ(sink.WaitForDone(), std::nullopt);
  EXPECT_EQ(sink.head_.status, 200);
  EXPECT_EQ(sink.head_.Header("content-type"), "video/mp4");
  EXPECT_TRUE(sink.body_ == video);
}

TEST_F(HttpDownloadTest, PausesAndGoesOn) {
  const std::string video = Video(6u << 20);
  std::atomic<std::size_t> sent{0};
  LoopbackHttpServer server([&](LoopbackPeer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(video.size()) + "\r\n\r\n");
    for (; sent < video.size(); sent += 65'536) peer.Write(std::string_view(video).substr(sent, 65'536));
  });
  auto client = NewClient();
  KeepingSink sink;
  sink.pause_every = 256u << 10;
  const auto id = client->StartDownload(Get(server.Url("/v.mp4")), DownloadOptions(), &sink);
  while (sink.WaitForPause()) {
    // Others go on meanwhile.
    EXPECT_EQ(ErrorOf(Do(*client, Get("nonsense"))).fault, TransportFault::kRefusedHere);
    client->Resume(id);
  }
  EXPECT_EQ(sink.WaitForDone(), std::nullopt);
  EXPECT_GE(sink.pauses_, 20);
  EXPECT_TRUE(sink.body_ == video);
}

TEST_F(HttpDownloadTest, PausedDownloadHoldsBackTheServer) {
  std::atomic<std::size_t> sent{0};
  LoopbackHttpServer server([&](LoopbackPeer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
    const std::string piece(65'536, 'x');
    for (int i = 0; i < 1024; ++i) {
      peer.Write(piece);
      sent += piece.size();
    }
  });
  auto client = NewClient();
  KeepingSink sink;
  sink.pause_every = 1;
  const auto id = client->StartDownload(Get(server.Url("/v.mp4")), DownloadOptions(), &sink);
  EXPECT_TRUE(sink.WaitForPause());
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_LT(sent, 32u << 20) << "a paused download must not be read on";
  client->Cancel(id);
  EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kCancelled);
}

TEST_F(HttpDownloadTest, EndsOnce) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.Reply(200, std::string(1u << 20, 'x'));
  });
  auto client = NewClient();
  {
    KeepingSink sink;
    sink.accept_head = false;
    client->StartDownload(Get(server.Url("/")), DownloadOptions(), &sink);
    EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kCancelled);
    EXPECT_TRUE(sink.body_.empty());
  }
  {
    KeepingSink sink;
    sink.stop_at = 1000;
    client->StartDownload(Get(server.Url("/")), DownloadOptions(), &sink);
    EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kCancelled);
    EXPECT_EQ(sink.dones_, 1);
  }
  {
    KeepingSink sink;
    CallOptions options = DownloadOptions();
    options.body_bytes_max = 1000;
    client->StartDownload(Get(server.Url("/")), options, &sink);
    EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kTooLarge);
    EXPECT_LE(sink.body_.size(), 1000u);
  }
  {
    KeepingSink sink;
    client->StartDownload(Get("nonsense"), DownloadOptions(), &sink);
    EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kRefusedHere);
  }
  KeepingSink sink;
  sink.pause_every = 1;
  client->StartDownload(Get(server.Url("/")), DownloadOptions(), &sink);
  EXPECT_TRUE(sink.WaitForPause());
  client.reset();
  EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kCancelled);
  EXPECT_EQ(sink.dones_, 1);
}

TEST_F(HttpDownloadTest, CutBodyIsAnError) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
  });
  auto client = NewClient();
  KeepingSink sink;
  client->StartDownload(Get(server.Url("/")), DownloadOptions(), &sink);
  EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kReset);
  EXPECT_EQ(sink.body_, "short");
}

TEST_F(HttpDownloadTest, SlowDripIsGivenUp) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (peer.Write("x")) absl::SleepFor(absl::Milliseconds(50));
  });
  auto client = NewClient({.download_bytes_per_second_min = 1'000, .download_slow_max = absl::Seconds(1)});
  KeepingSink sink;
  client->StartDownload(Get(server.Url("/")), DownloadOptions(), &sink);
  EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kTimeout);
  EXPECT_LT(sink.body_.size(), 200u);
}

// A paused HTTP/2 stream stalls its connection in libcurl 7.88.1: polls of the same host must not share one
// with it.
TEST_F(HttpDownloadTest, PausedDownloadDoesNotStallPolls) {
  testing::LoopbackTls tls;
  LoopbackHttpServer server(
      [](LoopbackPeer& peer) {
        while (peer.Read()) peer.Reply(200, std::string(2u << 20, 'x'));
      },
      {.tls = &tls});
  auto client = NewClient({.extra_ca_file = tls.ca_file()});
  KeepingSink sink;
  sink.pause_every = 1;
  const auto id = client->StartDownload(Get(server.Url("/v.mp4")), DownloadOptions(), &sink);
  EXPECT_TRUE(sink.WaitForPause());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Response(Do(*client, Get(server.Url("/poll")))).status, 200);
  EXPECT_EQ(server.connections(), 2);
  client->Cancel(id);
  EXPECT_EQ(sink.WaitForDone()->fault, TransportFault::kCancelled);
}

TEST_F(HttpDownloadTest, DownloadsTakeNoPlaceOfOtherCalls) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    const std::optional<testing::LoopbackRequest> request = peer.Read();
    if (request && request->target == "/video") return peer.WaitForEnd();
    peer.Reply(200, "ok");
  });
  KeepingSink sinks[3];
  auto client = NewClient({.in_flight_max = 1, .downloads_max = 2});
  for (KeepingSink& sink : sinks) client->StartDownload(Get(server.Url("/video")), DownloadOptions(), &sink);
  EXPECT_EQ(sinks[2].WaitForDone()->fault, TransportFault::kBusy) << "one more than may be";
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(Response(Do(*client, Get(server.Url("/poll")))).status, 200) << "the rest goes on";
}

}  // namespace
}  // namespace zoetrope
