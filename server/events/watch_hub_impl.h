// The hub's inside. Everything here runs on the hub's executor unless it says otherwise.
#ifndef ZOETROPE_SERVER_EVENTS_WATCH_HUB_IMPL_H_
#define ZOETROPE_SERVER_EVENTS_WATCH_HUB_IMPL_H_

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/events/watch_hub.h"

namespace zoetrope {

class WatchHub::Impl : public std::enable_shared_from_this<WatchHub::Impl> {
 public:
  Impl(JobStore* store, Executor* executor, Clock* clock, WatchOptions options, Encoder encoder,
       WatchObserver* observer);

  void Start();

  // --- Any thread ---
  StreamId NextId() { return ++ids_; }
  void Post(std::function<void(Impl&)> task);
  // Cheap: most jobs have no watcher.
  bool IsWatched(std::string_view job_id) const;
  std::size_t stream_count() const { return stream_count_.load(); }

  void Open(StreamId id, WatchRequest request, std::shared_ptr<WatchStream> stream);
  void Ready(StreamId id);
  void Close(StreamId id);
  void OnEphemeral(const std::string& job_id, const WatchEvent& event, bool is_log);
  void OnChange(const std::string& job_id, std::int64_t revision);
  void Drain();

 private:
  // One revision, encoded for everyone.
  struct Encoded {
    EncodedEvent event;
    bool terminal = false;
    bool settled = false;
    absl::Time update_time;
  };

  struct Job {
    std::uint64_t number = 0;  // which time it is watched: what is read for one time is not for another
    bool known = false;        // spec and latest have been read
    JobSpec spec;
    std::int64_t latest = 0;
    bool latest_terminal = false;  // of the state that was read last
    bool latest_settled = false;
    std::int64_t latest_read = 0;
    std::map<std::int64_t, Encoded> revisions;  // a window; the rest is read again when asked for
    bool reading = false;
    std::set<StreamId> streams;
  };

  struct Stream {
    WatchRequest request;
    std::shared_ptr<WatchStream> stream;
    bool opened = false;      // the job was found and the cursor is set
    std::int64_t cursor = 0;  // last revision that was sent
    bool in_flight = false;
    absl::Time opened_time;
    absl::Time sent_time;
    EncodedEvent snapshot;          // to be sent first
    EncodedEvent progress;          // the latest only
    std::deque<EncodedEvent> logs;  // bounded; the oldest go
    bool last_sent = false;         // what ends the stream is on its way, or the end is decided
    bool bookmark_due = false;      // one heartbeat, then the end
    absl::Status end_status;
  };

  template <typename Task>
  auto Later(Task task);

  void OnFirstRead(StreamId id, absl::StatusOr<StoredJob> job);
  void Pump(StreamId id);
  void PumpAll(const std::string& job_id);
  bool SendNextRevision(StreamId id, Stream& stream, Job& job);
  void ReadMore(const std::string& job_id, Job& job, std::int64_t after);
  // For a revision that should be there and is not: the job's time may be over.
  void EndIfGone(const std::string& job_id);
  void Send(Stream& stream, WatchMessage kind, EncodedEvent event);
  void End(StreamId id, absl::Status status);
  void Remove(StreamId id);
  void Tick();
  void ArmTick();
  EncodedEvent Encode(const WatchEvent& event) const;
  static bool Ends(const Stream& stream, bool terminal, bool settled) {
    return terminal && (settled || !stream.request.until_settled);
  }

  JobStore* const store_;
  Executor* const executor_;
  Clock* const clock_;
  const WatchOptions options_;
  const Encoder encoder_;
  WatchObserver no_observer_;
  WatchObserver* const observer_;
  std::unordered_map<StreamId, Stream> streams_;
  std::unordered_map<std::string, Job> jobs_;
  std::uint64_t jobs_watched_ = 0;
  bool draining_ = false;
  bool tick_armed_ = false;
  std::unique_ptr<JobStore::Subscription> subscription_;
  std::atomic<StreamId> ids_ = 0;
  std::atomic<std::size_t> stream_count_ = 0;
  mutable std::mutex watched_mutex_;
  std::set<std::string, std::less<>> watched_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_EVENTS_WATCH_HUB_IMPL_H_
