// The store of a single server: one SQLite file. FORMAT.md describes what is in it.
#ifndef ZOETROPE_SERVER_STORE_SQLITE_STORE_H_
#define ZOETROPE_SERVER_STORE_SQLITE_STORE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/store/change_feed.h"
#include "server/store/group_writer.h"
#include "server/store/job_store.h"
#include "server/store/process_lock.h"
#include "server/store/reader_pool.h"
#include "server/store/sqlite_backup.h"
#include "server/store/store_backup.h"
#include "server/store/store_observer.h"

namespace zoetrope {

struct SqliteStoreOptions {
  std::string
      path;  // of the database; `-wal`, `-shm` and `-lock` are put beside it. Not on a network file system.
  int readers = 2;  // threads
  GroupLimits group;
  std::string vfs;  // name of a registered SQLite VFS, for tests; empty: the default one
};

// Writes are synced in groups by one thread, which also calls back; reads are done and answered by threads of
// their own, and see everything that was durable when they began.
//
// More exactly than JobStore says it:
// - A full queue: Create answers kConflict with `why` UNAVAILABLE, because nothing was written; so it does
//   where a transaction failed before its end. Commit answers kUnknown in both cases: kConflict would tell
//   the owner that another one has the job.
// - Commit and AppendEvidence have places of the queue of their own: they wait in turn, but are not refused
//   because callers wait.
// - A failed end of a transaction (disk full, I/O error) is kUnknown for all of its group. The store goes on;
//   what was not written is not seen by reads, and a later write to the file decides that it never will be.
// - A wish that waits already stands for its repetitions: PutCommand adds no second one of its kind.
// - The destructor writes and answers all that was queued. Nothing may be called any more when it begins.
class SqliteStore : public JobStore, public StoreBackup {
 public:
  // Takes the lock, opens or creates the file, checks its integrity if it was not closed in order, migrates
  // it, starts the threads. FAILED_PRECONDITION: another server has it, a newer one wrote it, or its log lies
  // there without it. DATA_LOSS: it is damaged. Then nothing was changed, log included, and the message,
  // which names the file, tells how to go on. `clock` must outlive the store, and so must `observer` unless
  // it is null.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(SqliteStoreOptions options, Clock* clock,
                                                           StoreObserver* observer);

  void FindRequest(std::string tenant, std::string request_id,
                   Callback<absl::StatusOr<std::optional<RequestBinding>>> done) override;
  void Create(NewJob job, Callback<CreateResult> done) override;
  void Commit(JobChange change, Callback<CommitOutcome> done) override;
  void Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) override;
  void ReadRevisions(std::string job_id, std::int64_t after, int limit,
                     Callback<absl::StatusOr<std::vector<Revision>>> done) override;
  void List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ReadAll(std::string after_id, int limit, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ReadBudget(BudgetQuery query, Callback<absl::StatusOr<std::vector<BudgetCount>>> done) override;
  void ReadSpend(SpendQuery query, Callback<absl::StatusOr<std::vector<SpendRow>>> done) override;
  void CheckJobLedgers(std::string after_id, int limit, Callback<absl::StatusOr<LedgerCheck>> done) override;
  void CheckLedgerSums(Callback<absl::StatusOr<LedgerCheck>> done) override;
  void ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) override;
  void Claim(std::string owner, std::string after_id, int limit,
             Callback<absl::StatusOr<std::vector<LiveJob>>> done) override;
  void PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                  Callback<absl::Status> done) override;
  void PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                   Callback<absl::Status> done) override;
  void DropCommand(std::string job_id, std::int64_t sequence, Callback<absl::Status> done) override;
  void ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ListWrittenOff(absl::Time ended_since, int limit,
                      Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) override;
  void FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                       Callback<absl::StatusOr<std::optional<AttemptName>>> done) override;
  void AppendEvidence(Evidence evidence, Callback<absl::Status> done) override;
  void ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) override;
  void PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) override;
  void ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) override;
  void ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) override;
  void RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) override;
  void Backup(std::string path, Callback<absl::StatusOr<BackupSummary>> done) override;
  void EndBackups() override;
  [[nodiscard]] std::unique_ptr<Subscription> Subscribe(std::function<void(const Change&)> listener) override;

  // Writes that wait for the writer. Any thread.
  std::size_t depth() const { return writer_->depth(); }

  // Whether the file was found as no server leaves it that ends in order, so that Open has read it through.
  bool was_left_open() const { return was_left_open_; }

  // When the file was copied from another one by StoreBackup; InfinitePast: it is none.
  absl::Time copied_at() const { return copied_at_; }

 private:
  SqliteStore(std::unique_ptr<ProcessLock> lock, const SqliteStoreOptions& options, bool was_left_open,
              absl::Time copied_at, Clock* clock, StoreObserver* observer);

  void Enqueue(std::unique_ptr<StoreWrite> write, QueuePlaces places = QueuePlaces::kCallers);
  // Lets a reader run `query` and answer with what it returns.
  template <typename T>
  void Query(StoreOperation operation, std::function<absl::StatusOr<T>(JobQueries&)> query,
             Callback<absl::StatusOr<T>> done);

  // In the order of need: the backup ends first, then the writer; the lock is given up last.
  const std::unique_ptr<ProcessLock> lock_;
  const bool was_left_open_;
  const absl::Time copied_at_;
  Clock* const clock_;
  StoreObserver* const observer_;
  ChangeFeed feed_;
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<GroupWriter> writer_;
  SqliteBackup backup_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_SQLITE_STORE_H_
