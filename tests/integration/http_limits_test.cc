// The HTTP client's bounds, queues and ends: nothing grows without limit, everything that was started is
// told.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/integration/http_test_util.h"
#include "tests/support/loopback_http_server.h"

namespace zoetrope {
namespace {

using testing::LoopbackHttpServer;
using testing::LoopbackPeer;
using testing::LoopbackTls;

using HttpLimitsTest = HttpTest;

TEST_F(HttpLimitsTest, BodyBound) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer(std::string(1000, 'x')));
  auto client = NewClient();
  CallOptions options = Within(absl::Seconds(20));
  options.body_bytes_max = 1000;
  EXPECT_EQ(Response(Do(*client, Get(server.Url("/")), options)).body.size(), 1000u);
  options.body_bytes_max = 999;
  const TransportError error = ErrorOf(Do(*client, Post(server.Url("/"), Repeat::kBillable), options));
  EXPECT_EQ(error.fault, TransportFault::kTooLarge);
  EXPECT_EQ(error.delivery, Delivery::kMaybeSent);
}

TEST_F(HttpLimitsTest, EndlessBodyIsCutOff) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 10'000; ++i) peer.Write(std::string(4096, 'x'));
  });
  auto client = NewClient();
  EXPECT_EQ(ErrorOf(Do(*client, Get(server.Url("/")))).fault, TransportFault::kTooLarge);
}

TEST_F(HttpLimitsTest, HeaderBound) {
  struct {
    const char* name;
    std::string block;  // sent over and over
  } rows[] = {
      {"many headers", "X-A: " + std::string(1000, 'a') + "\r\n"},
      {"many interim answers", "\r\nHTTP/1.1 103 Early Hints\r\nX-A: " + std::string(1000, 'a') + "\r\n"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    LoopbackHttpServer server([&](LoopbackPeer& peer) {
      peer.Read();
      peer.Write("HTTP/1.1 103 Early Hints\r\n");
      for (int i = 0; i < 200; ++i) peer.Write(row.block);
      peer.Write("\r\n");
      peer.WaitForEnd();
    });
    auto client = NewClient();
    EXPECT_EQ(ErrorOf(Do(*client, Get(server.Url("/")))).fault, TransportFault::kTooLarge);
  }
}

TEST_F(HttpLimitsTest, OneEndlessHeaderIsCutOff) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 200 OK\r\nX-A: ");
    for (int i = 0; i < 2'000; ++i) peer.Write(std::string(1000, 'a'));
    peer.WaitForEnd();
  });
  auto client = NewClient();
  const TransportError error = ErrorOf(Do(*client, Post(server.Url("/"), Repeat::kBillable)));
  EXPECT_EQ(error.fault, TransportFault::kMalformed);
  EXPECT_EQ(error.delivery, Delivery::kMaybeSent);
}

TEST_F(HttpLimitsTest, InFlightBound) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.WaitForEnd();
  });
  Results held;
  auto client = NewClient({.in_flight_max = 3});
  for (int i = 0; i < 3; ++i) client->Start(Get(server.Url("/")), Within(absl::Seconds(60)), held.Add());
  for (int i = 0; i < 5; ++i) {
    const TransportError error = ErrorOf(Do(*client, Post(server.Url("/"), Repeat::kBillable)));
    EXPECT_EQ(error.fault, TransportFault::kBusy);
    EXPECT_EQ(error.delivery, Delivery::kNotSent);
  }
  EXPECT_EQ(held.size(), 0u);
  client.reset();
  EXPECT_EQ(held.size(), 3u);
}

TEST_F(HttpLimitsTest, CancelEndsACallOnce) {
  std::atomic<int> got{0};
  LoopbackHttpServer server([&](LoopbackPeer& peer) {
    peer.Read();
    ++got;
    peer.WaitForEnd();
  });
  auto client = NewClient();
  Results results;
  const auto id =
      client->Start(Post(server.Url("/"), Repeat::kBillable), Within(absl::Seconds(60)), results.Add());
  while (got == 0) std::this_thread::yield();
  client->Cancel(id);
  client->Cancel(id);
  client->Cancel(id + 1000);
  client->Resume(id);
  const TransportError error = ErrorOf(results.Wait(1)[0]);
  EXPECT_EQ(error.fault, TransportFault::kCancelled);
  EXPECT_EQ(error.delivery, Delivery::kMaybeSent);
  Do(*client, Get("nonsense"));  // a round trip of the thread
  EXPECT_EQ(results.size(), 1u);
}

TEST_F(HttpLimitsTest, CancelBeforeSendingIsNotSent) {
  LoopbackHttpServer server([](LoopbackPeer& peer) { peer.WaitForEnd(); });
  auto client = NewClient();
  Results results;
  const auto id = client->Start(Post("https" + server.Url("/").substr(4), Repeat::kBillable),
                                Within(absl::Seconds(60)), results.Add());
  while (server.connections() == 0) std::this_thread::yield();
  client->Cancel(id);
  const TransportError error = ErrorOf(results.Wait(1)[0]);
  EXPECT_EQ(error.fault, TransportFault::kCancelled);
  EXPECT_EQ(error.delivery, Delivery::kNotSent);
}

