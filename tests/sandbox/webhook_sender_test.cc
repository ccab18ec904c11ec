#include "tests/sandbox/webhook_sender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <utility>

#include "tests/sandbox/http_server.h"

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;

TEST(ParseWebhookUrl, KnowsThisMachineOnly) {
  const auto target = ParseWebhookUrl("http://127.0.0.1:8080/hooks/token?x=1#y");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->endpoint.port(), 8080);
  EXPECT_EQ(target->host, "127.0.0.1:8080");
  EXPECT_EQ(target->target, "/hooks/token?x=1");
  EXPECT_EQ(ParseWebhookUrl("http://localhost")->target, "/");
  EXPECT_EQ(ParseWebhookUrl("http://localhost")->endpoint.port(), 80);
  EXPECT_EQ(ParseWebhookUrl("http://[::1]:81?a")->target, "/?a");
  EXPECT_EQ(ParseWebhookUrl("http://[::1]:81?a")->endpoint.port(), 81);
  for (const char* url :
       {"", "https://127.0.0.1/", "http://gw.example/hook", "http://10.0.0.1/", "http://127.0.0.1:x/",
        "http://127.0.0.1:99999/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://"}) {
    EXPECT_FALSE(ParseWebhookUrl(url).has_value()) << url;
  }
}

// A receiver on a free port, and a sender with what the test puts in; both on the test's own thread.
class WebhookSenderTest : public ::testing::Test {
 protected:
  WebhookSenderTest()
      : receiver_(&io_, [this](const Request& request) { return Receive(request); }),
        sender_(
            &io_, [this](std::size_t) { return std::exchange(due_, {}); },
            [this](OutgoingWebhook out, int status) { answers_.emplace_back(out.webhook.url, status); },
            300) {
    receiver_.Listen({asio::ip::address_v4::loopback(), 0});
    port_ = receiver_.port();
  }

  Reply Receive(const Request& request) {
    received_.push_back(request);
    Reply reply;
    if (request.path == "/refuse") reply.status = 503;
    if (request.path == "/close") reply.delivery = Delivery::kClose;
    if (request.path == "/late") reply.delay_ms = 60'000;
    return reply;
  }
  void Owe(const std::string& url) {
    OutgoingWebhook out;
    out.webhook.url = url;
    out.headers = {{"webhook-id", "w1"}};
    out.body = R"({"id":"1"})";
    due_.push_back(std::move(out));
  }
  std::string Own(const std::string& path) { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  // Runs until so many answers are there, 10 s at most.
  void RunUntil(std::size_t answers) {
    sender_.Start();
    for (int i = 0; i < 1000 && answers_.size() < answers; ++i) io_.run_for(std::chrono::milliseconds(10));
    sender_.Stop();
    receiver_.Stop();
  }

  asio::io_context io_{1};
  std::uint16_t port_ = 0;
  std::vector<OutgoingWebhook> due_;
  std::vector<Request> received_;
  std::vector<std::pair<std::string, int>> answers_;
  HttpServer receiver_;
  WebhookSender sender_;
};

TEST_F(WebhookSenderTest, PostsAndTellsTheAnswer) {
  Owe(Own("/hook?x=1"));
  Owe(Own("/refuse"));
  Owe(Own("/close"));
  Owe("https://gw.example/hook");
  RunUntil(4);
  ASSERT_EQ(answers_.size(), 4u);
  for (const auto& [url, status] : answers_) {
    const int expected = url == Own("/hook?x=1") ? 200
                         : url == Own("/refuse") ? 503
                         : url == Own("/close")  ? 0
                                                 : -1;
    EXPECT_EQ(status, expected) << url;
  }
  ASSERT_EQ(received_.size(), 3u);
  const auto hook =
      std::find_if(received_.begin(), received_.end(), [](const Request& r) { return r.path == "/hook"; });
  ASSERT_NE(hook, received_.end());
  EXPECT_EQ(hook->method, "POST");
  EXPECT_EQ(hook->Query("x"), "1");
  EXPECT_EQ(hook->body, R"({"id":"1"})");
  EXPECT_EQ(hook->Header("webhook-id"), "w1");
  EXPECT_EQ(hook->Header("content-type"), "application/json");
}

TEST_F(WebhookSenderTest, GivesUpWaiting) {
  Owe(Own("/late"));
  RunUntil(1);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].second, 0);
}

TEST_F(WebhookSenderTest, NobodyThere) {
  Owe("http://127.0.0.1:1/hook");
  RunUntil(1);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].second, 0);
}

TEST_F(WebhookSenderTest, StopsWithSomethingUnderWay) {
  Owe(Own("/late"));
  sender_.Start();
  io_.run_for(std::chrono::milliseconds(100));
  sender_.Stop();
  receiver_.Stop();
  io_.run();
  EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace zoetrope::sandbox
