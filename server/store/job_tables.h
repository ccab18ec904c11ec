// The writing half of the SQLite store: one method per change, all within a transaction that the caller
// begins and ends.
#ifndef ZOETROPE_SERVER_STORE_JOB_TABLES_H_
#define ZOETROPE_SERVER_STORE_JOB_TABLES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/job_removal.h"
#include "server/store/job_store.h"
#include "server/store/money_tables.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// A job's state as it goes into columns: made on the caller's thread, so that the writer only binds.
struct StateColumns {
  explicit StateColumns(const JobState& state);

  std::int64_t revision;
  std::int64_t phase;
  bool live;
  std::optional<std::int64_t> ended_time;
  std::string provider;  // of the last attempt; so are the three that follow
  std::string attempt_id;
  std::string provider_job_id;
  std::optional<std::int64_t> held_sent_time;  // nullopt: it is not HELD
  std::string record;
};

// What became of a command.
enum class InboxAnswer { kTaken, kNoJob, kOtherWaits };

// Owns the prepared statements of the writing connection. For one thread.
//
// Refusals (conflicts) are answers, and leave the transaction as it was: they are found before anything is
// written. A status that is not OK means that a statement failed; the caller must roll back then, because the
// change may be there in part.
class JobTables {
 public:
  // `db` must outlive this.
  static absl::StatusOr<std::unique_ptr<JobTables>> Create(Database& db);

  absl::Status Begin() { return begin_.Run(); }
  absl::Status Commit() { return commit_.Run(); }

  // `spec` is the job's spec as a record.
  absl::StatusOr<CreateResult> InsertJob(const NewJob& job, const std::string& spec,
                                         const StateColumns& state);
  // kDurable stands for "done, once the transaction is".
  absl::StatusOr<CommitOutcome> UpdateJob(const JobChange& change, const StateColumns& state);
  absl::StatusOr<std::vector<LiveJob>> Claim(const std::string& owner, const std::string& after_id,
                                             int limit);
  // False: no such job of this tenant.
  absl::StatusOr<bool> PutCommand(const std::string& tenant, const std::string& job_id, CommandKind kind,
                                  absl::Time now);
  absl::StatusOr<InboxAnswer> PutDecision(const std::string& job_id, const AttemptDecision& decision,
                                          absl::Time now);
  absl::Status DropCommand(const std::string& job_id, std::int64_t sequence);
  absl::Status AppendEvidence(const Evidence& evidence);
  absl::Status PutBlob(const std::string& sha256, const MediaBytes& blob, absl::Time now);
  absl::StatusOr<Removed> RemoveEnded(absl::Time before, int limit) {
    return removal_->Remove(before, limit);
  }

 private:
  explicit JobTables(Database& db) : db_(db) {}
  absl::Status PrepareAll();
  // Whether another attempt has the provider job of the last one.
  absl::StatusOr<bool> IsTaken(const StateColumns& state);
  absl::Status InsertRevision(const std::string& job_id, const StateColumns& state);
  absl::Status InsertOfferings(const std::map<std::string, std::string>& texts);
  absl::Status InsertLabels(const JobSpec& spec);
  absl::Status InsertBlobUses(const JobSpec& spec);
  absl::StatusOr<LiveJob> TakeOver(const std::string& owner, const std::string& id, std::int64_t epoch,
                                   std::string_view spec, std::string_view state);

  Database& db_;
  Statement begin_;
  Statement commit_;
  Statement find_request_;
  Statement insert_job_;
  Statement insert_spec_;
  Statement insert_revision_;
  Statement insert_request_;
  Statement insert_label_;
  Statement insert_offering_;
  Statement update_job_;
  Statement answer_command_;
  Statement claimable_;
  Statement take_over_;
  Statement waiting_commands_;
  Statement find_job_;
  Statement find_any_job_;
  Statement insert_command_;
  Statement insert_decision_;
  Statement drop_command_;
  Statement insert_provider_job_;
  Statement find_provider_job_;
  Statement insert_evidence_;
  Statement insert_blob_;
  Statement insert_blob_wait_;
  Statement delete_blob_wait_;
  Statement insert_blob_use_;
  std::unique_ptr<MoneyTables> money_;
  std::unique_ptr<JobRemoval> removal_;
};

// Reads the rows of `statement`, the query below.
absl::StatusOr<std::vector<Command>> ReadCommands(Statement& statement, const std::string& job_id);

// The commands of job ?1 that wait.
inline constexpr std::string_view kWaitingCommandsSql =
    "SELECT sequence, kind, time, payload FROM commands WHERE job_id = ?1 AND answered_revision IS NULL "
    "ORDER BY sequence";

// The attempt, other than ?2, that has the provider's job ?1, at whatever account. The index begins with the
// account, of which there are few: each is looked up by itself.
inline constexpr std::string_view kFindProviderJobSql =
    "WITH RECURSIVE accounts (name) AS (SELECT min(provider) FROM provider_jobs UNION ALL "
    "SELECT (SELECT min(provider) FROM provider_jobs WHERE provider > name) FROM accounts "
    "WHERE name IS NOT NULL) "
    "SELECT job_id, attempt_id FROM accounts CROSS JOIN provider_jobs ON provider = name "
    "AND provider_job_id = ?1 WHERE attempt_id <> ?2 ORDER BY job_id LIMIT 1";

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_JOB_TABLES_H_
