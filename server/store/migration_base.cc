#include "server/store/migrations.h"

namespace zoetrope {
namespace {

constexpr const char* kTables = R"sql(
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
)sql";

}  // namespace

absl::Status CreateBaseTables(Database& db) { return db.Execute(kTables); }

}  // namespace zoetrope
