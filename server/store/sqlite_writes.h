// The changes that JobStore knows, as writes of the SQLite store.
#ifndef ZOETROPE_SERVER_STORE_SQLITE_WRITES_H_
#define ZOETROPE_SERVER_STORE_SQLITE_WRITES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/store/change_feed.h"
#include "server/store/group_writer.h"
#include "server/store/job_store.h"
#include "server/store/store_observer.h"

namespace zoetrope {

// Reports one call to an observer, if there is one.
class CallMeter {
 public:
  CallMeter(StoreOperation operation, Clock* clock, StoreObserver* observer)
      : operation_(operation),
        clock_(clock),
        observer_(observer),
        start_(observer == nullptr ? absl::ZeroDuration() : clock->Monotonic()) {}

  void Report(StoreOutcome outcome) const {
    if (observer_ != nullptr) observer_->OnOperation(operation_, clock_->Monotonic() - start_, outcome);
  }

 private:
  StoreOperation operation_;
  Clock* clock_;
  StoreObserver* observer_;
  absl::Duration start_;
};

// Each answers `done` and then, where something changed, tells `feed`. Encoding happens here, on the caller's
// thread.
std::unique_ptr<StoreWrite> MakeCreate(NewJob job, JobStore::Callback<CreateResult> done, CallMeter meter,
                                       ChangeFeed* feed);
std::unique_ptr<StoreWrite> MakeCommit(JobChange change, JobStore::Callback<CommitOutcome> done,
                                       CallMeter meter, ChangeFeed* feed);
std::unique_ptr<StoreWrite> MakeClaim(std::string owner, std::string after_id, int limit,
                                      JobStore::Callback<absl::StatusOr<std::vector<LiveJob>>> done,
                                      CallMeter meter);
std::unique_ptr<StoreWrite> MakePutCommand(std::string tenant, std::string job_id, CommandKind kind,
                                           absl::Time now, JobStore::Callback<absl::Status> done,
                                           CallMeter meter, ChangeFeed* feed);
std::unique_ptr<StoreWrite> MakePutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                                            JobStore::Callback<absl::Status> done, CallMeter meter,
                                            ChangeFeed* feed);
std::unique_ptr<StoreWrite> MakeDropCommand(std::string job_id, std::int64_t sequence,
                                            JobStore::Callback<absl::Status> done, CallMeter meter);
std::unique_ptr<StoreWrite> MakeAppendEvidence(Evidence evidence, JobStore::Callback<absl::Status> done,
                                               CallMeter meter);
std::unique_ptr<StoreWrite> MakePutBlob(std::string sha256, MediaBytes blob, absl::Time now,
                                        JobStore::Callback<absl::Status> done, CallMeter meter);
// A transaction of its own, so that its time is not added to that of others' writes.
std::unique_ptr<StoreWrite> MakeRemoveEnded(absl::Time before, int limit,
                                            JobStore::Callback<absl::StatusOr<Removed>> done,
                                            CallMeter meter);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_SQLITE_WRITES_H_
