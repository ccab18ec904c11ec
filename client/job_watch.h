#ifndef ZOETROPE_CLIENT_JOB_WATCH_H_
#define ZOETROPE_CLIENT_JOB_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::client {

// What to watch, and from where to where.
struct WatchOptions {
  // Id of the job.
  std::string job_id;
  // Last revision that is known already; the watch starts with the next. Unset: it starts with a snapshot.
  std::optional<int64_t> after_revision;
  // Until when. Default: until the job's state is terminal.
  v1::WatchUntil until = v1::WATCH_UNTIL_TERMINAL;
};

// One watch of one job, over as many streams as it takes.
//
// A stream that breaks is opened again after the last revision that was handed out, so that the caller sees
// each revision once and in order, whatever happens to connections and servers in between. Progress and log
// lines are handed out as they come and may be missing around a break; heartbeats are not handed out.
//
// A snapshot comes first where no cursor was given. Should a server no longer keep the revisions after the
// cursor, a snapshot takes their place; its Job.revision is then above the cursor.
//
// For one thread at a time; ClientContext and stream live as long as this object, and destroying it ends the
// stream, never the job. To end a Next that waits in another thread, give CallOptions.cancellation and cancel
// that.
class JobWatch {
 public:
  virtual ~JobWatch() = default;

  // Waits for the next snapshot, revision, progress or log line. Empty: the watch is complete. After the end
  // or an error every call returns the same.
  //
  // Errors: those of WatchJob that no repeat can mend (NOT_FOUND, OUT_OF_RANGE, …); UNAVAILABLE and its like
  // once nothing was heard for ClientOptions.watch_patience; DEADLINE_EXCEEDED after CallOptions.timeout;
  // CANCELLED by the caller.
  virtual absl::StatusOr<std::optional<v1::WatchJobResponse>> Next() = 0;

  // Last revision that was handed out, for a later watch with `after_revision`. Unset before the first.
  virtual std::optional<int64_t> last_revision() const = 0;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_JOB_WATCH_H_
