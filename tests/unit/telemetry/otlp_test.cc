#include "server/telemetry/otlp.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace zoetrope {
namespace {

using Json = nlohmann::json;

Span SomeSpan() {
  return {.context = *ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
          .parent_span_id = 0x2a,
          .name = "attempt",
          .kind = SpanKind::kClient,
          .start = absl::FromUnixNanos(1'800'000'000'000'000'001),
          .end = absl::FromUnixNanos(1'800'000'001'500'000'000),
          .attributes = {{"zoetrope.provider", "fal"}, {"http.response.status_code", std::int64_t{503}}},
          .failed = true};
}

// Against the protocol's own rules for JSON: ids in hexadecimal, 64-bit numbers as text, enums as numbers.
TEST(OtlpTest, IsWrittenAsTheProtocolWantsIt) {
  const Json expected = Json::parse(R"({"resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "zoetrope"}}]},
    "scopeSpans": [{"scope": {"name": "zoetrope"}, "spans": [{
      "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "spanId": "00f067aa0ba902b7",
      "parentSpanId": "000000000000002a", "name": "attempt", "kind": 3, "flags": 1,
      "startTimeUnixNano": "1800000000000000001", "endTimeUnixNano": "1800000001500000000",
      "attributes": [{"key": "zoetrope.provider", "value": {"stringValue": "fal"}},
                     {"key": "http.response.status_code", "value": {"intValue": "503"}}],
      "status": {"code": 2}}]}]}]})");
  EXPECT_EQ(Json::parse(EncodeOtlp({{"service.name", "zoetrope"}}, {SomeSpan()})), expected);
}

TEST(OtlpTest, WhatBeginsATraceHasNoParent) {
  Span span = SomeSpan();
  span.parent_span_id = 0;
  span.failed = false;
  const Json json = Json::parse(EncodeOtlp({}, {span}))["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  EXPECT_FALSE(json.contains("parentSpanId"));
  EXPECT_FALSE(json.contains("status"));
}

TEST(OtlpTest, ATextThatIsNoneDoesNotLoseTheSpan) {
  Span span = SomeSpan();
  span.attributes = {{"zoetrope.tenant", std::string("a\xff\0b", 4)}};
  const Json json = Json::parse(EncodeOtlp({}, {span}));
  const Json& attributes = json["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"];
  EXPECT_EQ(attributes[0]["value"]["stringValue"], std::string("a\xef\xbf\xbd\0b", 6));
}

}  // namespace
}  // namespace zoetrope
