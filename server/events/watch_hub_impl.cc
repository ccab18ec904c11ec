#include "server/events/watch_hub_impl.h"

#include <algorithm>
#include <utility>

#include "server/base/error.h"
#include "server/base/limits.h"

namespace zoetrope {
namespace {

// Revisions of one job that are kept encoded; a job has a handful.
constexpr std::size_t kWindow = 256;

absl::Status ResumeError(const char* why) {
  return WithRetryDelay(MakeError(v1::ERROR_REASON_DRAINING, why), absl::ZeroDuration());
}

absl::Status DrainingError() { return ResumeError("the server is going down; resume elsewhere"); }

absl::Status FutureError(std::int64_t asked, std::int64_t latest) {
  return MakeError(v1::ERROR_REASON_REVISION_IN_FUTURE, "the cursor lies after the job's last revision",
                   {{"after_revision", std::to_string(asked)}, {"revision", std::to_string(latest)}});
}

}  // namespace

WatchHub::Impl::Impl(JobStore* store, Executor* executor, Clock* clock, WatchOptions options, Encoder encoder,
                     WatchObserver* observer)
    : store_(store),
      executor_(executor),
      clock_(clock),
      options_(options),
      encoder_(std::move(encoder)),
      observer_(observer != nullptr ? observer : &no_observer_) {}

void WatchHub::Impl::Start() {
  subscription_ = store_->Subscribe([weak = weak_from_this()](const Change& change) {
    const auto self = weak.lock();
    if (!self || change.command || !self->IsWatched(change.job_id)) return;
    self->Post([id = change.job_id, revision = change.revision](Impl& impl) { impl.OnChange(id, revision); });
  });
}

void WatchHub::Impl::Post(std::function<void(Impl&)> task) {
  executor_->Post([weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(*self);
  });
}

template <typename Task>
auto WatchHub::Impl::Later(Task task) {
  return [weak = weak_from_this(), task = std::move(task)](auto result) {
    const auto self = weak.lock();
    if (!self) return;
    auto shared = std::make_shared<decltype(result)>(std::move(result));
    self->Post([task, shared](Impl& impl) { task(impl, std::move(*shared)); });
  };
}

bool WatchHub::Impl::IsWatched(std::string_view job_id) const {
  std::lock_guard lock(watched_mutex_);
  return watched_.find(job_id) != watched_.end();
}

EncodedEvent WatchHub::Impl::Encode(const WatchEvent& event) const {
  return std::make_shared<const std::string>(encoder_(event));
}

// --- A stream's beginning and end ---

void WatchHub::Impl::Open(StreamId id, WatchRequest request, std::shared_ptr<WatchStream> stream) {
  if (draining_) return stream->Finish(DrainingError());
  if (streams_.size() >= options_.streams_max) {
    return stream->Finish(WithRetryDelay(
        MakeError(v1::ERROR_REASON_STREAM_LIMIT, "too many streams are open"), absl::Seconds(5)));
  }
  const std::string job_id = request.job_id;
  Stream& added = streams_[id];
  stream_count_ = streams_.size();
  added.opened_time = added.sent_time = clock_->TimeNow();
  const std::string tenant = request.tenant;
  added.request = std::move(request);
  added.stream = std::move(stream);
  // Registered before the first read, so that no change falls between them.
  Job& watched = jobs_[job_id];
  if (watched.streams.empty()) watched.number = ++jobs_watched_;
  watched.streams.insert(id);
  {
    std::lock_guard lock(watched_mutex_);
    watched_.insert(job_id);
  }
  ArmTick();
  store_->Read(tenant, job_id, Later([id](Impl& impl, absl::StatusOr<StoredJob> job) {
                 impl.OnFirstRead(id, std::move(job));
               }));
}

void WatchHub::Impl::OnFirstRead(StreamId id, absl::StatusOr<StoredJob> read) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  if (!read.ok()) return End(id, read.status());
  Job& job = jobs_[stream.request.job_id];
  const JobState& state = read->job.state;
  if (!job.known) job.spec = read->job.spec;
  job.known = true;
  job.latest = std::max(job.latest, state.revision);
  if (state.revision >= job.latest_read) {
    job.latest_read = state.revision;
    job.latest_terminal = IsTerminal(state.phase);
    job.latest_settled = IsSettled(state);
  }
  stream.opened = true;
  if (stream.request.after_revision) {
    stream.cursor = *stream.request.after_revision;
    if (stream.cursor > job.latest) return End(id, FutureError(stream.cursor, job.latest));
    observer_->OnResumed();
  } else {
    stream.cursor = state.revision;
    stream.snapshot = Encode(SnapshotEvent{read->job});
    stream.last_sent = Ends(stream, IsTerminal(state.phase), IsSettled(state));
  }
  Pump(id);
}

