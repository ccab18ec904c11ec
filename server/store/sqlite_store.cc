#include "server/store/sqlite_store.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/store/private_files.h"
#include "server/store/sqlite_schema.h"
#include "server/store/sqlite_writes.h"

namespace zoetrope {
namespace {

absl::Status Overloaded() {
  return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                   "too many calls wait for the store; nothing was written");
}

// SQLite removes the log when the last connection closes in order; what is left of one tells of a crash.
bool HasLog(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path + "-wal", error);
  return !error && size > 0;
}

// SQLite would begin a new file and delete the log, which may hold all that was ever accepted.
absl::Status RefuseLoneLog(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if ((!error && size > 0) || !HasLog(path)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "its log is there, but the file itself is missing or empty: put it back from where it is, or take "
      "the log away to begin with nothing");
}

// The log's end is synced with each transaction (FULL), which is what durable means here. The log is taken
// into the file by the writer itself, see GroupWriter; its own size is bounded again after a burst, such as
// of pictures.
absl::Status Configure(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(const std::string mode, db.QueryText("PRAGMA journal_mode=WAL"));
  if (mode != "wal")
    return absl::FailedPreconditionError("the store's file system cannot carry a write-ahead log");
  return db.Execute(
      "PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA journal_size_limit=67108864; PRAGMA "
      "temp_store=MEMORY");
}

// The writing connection of an opened file.
struct Opened {
  std::unique_ptr<Database> db;
  bool was_left_open = false;
  absl::Time copied_at = absl::InfinitePast();
};

// Whether closing takes the log into the file.
void SetCheckpointOnClose(Database& db, bool on) {
  sqlite3_db_config(db.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

absl::StatusOr<Opened> OpenWriting(const SqliteStoreOptions& options, Clock* clock) {
  ZOETROPE_RETURN_IF_ERROR(RefuseLoneLog(options.path));
  Opened opened;
  opened.was_left_open = HasLog(options.path);
  ZOETROPE_RETURN_IF_ERROR(MakePrivateFile(options.path));
  ZOETROPE_ASSIGN_OR_RETURN(opened.db, Database::Open(options.path, Access::kWrite, options.vfs));
  Database& db = *opened.db;
  SetCheckpointOnClose(db, false);  // a file that is refused stays as it is
  // The version comes first: a newer server's file may be checked only by rules that this one does not know.
  ZOETROPE_RETURN_IF_ERROR(RefuseForeignSchema(db));
  ZOETROPE_RETURN_IF_ERROR(Configure(db));
  ZOETROPE_ASSIGN_OR_RETURN(const bool marked, IsMarkedOpen(db));
  opened.was_left_open = opened.was_left_open || marked;
  if (opened.was_left_open) ZOETROPE_RETURN_IF_ERROR(CheckIntegrity(db));
  ZOETROPE_RETURN_IF_ERROR(MigrateSchema(db));
  ZOETROPE_ASSIGN_OR_RETURN(opened.copied_at, CopiedAt(db));
  ZOETROPE_RETURN_IF_ERROR(MarkOpen(db, clock->TimeNow()));
  SetCheckpointOnClose(db, true);
  return opened;
}

// What the operator of a server is told that does not start.
absl::Status Refusal(const absl::Status& why, const std::string& path) {
  std::string message = absl::StrCat(path, ": ", why.message());
  if (absl::IsDataLoss(why)) {
    absl::StrAppend(
        &message,
        ". It was left as it is. Go on with a backup in its place, without the old -wal and -shm "
        "beside it; where there is none, `sqlite3 FILE .dump`, on a copy of all three, shows what "
        "can still be read");
  }
  absl::Status refusal(why.code(), message);
  why.ForEachPayload(
      [&refusal](absl::string_view type, const absl::Cord& payload) { refusal.SetPayload(type, payload); });
  return refusal;
}

// The file behind whatever links lead to it, so that the lock beside it is the same by every name. SQLite
// puts its own files beside that as well.
std::string RealPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error || path.empty() ? path : real.string();
}

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<ProcessLock> lock, const SqliteStoreOptions& options,
                         bool was_left_open, absl::Time copied_at, Clock* clock, StoreObserver* observer)
    : lock_(std::move(lock)),
      was_left_open_(was_left_open),
      copied_at_(copied_at),
      clock_(clock),
      observer_(observer),
      backup_(options.path, options.vfs, clock) {}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(SqliteStoreOptions options, Clock* clock,
                                                               StoreObserver* observer) {
  options.path = RealPath(options.path);
  ZOETROPE_ASSIGN_OR_RETURN(auto lock, ProcessLock::Take(options.path + "-lock"));
  absl::StatusOr<Opened> opened = OpenWriting(options, clock);
  if (!opened.ok()) return Refusal(opened.status(), options.path);
  ZOETROPE_ASSIGN_OR_RETURN(auto tables, JobTables::Create(*opened->db));
  std::vector<std::unique_ptr<JobQueries>> readers;
  for (int i = 0; i < options.readers; ++i) {
    ZOETROPE_ASSIGN_OR_RETURN(auto connection, Database::Open(options.path, Access::kRead, options.vfs));
    ZOETROPE_ASSIGN_OR_RETURN(auto queries, JobQueries::Create(std::move(connection)));
    readers.push_back(std::move(queries));
  }
  std::unique_ptr<SqliteStore> store(
      new SqliteStore(std::move(lock), options, opened->was_left_open, opened->copied_at, clock, observer));
  store->readers_ = std::make_unique<ReaderPool>(std::move(readers), options.group.queued);
  store->writer_ =
      std::make_unique<GroupWriter>(std::move(opened->db), std::move(tables), options.group, clock, observer);
  return store;
}

