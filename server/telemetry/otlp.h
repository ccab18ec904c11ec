// Spans as OpenTelemetry's protocol writes them.
#ifndef ZOETROPE_SERVER_TELEMETRY_OTLP_H_
#define ZOETROPE_SERVER_TELEMETRY_OTLP_H_

#include <string>
#include <utility>
#include <vector>

#include "server/base/trace.h"

namespace zoetrope {

// Who tells: `service.name` and the like (OpenTelemetry's resource conventions).
using SpanResource = std::vector<std::pair<std::string, std::string>>;

// The body of an ExportTraceServiceRequest in the JSON form of OTLP/HTTP: ids in hexadecimal, times and other
// 64-bit integers as decimal text (opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Pure.
std::string EncodeOtlp(const SpanResource& resource, const std::vector<Span>& spans);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_OTLP_H_
