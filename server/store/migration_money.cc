#include <string>

#include "server/base/status_macros.h"
#include "server/store/migration_states.h"
#include "server/store/migrations.h"

namespace zoetrope {
namespace {

// Within the migration the ledger's rows change; nothing else ever may.
constexpr const char* kTables = R"sql(
ALTER TABLE ledger ADD COLUMN provider TEXT NOT NULL DEFAULT '';
DROP INDEX ledger_once;
CREATE UNIQUE INDEX ledger_charged_once ON ledger (attempt_id) WHERE kind IN (3, 5);
CREATE UNIQUE INDEX ledger_released_once ON ledger (attempt_id) WHERE kind = 2;
DROP TRIGGER ledger_no_update;

CREATE TABLE budget_uses (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  attempt_id TEXT NOT NULL,
  budget TEXT NOT NULL,
  subject TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  PRIMARY KEY (job_id, attempt_id, budget)
) STRICT, WITHOUT ROWID;

CREATE TABLE budget_counts (
  budget TEXT NOT NULL,
  subject TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  reserved_nanos INTEGER NOT NULL,
  charged_nanos INTEGER NOT NULL,
  carried_nanos INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (budget, window_start, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE spend_hours (
  hour INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  charges INTEGER NOT NULL,
  charged_nanos INTEGER NOT NULL,
  overrun_nanos INTEGER NOT NULL,
  carried_charged_nanos INTEGER NOT NULL DEFAULT 0,
  carried_overrun_nanos INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (hour, tenant, model, provider)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kEnd = R"sql(
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE (ABORT, 'append-only'); END;
INSERT INTO spend_hours (hour, tenant, model, provider, charges, charged_nanos, overrun_nanos)
SELECT l.time / 3600000000000, j.tenant, j.model, l.provider, sum(l.kind = 3),
  sum(CASE l.kind WHEN 3 THEN l.amount_nanos ELSE -l.amount_nanos END),
  sum(CASE l.kind WHEN 4 THEN l.amount_nanos ELSE 0 END)
FROM ledger AS l JOIN jobs AS j ON j.id = l.job_id WHERE l.kind IN (3, 4) GROUP BY 1, 2, 3, 4;
)sql";

absl::Status NameProviders(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement name, db.Prepare("UPDATE ledger SET provider = ?3 WHERE job_id = ?1 AND attempt_id = ?2"));
  return ForEachState(db, [&name](const std::string& job_id, const JobState& state) {
    for (const Attempt& attempt : state.attempts) {
      ZOETROPE_RETURN_IF_ERROR(name.Bind(job_id, attempt.id, attempt.provider).Run());
    }
    return absl::OkStatus();
  });
}

}  // namespace

absl::Status AddMoney(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute(kTables));
  ZOETROPE_RETURN_IF_ERROR(NameProviders(db));
  return db.Execute(kEnd);
}

}  // namespace zoetrope
