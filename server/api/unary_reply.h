// How a call that is answered once ends.
#ifndef ZOETROPE_SERVER_API_UNARY_REPLY_H_
#define ZOETROPE_SERVER_API_UNARY_REPLY_H_

#include <functional>

#include "absl/status/status.h"
#include "grpcpp/grpcpp.h"
#include "server/api/call_scope.h"
#include "server/api/status.h"

namespace zoetrope {

// Ends the call: status, statistics, push-back. To be called once; any thread.
using UnaryReply = std::function<void(const absl::Status&)>;

// `statuses` outlives the call.
UnaryReply MakeUnaryReply(Rpc rpc, CallScope scope, const StatusWriter* statuses,
                          grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_UNARY_REPLY_H_
