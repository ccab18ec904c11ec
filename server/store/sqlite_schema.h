// The tables of the SQLite store; FORMAT.md tells what each promises.
#ifndef ZOETROPE_SERVER_STORE_SQLITE_SCHEMA_H_
#define ZOETROPE_SERVER_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// What `PRAGMA user_version` says in a file of this server.
inline constexpr int kSchemaVersion = 5;

// FAILED_PRECONDITION where the file is of a newer version or of another program. Touches nothing.
absl::Status RefuseForeignSchema(Database& db);

// Brings the file to kSchemaVersion, one synced transaction per version, from an empty file or from any
// earlier version. Refuses as RefuseForeignSchema.
absl::Status MigrateSchema(Database& db);

// Reads the whole file, and holds tables and indices against each other; DATA_LOSS with the first finding
// where something is wrong, UNAVAILABLE where the disk does not give it.
absl::Status CheckIntegrity(Database& db);

// The mark of a file in use, which a server sets when it has opened the file and takes away when it closes it
// in order: a file that bears it was left by a crash, or was copied from under a running server.
absl::StatusOr<bool> IsMarkedOpen(Database& db);
absl::Status MarkOpen(Database& db, absl::Time now);
absl::Status MarkClosed(Database& db);

// The mark of a copy, which it keeps for ever: when it was made. InfinitePast where the file is none.
absl::Status MarkCopied(Database& db, absl::Time now);
absl::StatusOr<absl::Time> CopiedAt(Database& db);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_SQLITE_SCHEMA_H_
