#include "server/api/unary_reply.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace zoetrope {

UnaryReply MakeUnaryReply(Rpc rpc, CallScope scope, const StatusWriter* statuses,
                          grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor) {
  return [rpc, scope, statuses, context, reactor](const absl::Status& status) mutable {
    const grpc::Status shown = statuses->ToGrpc(NameOf(rpc), status, scope.trace());
    // Clients that retry by themselves wait as long as this says.
    if (const std::optional<absl::Duration> delay = RetryDelayOf(status)) {
      context->AddTrailingMetadata("grpc-retry-pushback-ms", absl::StrCat(absl::ToInt64Milliseconds(*delay)));
    }
    scope.Ended(context->IsCancelled() ? grpc::StatusCode::CANCELLED : shown.error_code());
    reactor->Finish(shown);
  };
}

}  // namespace zoetrope
