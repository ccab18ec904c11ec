// A collector of OpenTelemetry's spans, which decodes what arrives.
#ifndef ZOETROPE_TESTS_SUPPORT_SPAN_COLLECTOR_H_
#define ZOETROPE_TESTS_SUPPORT_SPAN_COLLECTOR_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/child_process.h"
#include "tests/support/loopback_http_server.h"

namespace zoetrope::testing {

// A span as it came, with its attributes as texts.
struct CollectedSpan {
  std::string trace;
  std::string id;
  std::string parent;
  std::string name;
  std::int64_t start = 0;
  std::int64_t end = 0;
  bool failed = false;
  std::map<std::string, std::string> attributes;
};

inline std::map<std::string, std::string> AttributesOf(const nlohmann::json& list) {
  std::map<std::string, std::string> attributes;
  for (const nlohmann::json& attribute : list) {
    const nlohmann::json& value = attribute.at("value");
    attributes[attribute.at("key")] =
        value.contains("intValue") ? value.at("intValue") : value.at("stringValue");
  }
  return attributes;
}

// Takes what is posted to it as OTLP over HTTP in JSON, and refuses what is not. Thread-safe.
class SpanCollector {
 public:
  // `header`: a line that each post must have.
  explicit SpanCollector(std::string header) : header_(std::move(header)) {}

  std::string url() const { return server_.Url("/v1/traces"); }
  int posts() const { return server_.posts(); }

  std::vector<CollectedSpan> spans() {
    std::lock_guard lock(mutex_);
    return spans_;
  }
  std::vector<CollectedSpan> Named(const std::string& name) {
    std::vector<CollectedSpan> found;
    for (CollectedSpan& span : spans()) {
      if (span.name == name) found.push_back(std::move(span));
    }
    return found;
  }
  // The only one, once it is there; a failure of the test where there is none.
  CollectedSpan AwaitOne(const std::string& name) {
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return !Named(name).empty(); })) << name;
    const std::vector<CollectedSpan> found = Named(name);
    EXPECT_EQ(found.size(), 1u) << name;
    return found.empty() ? CollectedSpan() : found[0];
  }
  // All that was posted.
  std::string text() {
    std::lock_guard lock(mutex_);
    return text_;
  }
  // Of every post.
  std::set<std::string> services() {
    std::lock_guard lock(mutex_);
    return services_;
  }

 private:
  void Serve(LoopbackPeer& peer) {
    while (const auto request = peer.Read()) {
      const bool good = request->method == "POST" && request->target == "/v1/traces" &&
                        request->HeadHas("content-type: application/json") && request->HeadHas(header_);
      if (good) Take(request->body);
      peer.Reply(good ? 200 : 400, "{}", "Content-Type: application/json\r\n");
    }
  }

  void Take(const std::string& text) {
    const nlohmann::json body = nlohmann::json::parse(text);
    std::lock_guard lock(mutex_);
    text_ += text;
    for (const nlohmann::json& resource : body.at("resourceSpans")) {
      services_.insert(AttributesOf(resource.at("resource").at("attributes")).at("service.name"));
      for (const nlohmann::json& scope : resource.at("scopeSpans")) {
        for (const nlohmann::json& span : scope.at("spans")) {
          spans_.push_back({.trace = span.at("traceId"),
                            .id = span.at("spanId"),
                            .parent = span.value("parentSpanId", ""),
                            .name = span.at("name"),
                            .start = std::stoll(span.at("startTimeUnixNano").get<std::string>()),
                            .end = std::stoll(span.at("endTimeUnixNano").get<std::string>()),
                            .failed = span.contains("status"),
                            .attributes = AttributesOf(span.at("attributes"))});
        }
      }
    }
  }

  const std::string header_;
  std::mutex mutex_;
  std::string text_;
  std::vector<CollectedSpan> spans_;
  std::set<std::string> services_;
  LoopbackHttpServer server_{[this](LoopbackPeer& peer) { Serve(peer); }};
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_SPAN_COLLECTOR_H_
