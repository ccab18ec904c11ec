#include "server/events/watch_hub.h"

#include <utility>

#include "server/events/watch_hub_impl.h"

namespace zoetrope {

WatchHub::WatchHub(JobStore* store, Executor* executor, Clock* clock, WatchOptions options, Encoder encoder,
                   WatchObserver* observer)
    : impl_(std::make_shared<Impl>(store, executor, clock, options, std::move(encoder), observer)) {
  impl_->Start();
}

WatchHub::~WatchHub() = default;

WatchHub::StreamId WatchHub::Open(WatchRequest request, std::shared_ptr<WatchStream> stream) {
  const StreamId id = impl_->NextId();
  impl_->Post([id, request = std::move(request), stream = std::move(stream)](Impl& impl) {
    impl.Open(id, request, stream);
  });
  return id;
}

void WatchHub::Ready(StreamId id) {
  impl_->Post([id](Impl& impl) { impl.Ready(id); });
}

void WatchHub::Close(StreamId id) {
  impl_->Post([id](Impl& impl) { impl.Close(id); });
}

void WatchHub::OnProgress(std::string_view job_id, JobProgressEvent progress) {
  if (!impl_->IsWatched(job_id)) return;
  impl_->Post([job = std::string(job_id), progress = std::move(progress)](Impl& impl) {
    impl.OnEphemeral(job, progress, false);
  });
}

void WatchHub::OnLog(std::string_view job_id, JobLogEvent line) {
  if (!impl_->IsWatched(job_id)) return;
  impl_->Post(
      [job = std::string(job_id), line = std::move(line)](Impl& impl) { impl.OnEphemeral(job, line, true); });
}

void WatchHub::Drain() {
  impl_->Post([](Impl& impl) { impl.Drain(); });
}

std::size_t WatchHub::stream_count() const { return impl_->stream_count(); }

}  // namespace zoetrope
