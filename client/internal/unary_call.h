#ifndef ZOETROPE_CLIENT_INTERNAL_UNARY_CALL_H_
#define ZOETROPE_CLIENT_INTERNAL_UNARY_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/statusor.h"
#include "client/internal/call.h"
#include "client/internal/rpc_error.h"

namespace zoetrope::client {

// One call that is answered once, repeated as the policy says. `options` has its environment.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> CallUnary(
    Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request, const ClientOptions& options, const CallOptions& call) {
  Response response;
  const absl::Status status =
      RunWithRetry(*options.environment, options.retry, call.timeout.value_or(options.call_timeout), call,
                   [&](grpc::ClientContext* context) {
                     return StatusFromGrpc((stub.*method)(context, request, &response));
                   });
  if (!status.ok()) return status;
  return response;
}

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_INTERNAL_UNARY_CALL_H_
