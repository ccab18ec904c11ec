#include <utility>

#include "server/store/job_store.h"

namespace zoetrope {

LiveJob ToLive(const Job& job, Ownership ownership, std::vector<Command> commands) {
  return {.id = job.spec.id,
          .tenant = job.spec.tenant,
          .model = job.spec.generation.model,
          .create_time = job.spec.create_time,
          .deadline_time = job.spec.deadline_time,
          .failover = job.spec.routing.failover,
          .unknown_policy = job.spec.unknown_policy,
          .max_cost = job.spec.max_cost,
          .count = job.spec.generation.count,
          .candidates = job.spec.candidates,
          .state = job.state,
          .ownership = std::move(ownership),
          .commands = std::move(commands)};
}

}  // namespace zoetrope
