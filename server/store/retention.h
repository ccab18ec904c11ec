// Decides when old jobs go.
#ifndef ZOETROPE_SERVER_STORE_RETENTION_H_
#define ZOETROPE_SERVER_STORE_RETENTION_H_

#include <memory>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/store/job_store.h"

namespace zoetrope {

struct RetentionOptions {
  absl::Duration finished_jobs = absl::Hours(30 * 24);  // from a job's end, its money included
  absl::Duration interval = absl::Minutes(1);           // between two looks, when nothing is left
  // Jobs in one transaction, which a commit may have to wait for: twice as many cost the slowest commit in a
  // hundred five times its time instead of three.
  int batch = 16;
};

// Lets the store take away what is over for longer than `finished_jobs`: a batch, a pause, a batch, until
// nothing is left, then the next look. The pause is four times as long as the batch took, so that at most a
// fifth of the store's time goes into it, however slow the disk. A store that fails is asked again at the
// next look.
class Retention {
 public:
  // All but `log`, which may be null, are needed; they must outlive this, and the executor may run no task
  // any more when this ends.
  Retention(JobStore* store, Executor* executor, Clock* clock, RetentionOptions options, Log* log);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  // Begins, with a look at once. Any thread; once.
  void Start();

 private:
  struct Sweep;
  const std::shared_ptr<Sweep> sweep_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_RETENTION_H_
