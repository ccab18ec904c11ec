// What the tests of the HTTP client share.
#ifndef ZOETROPE_TESTS_INTEGRATION_HTTP_TEST_UTIL_H_
#define ZOETROPE_TESTS_INTEGRATION_HTTP_TEST_UTIL_H_

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/real_clock.h"
#include "server/http/curl_client.h"

namespace zoetrope {

inline constexpr UrlRule kLoopback{.allow_plain_http = true, .allow_private_hosts = true};

inline HttpRequest Get(std::string url) {
  return {.method = HttpMethod::kGet, .repeat = Repeat::kHarmless, .url = std::move(url)};
}

inline HttpRequest Post(std::string url, Repeat repeat, std::string body = "{}") {
  return {.method = HttpMethod::kPost, .repeat = repeat, .url = std::move(url), .body = std::move(body)};
}

inline CallOptions Within(absl::Duration timeout) { return {.timeout = timeout, .url_rule = kLoopback}; }

// Collects results; Wait returns when so many have come.
class Results {
 public:
  HttpClient::Done Add() {
    return [this](HttpResult result) {
      std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
      changed_.notify_all();
    };
  }
  std::vector<HttpResult> Wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return results_.size() >= count; });
    return results_;
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return results_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpResult> results_;
};

class HttpTest : public ::testing::Test {
 protected:
  // Trusts no authority of the machine's: reading its bundle takes seconds under a sanitizer.
  std::unique_ptr<CurlClient> NewClient(CurlClientConfig config = {}, Clock* clock = nullptr) {
    config.trust_system_roots = false;
    auto client = CurlClient::Create(clock != nullptr ? clock : &clock_, std::move(config));
    EXPECT_TRUE(client.ok()) << client.status();
    return client.ok() ? *std::move(client) : nullptr;
  }

  static HttpResult Do(CurlClient& client, HttpRequest request,
                       CallOptions options = Within(absl::Seconds(20))) {
    Results results;
    client.Start(std::move(request), options, results.Add());
    return results.Wait(1)[0];
  }

  RealClock clock_;
};

inline const HttpResponse& Response(const HttpResult& result) {
  static const HttpResponse kNone;
  if (const auto* error = std::get_if<TransportError>(&result)) {
    ADD_FAILURE() << "no answer: " << error->message;
    return kNone;
  }
  return std::get<HttpResponse>(result);
}

inline TransportError ErrorOf(const HttpResult& result) {
  if (const auto* error = std::get_if<TransportError>(&result)) return *error;
  ADD_FAILURE() << "an answer came: " << std::get<HttpResponse>(result).status;
  return {Delivery::kMaybeSent, TransportFault::kMalformed, ""};
}

}  // namespace zoetrope

#endif  // ZOETROPE_TESTS_INTEGRATION_HTTP_TEST_UTIL_H_
