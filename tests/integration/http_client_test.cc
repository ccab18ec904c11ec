// The HTTP client against servers on loopback: what it sends, receives, bounds and ends.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <set>
#include <string>
#include <thread>
#include <vector>

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
using testing::LoopbackRequest;
using testing::LoopbackTls;

using HttpClientTest = HttpTest;

// Says back what came.
void Echo(LoopbackPeer& peer) {
  while (const auto request = peer.Read()) peer.Reply(200, request->head + "\r\n\r\n" + request->body);
}

TEST_F(HttpClientTest, SendsMethodHeadersAndBodyAsGiven) {
  LoopbackHttpServer server(Echo);
  auto client = NewClient();
  struct {
    HttpMethod method;
    const char* name;
    const char* body;
  } rows[] = {{HttpMethod::kGet, "GET", ""},      {HttpMethod::kPost, "POST", "{\"a\":1}"},
              {HttpMethod::kPut, "PUT", "bytes"}, {HttpMethod::kDelete, "DELETE", ""},
              {HttpMethod::kPost, "POST", ""},    {HttpMethod::kDelete, "DELETE", "why"},
              {HttpMethod::kGet, "GET", ""}};
  for (const Repeat repeat : {Repeat::kHarmless, Repeat::kBillable}) {
    for (const auto& row : rows) {
      HttpRequest request{
          .method = row.method, .repeat = repeat, .url = server.Url("/v1/x?y=z"), .body = row.body};
      request.headers = {{"Authorization", "Key k", true}, {"X-Empty", ""}};
      const std::string got = Response(Do(*client, request)).body;
      EXPECT_EQ(got.find(std::string(row.name) + " /v1/x?y=z HTTP/1.1\r\n"), 0u) << got;
      EXPECT_NE(got.find("\r\nAuthorization: Key k\r\n"), std::string::npos) << got;
      EXPECT_NE(got.find("\r\nX-Empty:"), std::string::npos) << got;
      EXPECT_EQ(got.find("Expect"), std::string::npos) << got;
      EXPECT_EQ(got.find("Content-Type"), std::string::npos) << got;
      EXPECT_EQ(got.find("Accept-Encoding"), std::string::npos) << got;
      EXPECT_EQ(got.substr(got.find("\r\n\r\n") + 4), row.body);
    }
  }
}

TEST_F(HttpClientTest, LargeBodiesGoWithoutExpect) {
  LoopbackHttpServer server(Echo);
  auto client = NewClient();
  const std::string body(3u << 20, 'b');
  const HttpResponse response = Response(Do(*client, Post(server.Url("/"), Repeat::kBillable, body)));
  EXPECT_EQ(response.body.find("Expect"), std::string::npos);
  EXPECT_TRUE(response.body.ends_with(body));
}

TEST_F(HttpClientTest, ReadsStatusAndLowerCaseHeaders) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    peer.Read();
    peer.Write(
        "HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\nHTTP/1.1 429 Slow Down\r\nRetry-After:  7 "
        "\r\nX-Folded: a\r\n  b\r\n"
        "X-Twice: 1\r\nx-twice: 2\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n2\r\nhi\r\n0\r\n"
        "X-Late: trailer\r\n\r\n");
  });
  auto client = NewClient();
  const HttpResponse response = Response(Do(*client, Get(server.Url("/"))));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.body, "hi");
  EXPECT_EQ(response.Header("retry-after"), "7");
  EXPECT_EQ(response.Header("x-twice"), "1");
  EXPECT_EQ(response.Header("x-folded"), "a b");
  EXPECT_EQ(response.Header("link"), std::nullopt);
  EXPECT_EQ(response.Header("x-late"), std::nullopt);
  EXPECT_LT(absl::AbsDuration(response.receive_time - RealClock().TimeNow()), absl::Minutes(1));
}

TEST_F(HttpClientTest, ErrorStatusIsAnAnswer) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    while (peer.Read()) peer.Reply(503, "busy");
  });
  auto client = NewClient();
  EXPECT_EQ(Response(Do(*client, Post(server.Url("/"), Repeat::kBillable))).status, 503);
}

