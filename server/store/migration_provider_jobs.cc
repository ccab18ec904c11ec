#include <string>

#include "server/base/status_macros.h"
#include "server/store/migration_states.h"
#include "server/store/migrations.h"

namespace zoetrope {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE provider_jobs (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  attempt_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  provider_job_id TEXT NOT NULL,
  PRIMARY KEY (job_id, attempt_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_jobs_by_id ON provider_jobs (provider, provider_job_id);
)sql";

absl::Status FillIn(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement name, db.Prepare("INSERT INTO provider_jobs (job_id, attempt_id, provider, provider_job_id) "
                                 "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"));
  return ForEachState(db, [&name](const std::string& job_id, const JobState& state) {
    for (const Attempt& attempt : state.attempts) {
      if (attempt.provider_job.id.empty()) continue;
      ZOETROPE_RETURN_IF_ERROR(
          name.Bind(job_id, attempt.id, attempt.provider, attempt.provider_job.id).Run());
    }
    return absl::OkStatus();
  });
}

}  // namespace

absl::Status AddProviderJobs(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute(kTables));
  return FillIn(db);
}

}  // namespace zoetrope
