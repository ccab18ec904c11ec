#include "server/store/sqlite_schema.h"

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/store/migrations.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

// "zoet": marks the file as ours for `PRAGMA application_id` and file(1).
constexpr std::int64_t kApplicationId = 0x7a6f6574;

// kMigrations[n] brings a file from version n to n + 1.
constexpr absl::Status (*kMigrations[])(Database&) = {CreateBaseTables, AddRetention, AddProviderJobs,
                                                      AddDecisions, AddMoney};
static_assert(std::size(kMigrations) == kSchemaVersion);

// What `error code=N` in a finding says; SQLITE_OK where there is none.
int ErrorCodeIn(const std::string& finding) {
  static constexpr std::string_view kWords = "error code=";
  const std::size_t at = finding.find(kWords);
  return at == std::string::npos ? SQLITE_OK : std::atoi(finding.c_str() + at + kWords.size());
}

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
  absl::Status status = kMigrations[from](db);
  if (status.ok()) status = db.Execute(version.c_str());
  if (status.ok()) status = db.Execute("COMMIT");
  return status.ok() ? status : RollBack(db, status);
}

absl::Status Mark(Database& db, std::string_view name, absl::Time now) {
  ZOETROPE_ASSIGN_OR_RETURN(Statement mark,
                            db.Prepare("INSERT OR REPLACE INTO marks (name, time) VALUES (?1, ?2)"));
  return mark.Bind(std::string(name), StoredTime(now)).Run();
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
    return absl::FailedPreconditionError(absl::StrCat(
        "the store's file has schema version ", version, ", this server knows ", kSchemaVersion,
        ": it was written by a newer server; start that one, or restore a backup from before the upgrade"));
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
  // A page that the disk did not give is a finding to SQLite too; a backup would be the wrong answer to that.
  if (absl::Status machine = SqliteStatus(ErrorCodeIn(finding)); IsEnvironmental(machine)) return machine;
  return absl::DataLossError(absl::StrCat("the store's file is damaged: ", finding));
}

absl::StatusOr<bool> IsMarkedOpen(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(const std::int64_t known,
                            db.QueryInt("SELECT count(*) FROM sqlite_schema WHERE name = 'marks'"));
  if (known == 0) return false;  // of an earlier version
  ZOETROPE_ASSIGN_OR_RETURN(const std::int64_t marks,
                            db.QueryInt("SELECT count(*) FROM marks WHERE name = 'open'"));
  return marks > 0;
}

absl::Status MarkOpen(Database& db, absl::Time now) {
  ZOETROPE_RETURN_IF_ERROR(Mark(db, "open", now));
  // Into the file itself, so that a copy of that alone bears it.
  return db.Execute("PRAGMA wal_checkpoint(PASSIVE)");
}

absl::Status MarkClosed(Database& db) { return db.Execute("DELETE FROM marks WHERE name = 'open'"); }

absl::Status MarkCopied(Database& db, absl::Time now) {
  ZOETROPE_RETURN_IF_ERROR(Mark(db, "copied", now));
  ZOETROPE_ASSIGN_OR_RETURN(const std::int64_t busy, db.QueryInt("PRAGMA wal_checkpoint(TRUNCATE)"));
  return busy == 0 ? absl::OkStatus() : absl::UnavailableError("the copy's log was not taken in");
}

absl::StatusOr<absl::Time> CopiedAt(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(
      const std::int64_t time,
      db.QueryInt("SELECT coalesce(max(time), -9223372036854775808) FROM marks WHERE name = 'copied'"));
  return TimeOf(time);
}

}  // namespace zoetrope