TEST_F(HttpClientTest, EmptyAnswerIsAnAnswer) {
  LoopbackHttpServer server([](LoopbackPeer& peer) {
    while (peer.Read()) peer.Write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  auto client = NewClient();
  EXPECT_EQ(Response(Do(*client, Get(server.Url("/")))).status, 204);
}

TEST_F(HttpClientTest, RedirectIsNotFollowed) {
  LoopbackHttpServer elsewhere(LoopbackHttpServer::Answer("never"));
  for (const int status : {301, 302, 303, 307, 308}) {
    LoopbackHttpServer server([&](LoopbackPeer& peer) {
      peer.Read();
      peer.Reply(status, "moved", "Location: " + elsewhere.Url("/") + "\r\n");
    });
    auto client = NewClient();
    const HttpResponse response = Response(Do(*client, Post(server.Url("/"), Repeat::kBillable)));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.Header("location"), elsewhere.Url("/"));
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(HttpClientTest, RefusesBeforeConnecting) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"));
  auto client = NewClient();
  const std::string port = std::to_string(server.port());
  struct {
    HttpRequest request;
    UrlRule rule;
  } rows[] = {
      {Get(server.Url("/")), {.allow_private_hosts = true}},             // plain
      {Get("https://127.0.0.1:" + port + "/"), {}},                      // address
      {Get("https://localhost:" + port + "/"), {}},                      // address behind a name
      {Get("https://[::ffff:127.0.0.1]:" + port + "/"), {}},             //
      {Get("https://2130706433:" + port + "/"), {}},                     //
      {Get("http://0x7f.1:" + port + "/"), {.allow_plain_http = true}},  //
      {Get("ftp://127.0.0.1:" + port + "/"), kLoopback},                 //
      {Get("file:///etc/passwd"), kLoopback},                            //
      {Get("http://user:pass@127.0.0.1:" + port + "/"), kLoopback},      //
      {Get("http://127.0.0.1:" + port + "/a b"), kLoopback},             //
      {Get(""), kLoopback},                                              //
      {{HttpMethod::kGet, Repeat::kHarmless, server.Url("/"), {{"X", "a\r\nY: b"}}, ""}, kLoopback},
      {{HttpMethod::kGet, Repeat::kHarmless, server.Url("/"), {{"X: a\r\nY", "b"}}, ""}, kLoopback},
  };
  for (auto& row : rows) {
    for (const Repeat repeat : {Repeat::kHarmless, Repeat::kBillable}) {
      row.request.repeat = repeat;
      SCOPED_TRACE(row.request.url);
      const TransportError error =
          ErrorOf(Do(*client, row.request, {.timeout = absl::Seconds(20), .url_rule = row.rule}));
      EXPECT_EQ(error.fault, TransportFault::kRefusedHere);
      EXPECT_EQ(error.delivery, Delivery::kNotSent);
    }
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClientTest, WarmConnectionIsCheckedAgainstTheNewRule) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"));
  auto client = NewClient();
  EXPECT_EQ(Response(Do(*client, Get(server.Url("/")))).body, "ok");
  const TransportError error = ErrorOf(Do(
      *client, Get(server.Url("/")), {.timeout = absl::Seconds(20), .url_rule = {.allow_plain_http = true}}));
  EXPECT_EQ(error.fault, TransportFault::kRefusedHere);
  EXPECT_EQ(error.delivery, Delivery::kNotSent);
  EXPECT_EQ(server.requests(), 1);
}

class SetClock : public Clock {
 public:
  absl::Time TimeNow() override { return absl::UnixEpoch(); }
  absl::Duration Monotonic() override { return absl::Milliseconds(millis.load()); }
  std::atomic<std::int64_t> millis{0};
};

TEST_F(HttpClientTest, LateSendGuard) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"));
  SetClock clock;
  auto client = NewClient({}, &clock);
  CallOptions options = Within(absl::Seconds(20));
  options.send_before = absl::Milliseconds(5000);
  for (const Repeat repeat : {Repeat::kBillable, Repeat::kHarmless}) {
    clock.millis = 5000;
    EXPECT_EQ(Response(Do(*client, Post(server.Url("/"), repeat), options)).body, "ok");
    const int before = server.posts();
    clock.millis = 5001;
    const TransportError error = ErrorOf(Do(*client, Post(server.Url("/"), repeat), options));
    EXPECT_EQ(error.fault, TransportFault::kRefusedHere);
    EXPECT_EQ(error.delivery, Delivery::kNotSent);
    EXPECT_EQ(server.posts(), before);
  }
}

// The guard is asked after connecting, where a stall would come too late for a check at the start.
TEST_F(HttpClientTest, LateSendGuardSeesTheTimeThatConnectingTook) {
  LoopbackTls tls;
  SetClock clock;
  std::atomic<SetClock*> seen{&clock};
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"), {.tls = &tls});
  // A server in front that lets the handshake through only after the clock has moved.
  LoopbackHttpServer slow([&](LoopbackPeer& peer) {
    peer.ReadSome();
    seen.load()->millis = 6000;
  });
  auto client = NewClient({.extra_ca_file = tls.ca_file()}, &clock);
  CallOptions options = Within(absl::Seconds(20));
  options.send_before = absl::Milliseconds(5000);
  ErrorOf(Do(*client, Get("https" + slow.Url("/").substr(4)), options));
  const TransportError error = ErrorOf(Do(*client, Post(server.Url("/"), Repeat::kBillable), options));
  EXPECT_EQ(error.fault, TransportFault::kRefusedHere);
  EXPECT_EQ(error.delivery, Delivery::kNotSent);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpClientTest, DoneNeverRunsInsideStart) {
  auto client = NewClient();
  std::atomic<std::thread::id> ran_on{};
  Results results;
  client->Start(Get("nonsense"), Within(absl::Seconds(1)), [&, done = results.Add()](HttpResult result) {
    ran_on = std::this_thread::get_id();
    done(std::move(result));
  });
  results.Wait(1);
  EXPECT_NE(ran_on.load(), std::this_thread::get_id());
}

TEST_F(HttpClientTest, ThousandConcurrentCalls) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"));
  auto client = NewClient();
  Results results;
  for (int i = 0; i < 1000; ++i) {
    const Repeat repeat = i % 4 == 0 ? Repeat::kBillable : Repeat::kHarmless;
    client->Start(Post(server.Url("/"), repeat), Within(absl::Seconds(50)), results.Add());
  }
  for (const HttpResult& result : results.Wait(1000)) EXPECT_EQ(Response(result).body, "ok");
  EXPECT_EQ(server.posts(), 1000);
  EXPECT_LE(server.connections(), 250 + 256);
}

