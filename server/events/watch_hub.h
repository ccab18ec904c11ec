// Carries each change of a job to everyone who watches it: in order, without gaps, once per stream.
//
// The store's change feed only wakes the hub. What is sent is always read from the store, so that a stream
// that was slow, came late or was opened at another replica sees the same history: a revision is read once
// and encoded once for all streams that are up to date, and a stream that fell behind reads its own part.
#ifndef ZOETROPE_SERVER_EVENTS_WATCH_HUB_H_
#define ZOETROPE_SERVER_EVENTS_WATCH_HUB_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/events/event.h"
#include "server/events/watch_observer.h"
#include "server/store/job_store.h"

namespace zoetrope {

// One message, encoded; shared by all streams that get it.
using EncodedEvent = std::shared_ptr<const std::string>;

// One watcher's end, implemented by the API. Calls come on the hub's executor, never two at once for one
// stream.
class WatchStream {
 public:
  virtual ~WatchStream() = default;
  // The next message. No other comes before Ready() was called for this one.
  virtual void Send(EncodedEvent event) = 0;
  // The last call: the stream ends with `status`.
  virtual void Finish(absl::Status status) = 0;
};

struct WatchRequest {
  std::string tenant;
  std::string job_id;
  std::optional<std::int64_t> after_revision;
  bool until_settled = false;
};

struct WatchOptions {
  absl::Duration heartbeat = absl::Seconds(15);
  absl::Duration age_max = absl::Minutes(30);    // then UNAVAILABLE: the caller resumes, perhaps elsewhere
  absl::Duration stall_max = absl::Seconds(60);  // a message that is not taken for so long ends the stream
  std::size_t streams_max = 20'000;
  int revisions_per_read = 64;
};

// Public calls from any thread. `store`, `executor`, `clock` and `observer` must outlive this; `observer` may
// be null.
class WatchHub : public ProgressSink {
 public:
  using StreamId = std::uint64_t;
  using Encoder = std::function<std::string(const WatchEvent&)>;

  WatchHub(JobStore* store, Executor* executor, Clock* clock, WatchOptions options, Encoder encoder,
           WatchObserver* observer = nullptr);
  ~WatchHub() override;

  // Starts a stream. `stream` gets messages, then Finish exactly once; it is kept alive until then or until
  // Close.
  StreamId Open(WatchRequest request, std::shared_ptr<WatchStream> stream);
  // The last message was taken; the next may come.
  void Ready(StreamId id);
  // The caller is gone: nothing comes any more. Unknown ids are ignored.
  void Close(StreamId id);

  void OnProgress(std::string_view job_id, JobProgressEvent progress) override;
  void OnLog(std::string_view job_id, JobLogEvent line) override;

  // Every stream gets a heartbeat as a last bookmark and ends UNAVAILABLE / DRAINING; new ones do at once.
  void Drain();
  // How many streams are open.
  std::size_t stream_count() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_EVENTS_WATCH_HUB_H_
