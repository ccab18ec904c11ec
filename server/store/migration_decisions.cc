#include <string>

#include "server/base/status_macros.h"
#include "server/store/migration_states.h"
#include "server/store/migrations.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

constexpr const char* kTables = R"sql(
ALTER TABLE jobs ADD COLUMN held_sent_time INTEGER;
CREATE INDEX jobs_held ON jobs (held_sent_time, id) WHERE held_sent_time IS NOT NULL;
ALTER TABLE commands ADD COLUMN payload BLOB;
)sql";

absl::Status FillIn(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(Statement hold, db.Prepare("UPDATE jobs SET held_sent_time = ?2 WHERE id = ?1"));
  return ForEachState(db, [&hold](const std::string& job_id, const JobState& state) {
    if (state.attempts.empty() || state.attempts.back().phase != AttemptPhase::kHeld) return absl::OkStatus();
    return hold.Bind(job_id, StoredTime(state.attempts.back().intent_time)).Run();
  });
}

}  // namespace

absl::Status AddDecisions(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute(kTables));
  return FillIn(db);
}

}  // namespace zoetrope
