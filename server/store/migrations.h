// The steps that bring the SQLite file from one version to the next, one function and one file each;
// FORMAT.md tells what each adds.
//
// Each runs within a transaction that the caller begins and ends, on a file of exactly the version before
// it. A step that has been released never changes: tests keep a file of each version. Which version it makes
// is told by its place in the list in sqlite_schema.cc alone.
#ifndef ZOETROPE_SERVER_STORE_MIGRATIONS_H_
#define ZOETROPE_SERVER_STORE_MIGRATIONS_H_

#include "absl/status/status.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// Jobs with their history, requests, labels, ledger, commands, evidence, pictures and offerings. From an
// empty file.
absl::Status CreateBaseTables(Database& db);

// When a job ended, which jobs name a picture, the removal of old jobs, and the mark of a file that is in
// use. Reads each job once.
absl::Status AddRetention(Database& db);

// Which attempt has, or had, which job of a provider. Reads each job once.
absl::Status AddProviderJobs(Database& db);

// When a held attempt was sent, by which held jobs are found, and what was decided about one. Reads each job
// once.
absl::Status AddDecisions(Database& db);

// Whose account a row of the ledger is about, the counts of budgets, and what is spent by the hour. Reads
// each job once.
absl::Status AddMoney(Database& db);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_MIGRATIONS_H_