TEST_F(HttpLimitsTest, DestructorEndsOutstandingCalls) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.WaitForEnd();
  });
  Results results;
  Results late;
  auto client = NewClient();
  CurlClient* raw = client.get();
  for (int i = 0; i < 50; ++i) {
    const Repeat repeat = i % 2 == 0 ? Repeat::kBillable : Repeat::kHarmless;
    client->Start(Post(server.Url("/"), repeat), Within(absl::Seconds(60)),
                  [&, done = results.Add()](HttpResult result) {
                    // As a caller would that knows nothing of the end.
                    raw->Start(Get(server.Url("/")), Within(absl::Seconds(60)), late.Add());
                    done(std::move(result));
                  });
  }
  client.reset();
  ASSERT_EQ(results.size(), 50u);
  for (const HttpResult& result : results.Wait(50))
    EXPECT_EQ(ErrorOf(result).fault, TransportFault::kCancelled);
  ASSERT_EQ(late.size(), 50u);
  for (const HttpResult& result : late.Wait(50)) {
    EXPECT_EQ(ErrorOf(result).fault, TransportFault::kRefusedHere);
    EXPECT_EQ(ErrorOf(result).delivery, Delivery::kNotSent);
  }
}

// Answers the first `held` connections never.
LoopbackHttpServer::Script HoldFirst(int held) {
  return [held](LoopbackPeer& peer) {
    if (peer.index() <= held) return peer.WaitForEnd();
    while (peer.Read()) peer.Reply(200, "ok");
  };
}

TEST_F(HttpLimitsTest, WaitingForAPlaceCountsAgainstTheTimeout) {
  LoopbackHttpServer server(HoldFirst(1000));
  auto client = NewClient({.calls_per_origin_max = 2});
  for (const Repeat repeat : {Repeat::kHarmless, Repeat::kBillable}) {
    Results held;
    for (int i = 0; i < 2; ++i)
      client->Start(Post(server.Url("/"), repeat), Within(absl::Seconds(2)), held.Add());
    const TransportError error =
        ErrorOf(Do(*client, Post(server.Url("/"), repeat), Within(absl::Milliseconds(200))));
    EXPECT_EQ(error.fault, TransportFault::kTimeout);
    EXPECT_EQ(error.delivery, Delivery::kNotSent);
    EXPECT_EQ(held.size(), 0u);
    held.Wait(2);
  }
}

TEST_F(HttpLimitsTest, OneHungServerHoldsNobodyElseUp) {
  LoopbackTls tls;
  LoopbackHttpServer hung(HoldFirst(1000));
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"), {.tls = &tls});
  auto client = NewClient({.extra_ca_file = tls.ca_file(), .calls_per_origin_max = 4});
  Results never;
  Results results;
  for (int i = 0; i < 40; ++i) {
    const Repeat repeat = i % 2 == 0 ? Repeat::kHarmless : Repeat::kBillable;
    client->Start(Get("https" + hung.Url("/").substr(4)), Within(absl::Seconds(60)), never.Add());
    client->Start(Post(hung.Url("/"), repeat), Within(absl::Seconds(60)), never.Add());
    client->Start(Post(server.Url("/"), repeat), Within(absl::Seconds(20)), results.Add());
  }
  for (const HttpResult& result : results.Wait(40)) EXPECT_EQ(Response(result).body, "ok");
  EXPECT_EQ(never.size(), 0u);
  client.reset();
  EXPECT_EQ(never.size(), 80u);
}

TEST_F(HttpLimitsTest, WaitingCallsTakeThePlacesOfEndedAndCancelledOnes) {
  LoopbackHttpServer server(HoldFirst(1));
  auto client = NewClient({.calls_per_origin_max = 1});
  Results results;
  Results cancelled;
  const auto first =
      client->Start(Post(server.Url("/"), Repeat::kBillable), Within(absl::Seconds(60)), cancelled.Add());
  const auto second =
      client->Start(Post(server.Url("/"), Repeat::kBillable), Within(absl::Seconds(60)), cancelled.Add());
  // Fails only when its turn comes, and must pass the place on.
  client->Start(Post(server.Url("/a b"), Repeat::kBillable), Within(absl::Seconds(60)), cancelled.Add());
  for (int i = 0; i < 5; ++i)
    client->Start(Post(server.Url("/"), Repeat::kBillable), Within(absl::Seconds(60)), results.Add());
  while (server.connections() == 0) std::this_thread::yield();
  EXPECT_EQ(results.size(), 0u);
  client->Cancel(second);
  EXPECT_EQ(ErrorOf(cancelled.Wait(1)[0]).delivery, Delivery::kNotSent);
  client->Cancel(first);
  cancelled.Wait(3);
  for (const HttpResult& result : results.Wait(5)) EXPECT_EQ(Response(result).body, "ok");
}

}  // namespace
}  // namespace zoetrope
