#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/store/migrations.h"
#include "server/store/record.h"
#include "server/store/store_values.h"

namespace zoetrope {
namespace {

// Jobs that are read before what was found in them is written.
constexpr int kPage = 500;

// The indices by job are for the removal: without them each deletion of a job would read whole tables to see
// that nothing refers to it any more.
constexpr const char* kTables = R"sql(
ALTER TABLE jobs ADD COLUMN ended_time INTEGER;
CREATE INDEX jobs_ended ON jobs (ended_time) WHERE live = 0;
CREATE INDEX requests_by_job ON requests (job_id);
CREATE INDEX labels_by_job ON labels (job_id);
CREATE INDEX commands_by_job ON commands (job_id);

CREATE TABLE blob_uses (
  sha256 TEXT NOT NULL,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (sha256, job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_uses_by_job ON blob_uses (job_id);

CREATE TABLE blob_waits (
  sha256 TEXT NOT NULL PRIMARY KEY,
  put_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_waits_by_time ON blob_waits (put_time);

CREATE TABLE removals (
  job_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TRIGGER removals_of_ended BEFORE INSERT ON removals
WHEN NOT EXISTS (SELECT 1 FROM jobs WHERE id = NEW.job_id AND live = 0)
BEGIN SELECT RAISE (ABORT, 'not ended and settled'); END;

DROP TRIGGER ledger_no_delete;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
WHEN NOT EXISTS (SELECT 1 FROM removals WHERE job_id = OLD.job_id)
BEGIN SELECT RAISE (ABORT, 'append-only'); END;
DROP TRIGGER evidence_no_delete;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
WHEN NOT EXISTS (SELECT 1 FROM removals WHERE job_id = OLD.job_id)
BEGIN SELECT RAISE (ABORT, 'append-only'); END;

CREATE TABLE marks (
  name TEXT NOT NULL PRIMARY KEY,
  time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

struct Found {
  std::string job_id;
  std::vector<std::string> blobs;
  std::optional<std::int64_t> ended_time;
};

// A record that cannot be read stays as it is: its job has no end that would let it go.
Found Examine(std::string job_id, std::string_view spec, std::string_view state) {
  Found found{std::move(job_id), {}, {}};
  if (const absl::StatusOr<JobSpec> read = DecodeSpec(spec); read.ok()) found.blobs = BlobsOf(*read);
  if (const absl::StatusOr<JobState> read = DecodeState(state); read.ok())
    found.ended_time = EndedTime(*read);
  return found;
}

absl::StatusOr<std::vector<Found>> ReadPage(Statement& page, const std::string& after) {
  const ScopedReset reset(page);
  page.Bind(after, kPage);
  std::vector<Found> all;
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, page.Step());
    if (!row) return all;
    all.push_back(Examine(page.Text(0), page.Bytes(1), page.Bytes(2)));
  }
}

absl::Status FillIn(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement page,
      db.Prepare(
          "SELECT j.id, s.spec, r.state FROM jobs AS j JOIN specs AS s ON s.job_id = j.id JOIN revisions "
          "AS r ON r.job_id = j.id AND r.revision = j.revision WHERE j.id > ?1 ORDER BY j.id LIMIT ?2"));
  ZOETROPE_ASSIGN_OR_RETURN(Statement use,
                            db.Prepare("INSERT INTO blob_uses (sha256, job_id) VALUES (?1, ?2)"));
  ZOETROPE_ASSIGN_OR_RETURN(Statement ended, db.Prepare("UPDATE jobs SET ended_time = ?2 WHERE id = ?1"));
  for (std::string after;;) {
    ZOETROPE_ASSIGN_OR_RETURN(const std::vector<Found> found, ReadPage(page, after));
    if (found.empty()) break;
    after = found.back().job_id;
    for (const Found& job : found) {
      if (job.ended_time) ZOETROPE_RETURN_IF_ERROR(ended.Bind(job.job_id, job.ended_time).Run());
      for (const std::string& sha256 : job.blobs)
        ZOETROPE_RETURN_IF_ERROR(use.Bind(sha256, job.job_id).Run());
    }
  }
  // Pictures of submissions that came to nothing.
  return db.Execute(
      "INSERT INTO blob_waits (sha256, put_time) SELECT sha256, 0 FROM blobs "
      "WHERE sha256 NOT IN (SELECT sha256 FROM blob_uses)");
}

}  // namespace

absl::Status AddRetention(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute(kTables));
  return FillIn(db);
}

}  // namespace zoetrope