void SqliteStore::Enqueue(std::unique_ptr<StoreWrite> write, QueuePlaces places) {
  if (writer_->Enqueue(write, places)) return;
  // std::function wants copies; the write itself is not copied.
  std::shared_ptr<StoreWrite> refused = std::move(write);
  readers_->PostUrgent([refused] { refused->Finish(WriteFate::kNotWritten, Overloaded()); });
}

template <typename T>
void SqliteStore::Query(StoreOperation operation, std::function<absl::StatusOr<T>(JobQueries&)> query,
                        Callback<absl::StatusOr<T>> done) {
  const CallMeter meter(operation, clock_, observer_);
  const bool taken = readers_->Post([meter, query = std::move(query), done](JobQueries& queries) {
    absl::StatusOr<T> answer = query(queries);
    meter.Report(answer.ok()                         ? StoreOutcome::kOk
                 : absl::IsNotFound(answer.status()) ? StoreOutcome::kConflict
                                                     : StoreOutcome::kFailed);
    done(std::move(answer));
  });
  if (taken) return;
  readers_->PostUrgent([meter, done] {
    meter.Report(StoreOutcome::kFailed);
    done(Overloaded());
  });
}

void SqliteStore::FindRequest(std::string tenant, std::string request_id,
                              Callback<absl::StatusOr<std::optional<RequestBinding>>> done) {
  Query<std::optional<RequestBinding>>(
      StoreOperation::kFindRequest,
      [tenant = std::move(tenant), request_id = std::move(request_id)](JobQueries& queries) {
        return queries.FindRequest(tenant, request_id);
      },
      std::move(done));
}

void SqliteStore::Create(NewJob job, Callback<CreateResult> done) {
  Enqueue(MakeCreate(std::move(job), std::move(done), CallMeter(StoreOperation::kCreate, clock_, observer_),
                     &feed_));
}

void SqliteStore::Commit(JobChange change, Callback<CommitOutcome> done) {
  Enqueue(MakeCommit(std::move(change), std::move(done),
                     CallMeter(StoreOperation::kCommit, clock_, observer_), &feed_),
          QueuePlaces::kReserved);
}

