// One WatchJob call: hands the hub's messages to gRPC as they are, one at a time.
#ifndef ZOETROPE_SERVER_API_WATCH_REACTOR_H_
#define ZOETROPE_SERVER_API_WATCH_REACTOR_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "grpcpp/grpcpp.h"
#include "server/api/call_scope.h"
#include "server/api/ports.h"
#include "server/api/status.h"
#include "server/events/watch_hub.h"

namespace zoetrope {

// Is both ends' partner: gRPC's reactor until OnDone, and the hub's stream until Finish or Close. It owns
// itself until OnDone, and the hub holds it as well, so neither end meets a dead object, whichever goes
// first.
//
// Every StartWrite and the one Finish happen under the mutex and never while another write is out: gRPC
// allows neither a write after the end nor two at once. Calls to the hub happen outside it.
class WatchReactor : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                     public WatchStream,
                     public std::enable_shared_from_this<WatchReactor> {
 public:
  // Starts the stream. The returned reactor belongs to gRPC.
  static WatchReactor* Start(grpc::CallbackServerContext* context, WatchPort* hub,
                             const StatusWriter* statuses, CallScope scope, WatchRequest request);

  // Of the hub.
  void Send(EncodedEvent event) override;
  void Finish(absl::Status status) override;

  // Of gRPC.
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Writer = grpc::ServerWriteReactor<grpc::ByteBuffer>;

  WatchReactor(grpc::CallbackServerContext* context, WatchPort* hub, const StatusWriter* statuses,
               CallScope scope)
      : context_(context), hub_(hub), statuses_(statuses), scope_(scope) {}

  void Open(WatchRequest request);
  // Ends the call now, or when the write that is out has come back. The first status counts.
  void EndLocked(grpc::Status status);
  // The id under which the hub knows the stream; nullopt while Open has not returned. Takes it, so that Close
  // happens once.
  std::optional<WatchHub::StreamId> TakeIdLocked();

  grpc::CallbackServerContext* const context_;  // not used after the end
  WatchPort* const hub_;
  const StatusWriter* const statuses_;
  CallScope scope_;
  std::shared_ptr<WatchReactor> self_;  // until OnDone
  std::string job_id_;

  std::mutex mutex_;
  std::optional<WatchHub::StreamId> id_;
  bool ready_early_ = false;  // a write came back before Open did
  bool gone_ = false;         // the caller is gone
  bool writing_ = false;
  bool ended_ = false;  // gRPC's Finish was called
  std::optional<grpc::Status> end_;
  grpc::ByteBuffer buffer_;  // of the write that is out
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_WATCH_REACTOR_H_
