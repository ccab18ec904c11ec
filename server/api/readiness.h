// Whether the store can be read. One that can be read and not written still answers for its jobs, and refuses
// new ones with a word of its own; restarting, or sending callers elsewhere, would help neither. Providers
// are not asked: an outage of theirs stays in its lane.
#ifndef ZOETROPE_SERVER_API_READINESS_H_
#define ZOETROPE_SERVER_API_READINESS_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/store/job_store.h"

namespace zoetrope {

// Reads from the store again and again. After two looks in a row that failed, or had no answer until the next
// one was due, it tells so, and after one that did not it tells that too.
class Readiness {
 public:
  // All but `log`, which may be null, are needed; they must outlive this, and the executor may run no task
  // any more when this ends. `tell` comes on the executor, with what has changed.
  Readiness(JobStore* store, Executor* executor, Clock* clock, std::function<void(bool ready)> tell, Log* log,
            absl::Duration interval = absl::Seconds(5));
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // Begins. Any thread; once.
  void Start();

 private:
  struct Looking;
  const std::shared_ptr<Looking> looking_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_READINESS_H_
