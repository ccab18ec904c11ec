// The tables of the SQLite store; FORMAT.md tells what each promises.
#ifndef ZOETROPE_SERVER_STORE_SQLITE_SCHEMA_H_
#define ZOETROPE_SERVER_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// What `PRAGMA user_version` says in a file of this server.
inline constexpr int kSchemaVersion = 1;

// FAILED_PRECONDITION where the file is of a newer version or of another program. Touches nothing.
absl::Status RefuseForeignSchema(Database& db);

// Brings the file to kSchemaVersion, one synced transaction per version, from an empty file or from any
// earlier version. Refuses as RefuseForeignSchema.
absl::Status MigrateSchema(Database& db);

// Reads the whole file; DATA_LOSS with the first finding where something is wrong.
absl::Status CheckIntegrity(Database& db);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_SQLITE_SCHEMA_H_
