// Takes old jobs out of the tables.
#ifndef ZOETROPE_SERVER_STORE_JOB_REMOVAL_H_
#define ZOETROPE_SERVER_STORE_JOB_REMOVAL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/sqlite_db.h"
#include "server/store/store_values.h"

namespace zoetrope {

// Owns its prepared statements of the writing connection. For one thread.
//
// A picture goes in two steps: when the last job that names it goes, it begins to wait, and a later look
// takes what has waited long enough, unless a new job names it by then. So a job's removal costs the same
// however large its pictures are. What becomes free in the file is used again; the file does not shrink:
// giving pages back would move others about in every such transaction, to free room that the next jobs need
// again.
class JobRemoval {
 public:
  // `db` must outlive this.
  static absl::StatusOr<std::unique_ptr<JobRemoval>> Create(Database& db);

  // As JobStore::RemoveEnded, within a transaction that the caller begins and ends. A status that is not OK:
  // it must be rolled back.
  absl::StatusOr<Removed> Remove(absl::Time before, int limit);

 private:
  explicit JobRemoval(Database& db) : db_(db) {}
  absl::Status PrepareAll();
  absl::Status RemoveJobs(absl::Time before, int limit, Removed& removed);
  absl::Status RemoveBlobs(absl::Time before, int limit, Removed& removed);
  absl::StatusOr<bool> IsUsed(const std::string& sha256);

  Database& db_;
  Statement ended_;
  std::vector<Statement> steps_;  // of one job's removal, in order; ?1 is its id
  Statement waiting_;
  Statement find_use_;
  Statement delete_blob_;
  Statement delete_wait_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_JOB_REMOVAL_H_
