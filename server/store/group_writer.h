// One thread that writes, many changes per sync.
#ifndef ZOETROPE_SERVER_STORE_GROUP_WRITER_H_
#define ZOETROPE_SERVER_STORE_GROUP_WRITER_H_

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/base/clock.h"
#include "server/base/limits.h"
#include "server/store/job_tables.h"
#include "server/store/sqlite_db.h"
#include "server/store/store_observer.h"

namespace zoetrope {

// What became of a write.
enum class WriteFate {
  kDurable,     // what Apply answered last is synced, or was refused by something that is
  kNotWritten,  // for sure
  kUnknown,     // the transaction's end is not known
};

// A change on its way to the file.
class StoreWrite {
 public:
  virtual ~StoreWrite() = default;

  // Makes the change, on the writer's thread, within a transaction. Called again after a rollback. A status
  // that is not OK: a statement failed and the transaction must be rolled back.
  virtual absl::Status Apply(JobTables& tables) = 0;

  // The end, exactly once; on the writer's thread, unless it was never queued. `why` is OK for kDurable.
  virtual void Finish(WriteFate fate, const absl::Status& why) = 0;

  // Bytes that it will write, roughly.
  virtual std::size_t SizeBytes() const = 0;
};

// Which places of the queue a write may take.
enum class QueuePlaces {
  kCallers,   // it can be asked for again
  kReserved,  // it tells what has happened already, as a provider's answer; a live job has few at a time
};

struct GroupLimits {
  std::size_t writes = 1'024;    // in one transaction; bounds how long the first of them waits
  std::size_t bytes = 4u << 20;  // a picture thus is a transaction of its own, or nearly so
  std::size_t queued = limits::kStoreQueue;
  std::size_t reserved = limits::kLiveJobs;  // beside them, for what must not be refused because callers wait
  int checkpoint_pages = 4'000;  // length of the log (16 MiB) from which on it is taken into the file
};

// Takes everything that is queued, up to the limits, makes one transaction of it, syncs once, then finishes
// all in the order of queueing. Where one write fails for a reason of its own, the others are made again
// without it; where the machine is to blame, or the end of the transaction is not known, all are kUnknown and
// the next transaction starts afresh.
class GroupWriter {
 public:
  GroupWriter(std::unique_ptr<Database> db, std::unique_ptr<JobTables> tables, GroupLimits limits,
              Clock* clock, StoreObserver* observer);
  // Writes what is queued, takes the mark of a file in use away, then ends.
  ~GroupWriter();

  // Leaves `write` to the caller and answers false when there is no such place. Any thread.
  [[nodiscard]] bool Enqueue(std::unique_ptr<StoreWrite>& write, QueuePlaces places);

  // Writes that wait. Any thread.
  std::size_t depth() const;

 private:
  using Group = std::vector<std::unique_ptr<StoreWrite>>;

  void Run();
  // Moves the next group from `backlog_` to `group`; false: there is none and there will be none.
  bool TakeGroup(Group& group);
  void WriteGroup(Group& group);
  struct Ending {
    WriteFate fate;
    absl::Status why;
    std::size_t culprit = 0;  // of a failure that is not the machine's: which write it was
  };
  // One transaction of the writes that `excluded` does not name. On kNotWritten the file is as before.
  Ending WriteOnce(const Group& group, const std::vector<absl::Status>& excluded);
  void RollBack();
  void CheckpointIfLong();

  const GroupLimits limits_;
  Clock* const clock_;
  StoreObserver* const observer_;  // may be null
  std::unique_ptr<Database> db_;
  std::unique_ptr<JobTables> tables_;  // after db_: statements go before their connection
  int log_pages_ = 0;
  int checkpoint_at_pages_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Group queue_;
  std::size_t queued_ = 0;  // in queue_ and backlog_
  bool stopping_ = false;

  Group backlog_;  // taken from queue_, not yet written; only the writer's thread
  std::size_t backlog_next_ = 0;
  std::thread thread_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_GROUP_WRITER_H_
