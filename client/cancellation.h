#ifndef ZOETROPE_CLIENT_CANCELLATION_H_
#define ZOETROPE_CLIENT_CANCELLATION_H_

#include <set>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace grpc {
class ClientContext;
}

namespace zoetrope::client {

// Lets one thread end the calls that another thread waits in.
//
// One object may serve any number of calls, one after the other or at once. It is one-way: once cancelled,
// every call that is given it ends with CANCELLED. Ending a call never cancels a job: the server goes on with
// what it has accepted, and VideoClient::Cancel is the way to end that.
//
// All methods may be called from any thread, but not from a signal handler: they take a lock.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Ends all calls that run now and all that will be started. Returns at once; the calls end soon after.
  void Cancel();

  // Whether Cancel was called.
  bool cancelled() const;

  // Waits for Cancel, but no longer than `duration`. Returns whether Cancel was called.
  bool WaitFor(absl::Duration duration) const;

  // For the library: the running calls. A call is known from Attach to Detach, and `context` outlives that
  // span.
  void Attach(grpc::ClientContext* context);
  void Detach(grpc::ClientContext* context);

 private:
  mutable absl::Mutex mutex_;
  bool cancelled_ = false;
  std::set<grpc::ClientContext*> contexts_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_CANCELLATION_H_