void WatchHub::Impl::End(StreamId id, absl::Status status) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const std::shared_ptr<WatchStream> stream = found->second.stream;
  Remove(id);
  stream->Finish(std::move(status));
}

void WatchHub::Impl::Close(StreamId id) { Remove(id); }

void WatchHub::Impl::Remove(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const std::string job_id = found->second.request.job_id;
  streams_.erase(found);
  stream_count_ = streams_.size();
  const auto job = jobs_.find(job_id);
  job->second.streams.erase(id);
  if (!job->second.streams.empty()) return;
  jobs_.erase(job);
  std::lock_guard lock(watched_mutex_);
  watched_.erase(job_id);
}

void WatchHub::Impl::Drain() {
  draining_ = true;
  std::vector<StreamId> ids;
  for (const auto& [id, stream] : streams_) ids.push_back(id);
  for (const StreamId id : ids) {
    Stream& stream = streams_.at(id);
    if (stream.end_status.ok()) stream.end_status = DrainingError();
    stream.bookmark_due = stream.opened;
    Pump(id);
  }
}

// --- What is sent, and in which order ---

void WatchHub::Impl::Send(Stream& stream, WatchMessage kind, EncodedEvent event) {
  observer_->OnWatchMessage(kind);
  stream.in_flight = true;
  stream.sent_time = clock_->TimeNow();
  stream.stream->Send(std::move(event));
}

void WatchHub::Impl::Ready(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  found->second.in_flight = false;
  Pump(id);
}

void WatchHub::Impl::Pump(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.in_flight) return;
  Stream& stream = found->second;
  if (stream.snapshot) return Send(stream, WatchMessage::kSnapshot, std::exchange(stream.snapshot, nullptr));
  if (stream.last_sent) return End(id, absl::OkStatus());
  Job& job = jobs_.at(stream.request.job_id);
  if (!stream.end_status.ok()) {
    if (!std::exchange(stream.bookmark_due, false)) return End(id, stream.end_status);
    return Send(stream, WatchMessage::kHeartbeat, Encode(HeartbeatEvent{stream.cursor, clock_->TimeNow()}));
  }
  if (!stream.opened) return;
  if (stream.cursor < job.latest) {
    if (!SendNextRevision(id, stream, job)) ReadMore(stream.request.job_id, job, stream.cursor);
    return;
  }
  // Up to date: a resumed stream of a job that has ended has nothing to wait for.
  if (job.latest_read == stream.cursor && Ends(stream, job.latest_terminal, job.latest_settled))
    return End(id, absl::OkStatus());
  if (!stream.logs.empty()) {
    EncodedEvent line = std::move(stream.logs.front());
    stream.logs.pop_front();
    return Send(stream, WatchMessage::kLog, std::move(line));
  }
  if (stream.progress) Send(stream, WatchMessage::kProgress, std::exchange(stream.progress, nullptr));
}

void WatchHub::Impl::PumpAll(const std::string& job_id) {
  const auto job = jobs_.find(job_id);
  if (job == jobs_.end()) return;
  const std::vector<StreamId> ids(job->second.streams.begin(), job->second.streams.end());
  for (const StreamId id : ids) Pump(id);
}

bool WatchHub::Impl::SendNextRevision(StreamId, Stream& stream, Job& job) {
  const auto next = job.revisions.find(stream.cursor + 1);
  if (next == job.revisions.end()) return false;
  ++stream.cursor;
  stream.last_sent = Ends(stream, next->second.terminal, next->second.settled);
  if (stream.opened_time < next->second.update_time)
    observer_->OnWatchLag(clock_->TimeNow() - next->second.update_time);
  Send(stream, WatchMessage::kRevision, next->second.event);
  return true;
}

