#include "server/store/sqlite_schema.h"

#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"

namespace zoetrope {
namespace {

// "zoet": marks the file as ours for `PRAGMA application_id` and file(1).
constexpr std::int64_t kApplicationId = 0x7a6f6574;

// kMigrations[n] brings a file from version n to n + 1. Released ones never change: tests keep a file of each
// version.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  phase INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  live INTEGER NOT NULL,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_tenant ON jobs (tenant, id);
CREATE INDEX jobs_live ON jobs (id) WHERE live = 1;

CREATE TABLE specs (
  job_id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (id),
  spec BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  revision INTEGER NOT NULL,
  state BLOB NOT NULL,
  PRIMARY KEY (job_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  tenant TEXT NOT NULL,
  request_id TEXT NOT NULL,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (tenant, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (tenant, key, value, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  position INTEGER NOT NULL,
  attempt_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  amount_nanos INTEGER NOT NULL,
  currency TEXT NOT NULL,
  source INTEGER NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ledger_once ON ledger (attempt_id, kind) WHERE kind IN (2, 3);
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE (ABORT, 'append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE (ABORT, 'append-only'); END;

CREATE TABLE commands (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  kind INTEGER NOT NULL,
  time INTEGER NOT NULL,
  answered_revision INTEGER
) STRICT;
CREATE UNIQUE INDEX commands_waiting ON commands (job_id, kind) WHERE answered_revision IS NULL;

CREATE TABLE evidence (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT NOT NULL,
  attempt_id TEXT NOT NULL,
  what TEXT NOT NULL,
  value BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_by_job ON evidence (job_id);
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence BEGIN SELECT RAISE (ABORT, 'append-only'); END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence BEGIN SELECT RAISE (ABORT, 'append-only'); END;

CREATE TABLE blobs (
  sha256 TEXT NOT NULL PRIMARY KEY,
  content_type TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE offerings (
  revision TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;
)sql"};
static_assert(std::size(kMigrations) == kSchemaVersion);

absl::Status RollBack(Database& db, absl::Status why) {
  if (db.in_transaction()) {
    const absl::Status ignored = db.Execute("ROLLBACK");
    (void)ignored;  // Nothing more can be done; closing the file rolls back as well.
  }
  return why;
}

absl::Status MigrateOnce(Database& db, std::int64_t from) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute("BEGIN IMMEDIATE"));
  const std::string version =
      absl::StrCat("PRAGMA application_id=", kApplicationId, "; PRAGMA user_version=", from + 1);
  for (const char* sql : {kMigrations[from], version.c_str(), "COMMIT"}) {
    if (absl::Status status = db.Execute(sql); !status.ok()) return RollBack(db, status);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RefuseForeignSchema(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(const std::int64_t version, db.QueryInt("PRAGMA user_version"));
  ZOETROPE_ASSIGN_OR_RETURN(const std::int64_t application, db.QueryInt("PRAGMA application_id"));
  ZOETROPE_ASSIGN_OR_RETURN(const std::int64_t tables, db.QueryInt("SELECT count(*) FROM sqlite_schema"));
  if (tables > 0 && application != kApplicationId) {
    return absl::FailedPreconditionError("the store's file belongs to another program");
  }
  if (version > kSchemaVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the store's file has schema version ", version,
                                                      ", this server knows ", kSchemaVersion,
                                                      ": it was written by a newer server"));
  }
  return absl::OkStatus();
}

absl::Status MigrateSchema(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(RefuseForeignSchema(db));
  ZOETROPE_ASSIGN_OR_RETURN(std::int64_t version, db.QueryInt("PRAGMA user_version"));
  for (; version < kSchemaVersion; ++version) ZOETROPE_RETURN_IF_ERROR(MigrateOnce(db, version));
  return absl::OkStatus();
}

absl::Status CheckIntegrity(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(const std::string finding, db.QueryText("PRAGMA integrity_check(1)"));
  if (finding == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the store's file is damaged: ", finding));
}

}  // namespace zoetrope
