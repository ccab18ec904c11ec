// What the watch hub tells whoever counts.
#ifndef ZOETROPE_SERVER_EVENTS_WATCH_OBSERVER_H_
#define ZOETROPE_SERVER_EVENTS_WATCH_OBSERVER_H_

#include <string_view>

#include "absl/time/time.h"

namespace zoetrope {

// The kinds of messages: a closed set, used as a metric's label.
enum class WatchMessage { kSnapshot, kRevision, kProgress, kLog, kHeartbeat };

// Calls come on the hub's executor; they must not block. Every default does nothing.
class WatchObserver {
 public:
  virtual ~WatchObserver() = default;

  // A stream was opened with a cursor.
  virtual void OnResumed() {}
  // A message is on its way to one stream.
  virtual void OnWatchMessage(WatchMessage) {}
  // So long after its change a revision is on its way to a stream that was open by then.
  virtual void OnWatchLag(absl::Duration) {}
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_EVENTS_WATCH_OBSERVER_H_
