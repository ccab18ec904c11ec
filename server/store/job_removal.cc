#include "server/store/job_removal.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "server/base/status_macros.h"
#include "server/store/money_tables.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

// Pictures that only this job names wait for their removal from now on.
constexpr char kReleaseBlobs[] =
    "INSERT INTO blob_waits (sha256, put_time) SELECT u.sha256, 0 FROM blob_uses AS u "
    "WHERE u.job_id = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM blob_uses AS o WHERE o.sha256 = u.sha256 AND o.job_id <> ?1) ON CONFLICT DO NOTHING";

// Of pictures in one transaction: each page of them is visited once to become free.
constexpr std::int64_t kBlobBytes = 4 << 20;

// The triggers allow deletions from the ledger and the evidence of a job only while it stands in `removals`,
// and refuse to put one there that is live. Children go before their job.
constexpr std::string_view kSteps[] = {
    "INSERT INTO removals (job_id) VALUES (?1)",
    "DELETE FROM provider_jobs WHERE job_id = ?1",
    "DELETE FROM evidence WHERE job_id = ?1",
    kCarryCountsSql,
    kCarryHoursSql,
    "DELETE FROM budget_uses WHERE job_id = ?1",
    "DELETE FROM ledger WHERE job_id = ?1",
    "DELETE FROM commands WHERE job_id = ?1",
    "DELETE FROM labels WHERE job_id = ?1",
    "DELETE FROM requests WHERE job_id = ?1",
    "DELETE FROM revisions WHERE job_id = ?1",
    "DELETE FROM specs WHERE job_id = ?1",
    kReleaseBlobs,
    "DELETE FROM blob_uses WHERE job_id = ?1",
    "DELETE FROM jobs WHERE id = ?1",
    "DELETE FROM removals WHERE job_id = ?1",
};

}  // namespace

absl::StatusOr<std::unique_ptr<JobRemoval>> JobRemoval::Create(Database& db) {
  std::unique_ptr<JobRemoval> removal(new JobRemoval(db));
  ZOETROPE_RETURN_IF_ERROR(removal->PrepareAll());
  return removal;
}

absl::Status JobRemoval::PrepareAll() {
  for (const std::string_view sql : kSteps) {
    ZOETROPE_ASSIGN_OR_RETURN(Statement step, db_.Prepare(sql));
    steps_.push_back(std::move(step));
  }
  const std::pair<Statement*, std::string_view> statements[] = {
      {&ended_,
       "SELECT id FROM jobs INDEXED BY jobs_ended WHERE live = 0 AND ended_time < ?1 "
       "ORDER BY ended_time LIMIT ?2"},
      {&waiting_,
       "SELECT w.sha256, coalesce(length(b.bytes), 0) FROM blob_waits AS w INDEXED BY blob_waits_by_time "
       "LEFT JOIN blobs AS b ON b.sha256 = w.sha256 WHERE w.put_time < ?1 ORDER BY w.put_time LIMIT ?2"},
      {&find_use_, "SELECT 1 FROM blob_uses WHERE sha256 = ?1 LIMIT 1"},
      {&delete_blob_, "DELETE FROM blobs WHERE sha256 = ?1"},
      {&delete_wait_, "DELETE FROM blob_waits WHERE sha256 = ?1"},
  };
  for (const auto& [statement, sql] : statements) {
    ZOETROPE_ASSIGN_OR_RETURN(*statement, db_.Prepare(sql));
  }
  return absl::OkStatus();
}

absl::StatusOr<Removed> JobRemoval::Remove(absl::Time before, int limit) {
  Removed removed;
  limit = std::max(limit, 0);
  ZOETROPE_RETURN_IF_ERROR(RemoveBlobs(before, limit, removed));
  ZOETROPE_RETURN_IF_ERROR(RemoveJobs(before, limit, removed));
  return removed;
}

absl::Status JobRemoval::RemoveJobs(absl::Time before, int limit, Removed& removed) {
  std::vector<std::string> ids;
  const ScopedReset reset(ended_);
  ended_.Bind(StoredTime(before), limit);
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, ended_.Step());
    if (!row) break;
    ids.push_back(ended_.Text(0));
  }
  ended_.Reset();
  for (const std::string& id : ids) {
    for (Statement& step : steps_) ZOETROPE_RETURN_IF_ERROR(step.Bind(id).Run());
  }
  removed.jobs = static_cast<int>(ids.size());
  // Even the last job may have left pictures behind, for the next look.
  removed.more = removed.more || !ids.empty();
  return absl::OkStatus();
}

absl::Status JobRemoval::RemoveBlobs(absl::Time before, int limit, Removed& removed) {
  std::vector<std::string> waiting;
  const ScopedReset reset(waiting_);
  waiting_.Bind(StoredTime(before), limit);
  std::int64_t bytes = 0;
  while (bytes < kBlobBytes) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, waiting_.Step());
    if (!row) break;
    waiting.push_back(waiting_.Text(0));
    bytes += waiting_.Int(1);
  }
  waiting_.Reset();
  for (const std::string& sha256 : waiting) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool used, IsUsed(sha256));
    if (!used) {
      ZOETROPE_RETURN_IF_ERROR(delete_blob_.Bind(sha256).Run());
      ++removed.blobs;
    }
    ZOETROPE_RETURN_IF_ERROR(delete_wait_.Bind(sha256).Run());
  }
  removed.more = !waiting.empty();
  return absl::OkStatus();
}

absl::StatusOr<bool> JobRemoval::IsUsed(const std::string& sha256) {
  const ScopedReset reset(find_use_);
  return find_use_.Bind(sha256).Step();
}

}  // namespace zoetrope
