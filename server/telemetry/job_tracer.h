// The spans of a job: itself, its attempts, and their calls to providers.
#ifndef ZOETROPE_SERVER_TELEMETRY_JOB_TRACER_H_
#define ZOETROPE_SERVER_TELEMETRY_JOB_TRACER_H_

#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/base/trace.h"
#include "server/engine/job_follower.h"

namespace zoetrope {

// A span is told when it ends, in whichever process that is: a job that a restart has interrupted has one,
// from its acceptance on. What has ended when its process was killed before the span had left is not told
// again.
class JobTracer final : public JobFollower {
 public:
  // All of it outlives this.
  JobTracer(SpanSink* sink, Clock* clock, Random* random) : sink_(sink), clock_(clock), random_(random) {}

  void OnChange(const LiveJob& job, const JobState& after) override;
  void OnExchange(const AttemptExchange& exchange) override;

 private:
  SpanSink* const sink_;
  Clock* const clock_;
  Random* const random_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_JOB_TRACER_H_
