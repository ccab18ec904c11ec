#include "server/telemetry/otlp.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <variant>

#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

using Json = nlohmann::json;

constexpr int kStatusError = 2;

Json TextAttribute(const std::string& name, const std::string& value) {
  return {{"key", name}, {"value", {{"stringValue", value}}}};
}

Json ToJson(const SpanAttribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value))
    return TextAttribute(attribute.name, *text);
  const std::int64_t number = std::get<std::int64_t>(attribute.value);
  return {{"key", attribute.name}, {"value", {{"intValue", absl::StrCat(number)}}}};
}

Json ToJson(const Span& span) {
  Json attributes = Json::array();
  for (const SpanAttribute& attribute : span.attributes) attributes.push_back(ToJson(attribute));
  Json json = {{"traceId", TraceIdOf(span.context)},
               {"spanId", SpanIdText(span.context.span_id)},
               {"name", span.name},
               {"kind", static_cast<int>(span.kind)},
               {"startTimeUnixNano", absl::StrCat(absl::ToUnixNanos(span.start))},
               {"endTimeUnixNano", absl::StrCat(absl::ToUnixNanos(span.end))},
               {"flags", FlagsOf(span.context)},  // bits 0 to 7 are W3C's
               {"attributes", std::move(attributes)}};
  if (span.parent_span_id != 0) json["parentSpanId"] = SpanIdText(span.parent_span_id);
  if (span.failed) json["status"] = {{"code", kStatusError}};
  return json;
}

}  // namespace

std::string EncodeOtlp(const SpanResource& resource, const std::vector<Span>& spans) {
  Json attributes = Json::array();
  for (const auto& [name, value] : resource) attributes.push_back(TextAttribute(name, value));
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(ToJson(span));
  const Json scope = {{"scope", {{"name", "zoetrope"}}}, {"spans", std::move(list)}};
  const Json body = {{"resourceSpans", Json::array({{{"resource", {{"attributes", std::move(attributes)}}},
                                                     {"scopeSpans", Json::array({scope})}}})}};
  // What is no UTF-8 is replaced: a span is not lost for a letter.
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace zoetrope
