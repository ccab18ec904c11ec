#ifndef ZOETROPE_CLIENT_CLI_PROGRESS_LINE_H_
#define ZOETROPE_CLIENT_CLI_PROGRESS_LINE_H_

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/cli/terminal.h"
#include "client/environment.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::cli {

// Shows how a job is doing while it is watched: on a terminal one line that is drawn over and whose clock
// goes on, elsewhere one plain line per revision, which suits logs and tests.
//
// For one thread; a thread of its own redraws once a second.
class ProgressLine {
 public:
  ProgressLine(const Console& console, std::shared_ptr<client::Environment> environment);
  // Leaves the last state standing, on a line of its own.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // The job after a snapshot or a revision.
  void Show(const v1::Job& job);
  // How far the provider says it is.
  void Show(const v1::JobProgress& progress);
  // A whole line for a person, above the progress.
  void Note(const std::string& text);

 private:
  void Redraw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tick();

  const Console& console_;
  const std::shared_ptr<client::Environment> environment_;
  const bool animate_;
  absl::Mutex mutex_;
  std::optional<v1::Job> job_ ABSL_GUARDED_BY(mutex_);
  std::optional<double> share_ ABSL_GUARDED_BY(mutex_);
  std::optional<int> queue_position_ ABSL_GUARDED_BY(mutex_);
  absl::Time shown_at_ ABSL_GUARDED_BY(mutex_);
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread ticker_;
};

// One line about a job: state, provider, elapsed time, money, and why it failed. The part that both ways of
// showing share.
std::string DescribeJob(const v1::Job& job, absl::Duration elapsed);

// Time from acceptance to the last revision, by the server's clock.
absl::Duration Elapsed(const v1::Job& job);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_PROGRESS_LINE_H_