void SqliteStore::Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) {
  Query<StoredJob>(
      StoreOperation::kRead,
      [tenant = std::move(tenant), job_id = std::move(job_id)](JobQueries& queries) {
        return queries.ReadJob(tenant, job_id);
      },
      std::move(done));
}

void SqliteStore::ReadRevisions(std::string job_id, std::int64_t after, int limit,
                                Callback<absl::StatusOr<std::vector<Revision>>> done) {
  Query<std::vector<Revision>>(
      StoreOperation::kReadRevisions,
      [job_id = std::move(job_id), after, limit](JobQueries& queries) {
        return queries.ReadRevisions(job_id, after, limit);
      },
      std::move(done));
}

void SqliteStore::List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) {
  Query<std::vector<Job>>(
      StoreOperation::kList, [query = std::move(query)](JobQueries& queries) { return queries.List(query); },
      std::move(done));
}

void SqliteStore::ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) {
  Query<std::vector<LedgerRow>>(
      StoreOperation::kReadLedger,
      [job_id = std::move(job_id)](JobQueries& queries) { return queries.money().ReadLedger(job_id); },
      std::move(done));
}

void SqliteStore::ReadAll(std::string after_id, int limit, Callback<absl::StatusOr<std::vector<Job>>> done) {
  Query<std::vector<Job>>(
      StoreOperation::kReadAll,
      [after_id = std::move(after_id), limit](JobQueries& queries) {
        return queries.ReadAll(after_id, limit);
      },
      std::move(done));
}

void SqliteStore::ReadBudget(BudgetQuery query, Callback<absl::StatusOr<std::vector<BudgetCount>>> done) {
  Query<std::vector<BudgetCount>>(
      StoreOperation::kReadBudget,
      [query = std::move(query)](JobQueries& queries) { return queries.money().ReadBudget(query); },
      std::move(done));
}

void SqliteStore::ReadSpend(SpendQuery query, Callback<absl::StatusOr<std::vector<SpendRow>>> done) {
  Query<std::vector<SpendRow>>(
      StoreOperation::kReadSpend,
      [query = std::move(query)](JobQueries& queries) { return queries.money().ReadSpend(query); },
      std::move(done));
}

void SqliteStore::CheckJobLedgers(std::string after_id, int limit,
                                  Callback<absl::StatusOr<LedgerCheck>> done) {
  Query<LedgerCheck>(
      StoreOperation::kCheckLedger,
      [after_id = std::move(after_id), limit](JobQueries& queries) {
        return queries.money().CheckJobs(after_id, limit);
      },
      std::move(done));
}

void SqliteStore::CheckLedgerSums(Callback<absl::StatusOr<LedgerCheck>> done) {
  Query<LedgerCheck>(
      StoreOperation::kCheckLedger, [](JobQueries& queries) { return queries.money().CheckSums(); },
      std::move(done));
}

void SqliteStore::Claim(std::string owner, std::string after_id, int limit,
                        Callback<absl::StatusOr<std::vector<LiveJob>>> done) {
  Enqueue(MakeClaim(std::move(owner), std::move(after_id), limit, std::move(done),
                    CallMeter(StoreOperation::kClaim, clock_, observer_)));
}

void SqliteStore::PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                             Callback<absl::Status> done) {
  Enqueue(MakePutCommand(std::move(tenant), std::move(job_id), kind, now, std::move(done),
                         CallMeter(StoreOperation::kPutCommand, clock_, observer_), &feed_));
}

void SqliteStore::PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                              Callback<absl::Status> done) {
  Enqueue(MakePutDecision(std::move(job_id), std::move(decision), now, std::move(done),
                          CallMeter(StoreOperation::kPutDecision, clock_, observer_), &feed_));
}