TEST_F(HttpClientTest, StartsFromManyThreadsAndFromDone) {
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"));
  auto client = NewClient();
  Results results;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        client->Start(Get(server.Url("/")), Within(absl::Seconds(20)), [&](HttpResult) {
          client->Start(Get(server.Url("/")), Within(absl::Seconds(20)), results.Add());
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const HttpResult& result : results.Wait(200)) EXPECT_EQ(Response(result).body, "ok");
}

TEST_F(HttpClientTest, TlsWithAnExtraAuthority) {
  LoopbackTls tls;
  LoopbackHttpServer server(LoopbackHttpServer::Answer("ok"), {.tls = &tls});
  auto client = *CurlClient::Create(&clock_, {.extra_ca_file = tls.ca_file()});
  // More than one connection on each side: the second finds the CA store in libcurl's cache.
  for (int i = 0; i < 3; ++i) {
    const CallOptions options = Within(absl::Seconds(60));
    EXPECT_EQ(Response(Do(*client, Post(server.Url("/"), Repeat::kBillable), options)).body, "ok");
    EXPECT_EQ(
        Response(Do(*client, Get("https://localhost:" + std::to_string(server.port()) + "/"), options)).body,
        "ok");
    EXPECT_EQ(Response(Do(*client, Get(server.Url("/")), options)).body, "ok");
  }
  EXPECT_EQ(server.connections(), 3 + 2);
}

TEST_F(HttpClientTest, UnusableAuthorityFileIsAnError) {
  EXPECT_FALSE(CurlClient::Create(&clock_, {.extra_ca_file = "/no/such/file"}).ok());
  EXPECT_FALSE(CurlClient::Create(&clock_, {.extra_ca_file = "/dev/null"}).ok());
}

TEST_F(HttpClientTest, HarmlessCallsShareOneHttp2Connection) {
  LoopbackTls tls;
  Http2Count count;
  LoopbackHttpServer server(
      testing::ServeHttp2([](const Http2Request& request) { return Http2Answer{.body = request.path}; },
                          &count),
      {.tls = &tls, .protocol = "h2"});
  auto client = NewClient({.extra_ca_file = tls.ca_file()});
  EXPECT_EQ(Response(Do(*client, Get(server.Url("/first")))).body, "/first");
  count.gather = 20;
  Results results;
  for (int i = 0; i < 20; ++i) {
    client->Start(Get(server.Url("/" + std::to_string(i))), Within(absl::Seconds(20)), results.Add());
  }
  std::set<std::string> bodies;
  for (const HttpResult& result : results.Wait(20)) bodies.insert(Response(result).body);
  EXPECT_EQ(bodies.size(), 20u);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(count.streams_at_once, 20);
}

TEST_F(HttpClientTest, ServerThatHangsUpDuringATlsUploadDoesNotEndTheProcess) {
  LoopbackTls tls;
  LoopbackHttpServer server(
      [](LoopbackPeer& peer) {
        peer.ReadSome();
        peer.Reset();
      },
      {.tls = &tls});
  auto client = NewClient({.extra_ca_file = tls.ca_file()});
  for (int i = 0; i < 5; ++i) {
    const TransportError error =
        ErrorOf(Do(*client, Post(server.Url("/"), Repeat::kBillable, std::string(4u << 20, 'x'))));
    EXPECT_EQ(error.delivery, Delivery::kMaybeSent);
  }
}

}  // namespace
}  // namespace zoetrope
