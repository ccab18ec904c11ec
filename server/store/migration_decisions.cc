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
ALTER TABLE jobs ADD COLUMN held_sent_time INTEGER;
CREATE INDEX jobs_held ON jobs (held_sent_time, id) WHERE held_sent_time IS NOT NULL;
ALTER TABLE commands ADD COLUMN payload BLOB;
)sql";

using Page = std::vector<std::pair<std::string, std::string>>;  // job and its state's record

absl::StatusOr<Page> ReadPage(Statement& page, const std::string& after) {
  const ScopedReset reset(page);  // a statement that reads a table must not see it change
  page.Bind(after, kPage);
  Page all;
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, page.Step());
    if (!row) return all;
    all.emplace_back(page.Text(0), page.Bytes(1));
  }
}

// A record that cannot be read is passed over: whoever reads the job is told.
absl::Status FillIn(Database& db) {
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement page,
      db.Prepare("SELECT j.id, r.state FROM jobs AS j JOIN revisions AS r ON r.job_id = j.id AND r.revision "
                 "= j.revision WHERE j.id > ?1 ORDER BY j.id LIMIT ?2"));
  ZOETROPE_ASSIGN_OR_RETURN(Statement hold, db.Prepare("UPDATE jobs SET held_sent_time = ?2 WHERE id = ?1"));
  for (std::string after;;) {
    ZOETROPE_ASSIGN_OR_RETURN(const Page found, ReadPage(page, after));
    if (found.empty()) return absl::OkStatus();
    after = found.back().first;
    for (const auto& [job_id, record] : found) {
      const absl::StatusOr<JobState> state = DecodeState(record);
      if (!state.ok() || state->attempts.empty()) continue;
      const Attempt& last = state->attempts.back();
      if (last.phase != AttemptPhase::kHeld) continue;
      ZOETROPE_RETURN_IF_ERROR(hold.Bind(job_id, StoredTime(last.intent_time)).Run());
    }
  }
}

}  // namespace

absl::Status AddDecisions(Database& db) {
  ZOETROPE_RETURN_IF_ERROR(db.Execute(kTables));
  return FillIn(db);
}

}  // namespace zoetrope