void WatchHub::Impl::ReadMore(const std::string& job_id, Job& job, std::int64_t after) {
  if (job.reading) return;
  job.reading = true;
  store_->ReadRevisions(
      job_id, after, options_.revisions_per_read,
      Later([job_id, number = job.number](Impl& impl, absl::StatusOr<std::vector<Revision>> read) {
        const auto found = impl.jobs_.find(job_id);
        if (found == impl.jobs_.end() || found->second.number != number) return;
        Job& watched = found->second;
        watched.reading = false;
        // A store that fails for a moment is asked again at the next tick or change.
        if (!read.ok()) return;
        if (read->empty()) return impl.EndIfGone(job_id);
        for (Revision& revision : *read) {
          Encoded encoded;
          encoded.terminal = IsTerminal(revision.state.phase);
          encoded.settled = IsSettled(revision.state);
          encoded.update_time = revision.state.update_time;
          encoded.event = impl.Encode(RevisionEvent{zoetrope::Job{watched.spec, revision.state}});
          watched.latest = std::max(watched.latest, revision.revision);
          if (revision.revision >= watched.latest_read) {
            watched.latest_read = revision.revision;
            watched.latest_terminal = encoded.terminal;
            watched.latest_settled = encoded.settled;
          }
          watched.revisions[revision.revision] = std::move(encoded);
        }
        // The newest window stays, unless what was just read is older: then it is what someone is waiting
        // for.
        const std::int64_t first_read = read->front().revision;
        while (watched.revisions.size() > kWindow) {
          const bool old_goes = watched.revisions.begin()->first < first_read;
          watched.revisions.erase(old_goes ? watched.revisions.begin() : std::prev(watched.revisions.end()));
        }
        impl.PumpAll(job_id);
      }));
}

void WatchHub::Impl::EndIfGone(const std::string& job_id) {
  store_->Read("", job_id, Later([job_id](Impl& impl, absl::StatusOr<StoredJob> read) {
                 const auto job = impl.jobs_.find(job_id);
                 if (job == impl.jobs_.end() || !absl::IsNotFound(read.status())) return;
                 const std::vector<StreamId> ids(job->second.streams.begin(), job->second.streams.end());
                 for (const StreamId id : ids) impl.End(id, read.status());
               }));
}

void WatchHub::Impl::OnChange(const std::string& job_id, std::int64_t revision) {
  const auto found = jobs_.find(job_id);
  if (found == jobs_.end() || revision <= found->second.latest) return;
  found->second.latest = revision;
  PumpAll(job_id);
}

void WatchHub::Impl::OnEphemeral(const std::string& job_id, const WatchEvent& event, bool is_log) {
  const auto found = jobs_.find(job_id);
  if (found == jobs_.end()) return;
  const EncodedEvent encoded = Encode(event);
  for (const StreamId id : found->second.streams) {
    Stream& stream = streams_.at(id);
    if (!is_log) {
      stream.progress = encoded;
      continue;
    }
    stream.logs.push_back(encoded);
    if (stream.logs.size() > limits::kWatchBuffer) stream.logs.pop_front();
  }
  PumpAll(job_id);
}

// --- Time ---

void WatchHub::Impl::ArmTick() {
  if (tick_armed_ || streams_.empty()) return;
  tick_armed_ = true;
  executor_->PostAt(clock_->TimeNow() + options_.heartbeat / 4, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Tick();
  });
}

void WatchHub::Impl::Tick() {
  tick_armed_ = false;
  const absl::Time now = clock_->TimeNow();
  std::vector<StreamId> ids;
  for (const auto& [id, stream] : streams_) ids.push_back(id);
  for (const StreamId id : ids) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) continue;
    Stream& stream = found->second;
    if (stream.in_flight) {
      if (now - stream.sent_time > options_.stall_max) {
        // With a time to wait, so that clients resume by themselves.
        End(id, WithRetryDelay(MakeError(v1::ERROR_REASON_STREAM_LIMIT,
                                         "the stream was not read for too long; resume it"),
                               absl::Seconds(1)));
      }
      continue;
    }
    if (now - stream.opened_time > options_.age_max && stream.end_status.ok()) {
      stream.end_status = ResumeError("the stream has reached its greatest age; resume it");
      stream.bookmark_due = stream.opened;
    } else if (stream.opened && now - stream.sent_time >= options_.heartbeat &&
               stream.cursor == jobs_.at(stream.request.job_id).latest) {
      Send(stream, WatchMessage::kHeartbeat, Encode(HeartbeatEvent{stream.cursor, now}));
      continue;
    }
    Pump(id);
  }
  ArmTick();
}

}  // namespace zoetrope
