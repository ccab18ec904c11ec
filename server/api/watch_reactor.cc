#include "server/api/watch_reactor.h"

#include <utility>

#include "server/base/error.h"

namespace zoetrope {
namespace {

void DropEvent(void* event) { delete static_cast<EncodedEvent*>(event); }

// The event's bytes without a copy: the slice keeps a share of them.
grpc::ByteBuffer Wrap(EncodedEvent event) {
  auto* share = new EncodedEvent(std::move(event));
  const std::string& bytes = **share;
  const grpc::Slice slice(const_cast<char*>(bytes.data()), bytes.size(), DropEvent, share);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

WatchReactor* WatchReactor::Start(grpc::CallbackServerContext* context, WatchPort* hub,
                                  const StatusWriter* statuses, CallScope scope, WatchRequest request) {
  std::shared_ptr<WatchReactor> reactor(new WatchReactor(context, hub, statuses, scope));
  reactor->self_ = reactor;
  reactor->Open(std::move(request));
  return reactor.get();
}

void WatchReactor::Open(WatchRequest request) {
  job_id_ = request.job_id;
  const WatchHub::StreamId id = hub_->Open(std::move(request), shared_from_this());
  bool ready = false;
  bool close = false;
  {
    std::lock_guard lock(mutex_);
    ready = std::exchange(ready_early_, false);
    close = gone_;
    if (!close) id_ = id;
  }
  if (close) {
    hub_->Close(id);
  } else if (ready) {
    hub_->Ready(id);
  }
}

void WatchReactor::Send(EncodedEvent event) {
  std::lock_guard lock(mutex_);
  if (gone_ || end_ || writing_) return;
  writing_ = true;
  buffer_ = Wrap(std::move(event));
  StartWrite(&buffer_);
}

void WatchReactor::Finish(absl::Status status) {
  // What the store says of the job comes through the hub as it is.
  const bool ours = status.ok() || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED;
  const grpc::Status shown =
      statuses_->ToGrpc("WatchJob", ours ? status : FromStore(status, job_id_), scope_.trace());
  std::lock_guard lock(mutex_);
  id_.reset();  // the hub has forgotten us
  // A caller who does not take the last message would keep the call, and its memory, for as long as he likes.
  if (writing_ && !end_ && ReasonOf(status) == v1::ERROR_REASON_STREAM_LIMIT) context_->TryCancel();
  EndLocked(shown);
}

void WatchReactor::EndLocked(grpc::Status status) {
  if (!end_) end_ = std::move(status);
  if (writing_ || ended_) return;
  ended_ = true;
  Writer::Finish(*end_);
}

std::optional<WatchHub::StreamId> WatchReactor::TakeIdLocked() { return std::exchange(id_, std::nullopt); }

void WatchReactor::OnWriteDone(bool ok) {
  std::optional<WatchHub::StreamId> id;
  bool close = false;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    buffer_.Clear();
    if (ok) scope_.Sent();
    if (!ok || gone_) {
      gone_ = true;
      close = true;
      id = TakeIdLocked();
      EndLocked(grpc::Status::CANCELLED);
    } else if (end_) {
      EndLocked(*end_);
    } else if (id_) {
      id = id_;
    } else {
      ready_early_ = true;
    }
  }
  if (!id) return;
  if (close) {
    hub_->Close(*id);
  } else {
    hub_->Ready(*id);
  }
}

void WatchReactor::OnCancel() {
  std::optional<WatchHub::StreamId> id;
  {
    std::lock_guard lock(mutex_);
    gone_ = true;
    id = TakeIdLocked();
    EndLocked(grpc::Status::CANCELLED);
  }
  if (id) hub_->Close(*id);
}

void WatchReactor::OnDone() {
  scope_.Ended(end_ ? end_->error_code() : grpc::StatusCode::CANCELLED);
  // The hub may still hold a share for a moment; the object goes with the last one.
  const std::shared_ptr<WatchReactor> self = std::move(self_);
}

}  // namespace zoetrope
