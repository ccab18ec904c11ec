#include <string>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/store/migrations.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

// Jobs that are read before what was found in them is written.
constexpr int kPage = 500;

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

// A record that cannot be read is passed over: whoever reads the job is told.
absl::Status FillIn(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement page,
      db.Prepare(
          "SELECT j.id, r.state FROM jobs AS j JOIN revisions AS r ON r.job_id = j.id AND r.revision = "
          "j.revision WHERE j.id > ?1 ORDER BY j.id LIMIT ?2"));
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement name, db.Prepare("INSERT INTO provider_jobs (job_id, attempt_id, provider, provider_job_id) "
                                 "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"));
  std::string after;
  while (true) {
    std::vector<std::pair<std::string, std::string>> states;  // by job
    {
      const ScopedReset reset(page);
      page.Bind(after, kPage);
      while (true) {
        ZOETROPE_ASSIGN_OR_RETURN(const bool row, page.Step());
        if (!row) break;
        states.emplace_back(page.Text(0), page.Bytes(1));
      }
    }
    if (states.empty()) return absl::OkStatus();
    after = states.back().first;
    for (const auto& [id, record] : states) {
      const absl::StatusOr<JobState> state = DecodeState(record);
      if (!state.ok()) continue;
      for (const Attempt& attempt : state->attempts) {
        if (attempt.provider_job.id.empty()) continue;
        ZOETROPE_RETURN_IF_ERROR(name.Bind(id, attempt.id, attempt.provider, attempt.provider_job.id).Run());
      }
    }
  }
}

}  // namespace

absl::Status AddProviderJobs(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute(kTables));
  return FillIn(db);
}

}  // namespace zoetrope
