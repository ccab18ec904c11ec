// One call's entry in the statistics and in its trace.
#ifndef ZOETROPE_SERVER_API_CALL_SCOPE_H_
#define ZOETROPE_SERVER_API_CALL_SCOPE_H_

#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/api/rpc_observer.h"
#include "server/base/clock.h"
#include "server/base/trace.h"

namespace zoetrope {

// Takes the call's place from its `traceparent`, and tells it to the caller as `traceresponse` (W3C's draft
// on headers of responses) where it has a span of its own. To be called before anything is written.
CallTrace TraceOf(const Tracer& tracer, grpc::CallbackServerContext& context);

// Counts the start when made; Ended counts the end. `observer` and `clock` outlive it.
class CallScope {
 public:
  CallScope(Rpc rpc, RpcObserver* observer, Clock* clock, const CallTrace& trace = {})
      : rpc_(rpc), observer_(observer), clock_(clock), start_(clock->Monotonic()), trace_(trace) {
    observer_->OnStarted(rpc_);
  }

  const TraceContext& trace() const { return trace_.context; }

  // Keeps `held` until the call and all copies of this are gone.
  void Keep(std::shared_ptr<void> held) { held_ = std::move(held); }

  void Ended(grpc::StatusCode code);
  void Sent() { observer_->OnMessageSent(rpc_); }

 private:
  Rpc rpc_;
  RpcObserver* observer_;
  Clock* clock_;
  absl::Duration start_;
  CallTrace trace_;
  std::shared_ptr<void> held_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_CALL_SCOPE_H_
