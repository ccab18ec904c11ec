// One call's entry in the statistics.
#ifndef ZOETROPE_SERVER_API_CALL_SCOPE_H_
#define ZOETROPE_SERVER_API_CALL_SCOPE_H_

#include "absl/time/time.h"
#include "grpcpp/support/status.h"
#include "server/api/rpc_observer.h"
#include "server/base/clock.h"

namespace zoetrope {

// Counts the start when made; Ended counts the end. `observer` and `clock` outlive it.
class CallScope {
 public:
  CallScope(Rpc rpc, RpcObserver* observer, Clock* clock)
      : rpc_(rpc), observer_(observer), clock_(clock), start_(clock->Monotonic()) {
    observer_->OnStarted(rpc_);
  }

  void Ended(grpc::StatusCode code) { observer_->OnHandled(rpc_, code, clock_->Monotonic() - start_); }
  void Sent() { observer_->OnMessageSent(rpc_); }

 private:
  Rpc rpc_;
  RpcObserver* observer_;
  Clock* clock_;
  absl::Duration start_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_CALL_SCOPE_H_
