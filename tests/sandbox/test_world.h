#ifndef ZOETROPE_TESTS_SANDBOX_TEST_WORLD_H_
#define ZOETROPE_TESTS_SANDBOX_TEST_WORLD_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/sandbox/sandbox.h"

namespace zoetrope::sandbox {

// A simulator without sockets under a clock that the test moves. Jobs queue for 100 ms and run for 1000.
class WorldTest : public ::testing::Test {
 protected:
  static Options TestOptions() {
    Options options;
    options.queue_ms = 100;
    options.run_ms = 1000;
    options.render = false;
    return options;
  }

  explicit WorldTest(Options options = TestOptions()) : world_(std::move(options), [this] { return now_; }) {}

  // The reply as the client will have it: what has to be waited for is waited for.
  Reply Send(const std::string& method, const std::string& target, const std::string& body = "",
             Headers headers = {}) {
    return SendTo("127.0.0.1:9", method, target, body, std::move(headers));
  }

  Reply SendTo(const std::string& host, const std::string& method, const std::string& target,
               const std::string& body, Headers headers) {
    Request request;
    request.method = method;
    SetTarget(target, &request);
    request.body = body;
    request.headers = std::move(headers);
    request.headers.emplace_back("host", host);
    Reply reply = HandleRequest(&world_, request);
    while (reply.next && reply.delivery != Delivery::kStream) {
      now_ += reply.delay_ms;
      reply = reply.next();
    }
    return reply;
  }

  static Json Body(const Reply& reply) { return Json::parse(reply.body, nullptr, false); }

  Json Ledger(const std::string& query = "") { return Body(Send("GET", "/_sandbox/ledger" + query)); }

  void Script(const std::string& json) {
    ASSERT_EQ(Send("PUT", "/_sandbox/faults", json).status, 200) << json;
  }

  std::int64_t now_ = 1'800'000'000'000;
  World world_;
};

inline std::string_view HeaderOf(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

// The path of one of our own URLs.
inline std::string PathOf(const Json& url) {
  const std::string text = url.get<std::string>();
  return text.substr(text.find('/', text.find("://") + 3));
}

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_TEST_WORLD_H_
