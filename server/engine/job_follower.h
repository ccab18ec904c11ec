// What the engine tells whoever follows single jobs: logs, traces. What is only counted is EngineObserver's.
#ifndef ZOETROPE_SERVER_ENGINE_JOB_FOLLOWER_H_
#define ZOETROPE_SERVER_ENGINE_JOB_FOLLOWER_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/log.h"
#include "server/base/trace.h"
#include "server/domain/job.h"
#include "server/engine/engine_observer.h"
#include "server/http/http_client.h"

namespace zoetrope {

// A call to a provider that has just ended, for an attempt. What it refers to lives as long as the call of
// the follower.
struct AttemptExchange {
  const std::string& job_id;
  const std::string& attempt_id;
  const std::string& provider;
  TraceContext trace;  // of the job
  ProviderCall call = ProviderCall::kPoll;
  int status = 0;  // 0: no answer
  std::optional<TransportFault> fault = std::nullopt;
  absl::Duration took;
};

// Calls come on the engine's executor; they must not block.
class JobFollower {
 public:
  virtual ~JobFollower() = default;

  // A change of `job`, whose state is as it was before, to `after` is durable.
  virtual void OnChange(const LiveJob& job, const JobState& after) = 0;
  // A call of an attempt to its provider has ended.
  virtual void OnExchange(const AttemptExchange& exchange) = 0;
};

// The fields of a line about a job: its id, its trace where it is in one, and `more`.
inline std::vector<LogField> JobFields(const std::string& job_id, const TraceContext& trace,
                                       std::vector<LogField> more = {}) {
  std::vector<LogField> fields = {{"job_id", job_id}};
  if (trace.valid()) fields.emplace_back("trace_id", TraceIdOf(trace));
  for (LogField& field : more) fields.push_back(std::move(field));
  return fields;
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_JOB_FOLLOWER_H_
