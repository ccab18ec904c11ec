#include "server/api/call_scope.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr char kTraceparent[] = "traceparent";
constexpr char kTraceresponse[] = "traceresponse";

// Codes that say that the server, and not its caller, could not (OpenTelemetry's conventions for gRPC spans
// of servers).
bool IsServerError(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    default:
      return false;
  }
}

}  // namespace

CallTrace TraceOf(const Tracer& tracer, grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  // Two of them are none: nobody can say which is meant.
  const auto sent = metadata.count(kTraceparent) == 1 ? metadata.find(kTraceparent) : metadata.end();
  const std::string_view traceparent = sent == metadata.end()
                                           ? std::string_view()
                                           : std::string_view(sent->second.data(), sent->second.size());
  const CallTrace trace = tracer.Begin(traceparent);
  if (trace.made_here) context.AddInitialMetadata(kTraceresponse, ToTraceparent(trace.context));
  return trace;
}

void CallScope::Ended(grpc::StatusCode code) {
  const absl::Duration took = clock_->Monotonic() - start_;
  observer_->OnHandled(rpc_, code, took);
  if (trace_.sink == nullptr) return;
  const absl::Time end = clock_->TimeNow();
  trace_.sink->Add({.context = trace_.context,
                    .parent_span_id = trace_.parent_span_id,
                    .name = absl::StrCat(ToAbsl(ServiceOf(rpc_)), "/", ToAbsl(NameOf(rpc_))),
                    .kind = SpanKind::kServer,
                    .start = end - took,
                    .end = end,
                    .attributes = {{"rpc.system", "grpc"},
                                   {"rpc.service", std::string(ServiceOf(rpc_))},
                                   {"rpc.method", std::string(NameOf(rpc_))},
                                   {"rpc.grpc.status_code", static_cast<std::int64_t>(code)}},
                    .failed = IsServerError(code)});
}

}  // namespace zoetrope