void SqliteStore::DropCommand(std::string job_id, std::int64_t sequence, Callback<absl::Status> done) {
  Enqueue(MakeDropCommand(std::move(job_id), sequence, std::move(done),
                          CallMeter(StoreOperation::kDropCommand, clock_, observer_)));
}

void SqliteStore::ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) {
  Query<std::vector<Job>>(
      StoreOperation::kListHeld,
      [query = std::move(query)](JobQueries& queries) { return queries.ListHeld(query); }, std::move(done));
}

void SqliteStore::ListWrittenOff(absl::Time ended_since, int limit,
                                 Callback<absl::StatusOr<std::vector<Job>>> done) {
  Query<std::vector<Job>>(
      StoreOperation::kListWrittenOff,
      [ended_since, limit](JobQueries& queries) { return queries.ListWrittenOff(ended_since, limit); },
      std::move(done));
}

void SqliteStore::CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) {
  Query<std::map<std::string, std::size_t>>(
      StoreOperation::kCountLive, [](JobQueries& queries) { return queries.CountLive(); }, std::move(done));
}

void SqliteStore::FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                                  Callback<absl::StatusOr<std::optional<AttemptName>>> done) {
  Query<std::optional<AttemptName>>(
      StoreOperation::kFindProviderJob,
      [id = std::move(provider_job_id), but = std::move(but_attempt_id)](JobQueries& queries) {
        return queries.FindProviderJob(id, but);
      },
      std::move(done));
}

void SqliteStore::AppendEvidence(Evidence evidence, Callback<absl::Status> done) {
  Enqueue(MakeAppendEvidence(std::move(evidence), std::move(done),
                             CallMeter(StoreOperation::kAppendEvidence, clock_, observer_)),
          QueuePlaces::kReserved);
}

void SqliteStore::ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) {
  Query<std::vector<Evidence>>(
      StoreOperation::kReadEvidence,
      [job_id = std::move(job_id)](JobQueries& queries) { return queries.ReadEvidence(job_id); },
      std::move(done));
}

void SqliteStore::PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) {
  Enqueue(MakePutBlob(std::move(sha256), std::move(blob), clock_->TimeNow(), std::move(done),
                      CallMeter(StoreOperation::kPutBlob, clock_, observer_)));
}

void SqliteStore::ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) {
  Query<MediaBytes>(
      StoreOperation::kReadBlob,
      [sha256 = std::move(sha256)](JobQueries& queries) { return queries.ReadBlob(sha256); },
      std::move(done));
}

void SqliteStore::ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) {
  Query<std::string>(
      StoreOperation::kReadOfferingText,
      [revision = std::move(revision)](JobQueries& queries) { return queries.ReadOfferingText(revision); },
      std::move(done));
}

void SqliteStore::RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) {
  Enqueue(MakeRemoveEnded(before, limit, std::move(done),
                          CallMeter(StoreOperation::kRemoveEnded, clock_, observer_)));
}

void SqliteStore::Backup(std::string path, Callback<absl::StatusOr<BackupSummary>> done) {
  const CallMeter meter(StoreOperation::kBackup, clock_, observer_);
  const auto answer = [meter, done](absl::StatusOr<BackupSummary> summary) {
    meter.Report(summary.ok() ? StoreOutcome::kOk
                 : absl::IsAlreadyExists(summary.status()) || absl::IsFailedPrecondition(summary.status())
                     ? StoreOutcome::kConflict
                     : StoreOutcome::kFailed);
    done(std::move(summary));
  };
  absl::Status started = backup_.Start(std::move(path), answer);
  if (started.ok()) return;
  readers_->PostUrgent([answer, started = std::move(started)] { answer(started); });
}

void SqliteStore::EndBackups() { backup_.End(); }

std::unique_ptr<JobStore::Subscription> SqliteStore::Subscribe(std::function<void(const Change&)> listener) {
  return feed_.Subscribe(std::move(listener));
}

}  // namespace zoetrope
