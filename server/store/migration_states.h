// What migrations do with every job's state.
#ifndef ZOETROPE_SERVER_STORE_MIGRATION_STATES_H_
#define ZOETROPE_SERVER_STORE_MIGRATION_STATES_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "server/domain/job.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// Calls `visit` for each job with its newest state, in the order of ids, and ends with the first failure. It
// may write: jobs are read a page at a time, before anything is done with them. A record that cannot be read
// is passed over: whoever reads the job is told.
absl::Status ForEachState(
    Database& db, const std::function<absl::Status(const std::string& job_id, const JobState&)>& visit);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_MIGRATION_STATES_H_
