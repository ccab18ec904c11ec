#ifndef ZOETROPE_CLIENT_INTERNAL_CALL_H_
#define ZOETROPE_CLIENT_INTERNAL_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>

#include "absl/status/status.h"
#include "client/call_options.h"

namespace zoetrope::client {

// The context of one try: time limit, metadata, and cancellation for as long as it lives.
class CallContext {
 public:
  CallContext(const CallOptions& options, absl::Duration timeout);
  ~CallContext();
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  grpc::ClientContext* get() { return &context_; }

 private:
  grpc::ClientContext context_;
  const std::shared_ptr<Cancellation> cancellation_;
};

// Calls `attempt` until it ends with anything but UNAVAILABLE, or the tries or the time are used up.
// RetryInfo is a lower bound of the wait. Returns the last error as it was; CANCELLED where the caller
// cancelled.
absl::Status RunWithRetry(Environment& environment, const RetryPolicy& policy, absl::Duration timeout,
                          const CallOptions& options,
                          const std::function<absl::Status(grpc::ClientContext*)>& attempt);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_INTERNAL_CALL_H_
