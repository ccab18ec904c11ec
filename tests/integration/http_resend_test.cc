// A billable request goes over the wire once. Each test first shows that the trap is there, by what the same
// client does with a harmless request: without that, a library that stopped re-sending would let the guards
// rot unseen.
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "server/http/curl_call.h"
#include "server/http/curl_lane.h"
#include "tests/integration/http_test_util.h"
#include "tests/support/loopback_http2.h"
#include "tests/support/loopback_http_server.h"

namespace zoetrope {
namespace {

using testing::Http2Answer;
using testing::Http2Count;
using testing::Http2Request;
using testing::LoopbackHttpServer;
using testing::LoopbackPeer;
using testing::LoopbackTls;

// Answers GETs, reads POSTs and hangs up.
void DieOnPost(LoopbackPeer& peer) {
  while (const auto request = peer.Read()) {
    if (request->method == "POST") return;
    peer.Reply(200, "warm");
  }
}

using HttpResendTest = HttpTest;

TEST_F(HttpResendTest, SilentResendOnDeadReusedConnection) {
  {
    LoopbackHttpServer server(DieOnPost);
    auto client = NewClient();
    EXPECT_EQ(Response(Do(*client, Get(server.Url("/warm")))).body, "warm");
    const TransportError error = ErrorOf(Do(*client, Post(server.Url("/poke"), Repeat::kHarmless)));
    EXPECT_EQ(error.delivery, Delivery::kMaybeSent);
    EXPECT_EQ(server.posts(), 2) << "libcurl no longer re-sends: the trap that this test is about is gone";
  }
  {
    LoopbackHttpServer server(DieOnPost);
    auto client = NewClient();
    EXPECT_EQ(Response(Do(*client, Get(server.Url("/warm")))).body, "warm");
    const TransportError error = ErrorOf(Do(*client, Post(server.Url("/submit"), Repeat::kBillable)));
    EXPECT_EQ(error.delivery, Delivery::kMaybeSent);
    EXPECT_EQ(error.fault, TransportFault::kReset);
    EXPECT_EQ(server.posts(), 1);
    EXPECT_EQ(server.connections(), 2) << "the warm connection must not be used";
    EXPECT_EQ(error.message.find("not sent again"), std::string::npos)
        << "libcurl had a second connection to send it on, and only the last lock stopped it";
  }
}

TEST_F(HttpResendTest, BillableConnectionIsNotUsedAgain) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"));
  auto client = NewClient();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(Response(Do(*client, Post(server.Url("/submit"), Repeat::kBillable))).body, "ok");
  EXPECT_EQ(server.connections(), 3);
  EXPECT_EQ(server.posts(), 3);
}

TEST_F(HttpResendTest, RefusedStreamIsNotResent) {
  LoopbackTls tls;
  Http2Count count;
  const auto refuse_posts = [](const Http2Request& request) {
    return Http2Answer{.refuse = request.method == "POST", .body = "ok"};
  };
  LoopbackHttpServer server(testing::ServeHttp2(refuse_posts, &count), {.tls = &tls, .protocol = "h2"});
  auto client = NewClient({.extra_ca_file = tls.ca_file()});
  EXPECT_EQ(Response(Do(*client, Get(server.Url("/warm")))).body, "ok");
  ErrorOf(Do(*client, Post(server.Url("/poke"), Repeat::kHarmless)));
  EXPECT_GE(count.posts, 2) << "libcurl no longer re-sends: the trap that this test is about is gone";

  // To a server that speaks nothing but HTTP/2 a billable request cannot be sent at all; it does not fall
  // back to it.
  const int before = count.posts;
  const TransportError error = ErrorOf(Do(*client, Post(server.Url("/submit"), Repeat::kBillable)));
  EXPECT_EQ(count.posts, before);
  EXPECT_EQ(error.delivery, Delivery::kMaybeSent);  // HTTP/1.1 bytes did leave
}

// The lock behind the settings: with all of them undone by hand, libcurl tries to re-send and is stopped.
TEST_F(HttpResendTest, SecondSendIsRefusedEvenIfLibcurlWantsIt) {
  LoopbackHttpServer server(DieOnPost);
  InitCurlOnce();
  CurlCall::Shared shared{.clock = &clock_, .config = {}, .extra_roots = {}};
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  CurlLane lane(CurlLaneKind::kPrivate, epoll, 0, shared.config);
  std::optional<HttpResult> result;
  CurlCall call(&shared, &lane);
  curl_easy_setopt(call.handle(), CURLOPT_FRESH_CONNECT, 0L);
  curl_easy_setopt(call.handle(), CURLOPT_FORBID_REUSE, 0L);
  const auto run = [&](HttpRequest request) {
    CurlWork work{.id = 1, .request = std::move(request), .options = Within(absl::Seconds(20))};
    work.done = [&](HttpResult got) { result = std::move(got); };
    ASSERT_TRUE(call.Begin(work).ok());
    ASSERT_TRUE(lane.Add(call.handle()));
    std::optional<CurlLane::Ended> ended;
    while (!(ended = lane.NextEnded())) {
      lane.OnTimeout();
      lane.FlushInterest();
      epoll_event event{};
      if (epoll_wait(epoll, &event, 1, 10) == 1)
        lane.OnSocket(static_cast<int>(event.data.u64 & 0xffffffff), event.events);
    }
    lane.Remove(call.handle());
    call.End(ended->code, CurlStop::kNone);
  };
  run(Get(server.Url("/warm")));
  EXPECT_EQ(Response(*result).body, "warm");
  run(Post(server.Url("/submit"), Repeat::kBillable));
  EXPECT_EQ(ErrorOf(*result).delivery, Delivery::kMaybeSent);
  EXPECT_NE(ErrorOf(*result).message.find("not sent again"), std::string::npos);
  EXPECT_EQ(server.posts(), 1);
  close(epoll);
}

}  // namespace
}  // namespace zoetrope
