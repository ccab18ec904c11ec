// The lines that a job leaves in the log.
#ifndef ZOETROPE_SERVER_TELEMETRY_JOB_LOG_H_
#define ZOETROPE_SERVER_TELEMETRY_JOB_LOG_H_

#include "server/base/log.h"
#include "server/engine/job_follower.h"

namespace zoetrope {

// What needs a person is a warning, how a job and its attempts end is information, each step and each call is
// for debugging.
class JobLog final : public JobFollower {
 public:
  // Outlives this.
  explicit JobLog(Log* log) : log_(log) {}

  void OnChange(const LiveJob& job, const JobState& after) override;
  void OnExchange(const AttemptExchange& exchange) override;

 private:
  void OnAttempt(const LiveJob& job, const Attempt& attempt);

  Log* const log_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_JOB_LOG_H_
