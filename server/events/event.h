// What a watcher is told.
#ifndef ZOETROPE_SERVER_EVENTS_EVENT_H_
#define ZOETROPE_SERVER_EVENTS_EVENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "server/domain/job.h"

namespace zoetrope {

// The job as it is; the first message of a stream without a cursor.
struct SnapshotEvent {
  Job job;
};

// One revision; the job after it.
struct RevisionEvent {
  Job job;
};

// How far the provider says it is. Not a revision; may be dropped.
struct JobProgressEvent {
  std::string attempt_id;
  std::optional<double> progress;
  std::optional<std::int32_t> queue_position;
  absl::Time time;
};

// A line of the provider's log. Not a revision; may be dropped.
struct JobLogEvent {
  std::string attempt_id;
  absl::Time time;
  std::string level;
  std::string message;
};

struct HeartbeatEvent {
  std::int64_t revision = 0;
  absl::Time time;
};

using WatchEvent = std::variant<SnapshotEvent, RevisionEvent, JobProgressEvent, JobLogEvent, HeartbeatEvent>;

// Takes what is not a revision. Thread-safe; must not block.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  // A poll has shown how far a job is.
  virtual void OnProgress(std::string_view job_id, JobProgressEvent progress) = 0;
  // The provider has written a line that was not shown before.
  virtual void OnLog(std::string_view job_id, JobLogEvent line) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_EVENTS_EVENT_H_
