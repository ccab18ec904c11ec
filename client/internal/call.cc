#include "client/internal/call.h"

#include <grpc/support/time.h>

#include <algorithm>

#include "client/error_details.h"

namespace zoetrope::client {

CallContext::CallContext(const CallOptions& options, absl::Duration timeout)
    : cancellation_(options.cancellation) {
  if (timeout < absl::InfiniteDuration()) {
    // A time span, which gRPC adds to its own clock: ours may be a simulated one.
    const int64_t micros = std::max<int64_t>(0, absl::ToInt64Microseconds(timeout));
    context_.set_deadline(gpr_time_from_micros(micros, GPR_TIMESPAN));
  }
  for (const auto& [name, value] : options.metadata) context_.AddMetadata(name, value);
  if (const std::string bearer = options.bearer ? options.bearer() : ""; IsBearer(bearer))
    context_.AddMetadata("authorization", "Bearer " + bearer);
  if (cancellation_) cancellation_->Attach(&context_);
}

CallContext::~CallContext() {
  if (cancellation_) cancellation_->Detach(&context_);
}

absl::Status RunWithRetry(Environment& environment, const RetryPolicy& policy, absl::Duration timeout,
                          const CallOptions& options,
                          const std::function<absl::Status(grpc::ClientContext*)>& attempt) {
  const Cancellation never;
  const Cancellation& cancellation = options.cancellation ? *options.cancellation : never;
  const absl::Time end = environment.Now() + timeout;
  for (int number = 1;; ++number) {
    absl::Status status;
    {
      CallContext context(options, end - environment.Now());
      status = attempt(context.get());
    }
    if (status.ok()) return status;
    if (cancellation.cancelled()) return absl::CancelledError("the caller cancelled the call");
    if (!absl::IsUnavailable(status) || number >= policy.max_attempts) return status;
    absl::Duration delay = BackoffDelay(policy, number, environment.RandomBits());
    // The jitter comes on top, so that clients which are sent away together do not come back together.
    if (const auto asked = GetErrorDetails(status).retry_delay) delay += *asked;
    if (environment.Now() + delay >= end) return status;
    environment.SleepFor(delay, cancellation);
    if (cancellation.cancelled()) return absl::CancelledError("the caller cancelled the call");
  }
}

}  // namespace zoetrope::client
