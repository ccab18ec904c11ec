#include "server/store/migration_states.h"

#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

constexpr int kPage = 500;

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

}  // namespace

absl::Status ForEachState(
    Database& db, const std::function<absl::Status(const std::string& job_id, const JobState&)>& visit) {
  ZOETROPE_ASSIGN_OR_RETURN(
      Statement page,
      db.Prepare("SELECT j.id, r.state FROM jobs AS j JOIN revisions AS r ON r.job_id = j.id AND r.revision "
                 "= j.revision WHERE j.id > ?1 ORDER BY j.id LIMIT ?2"));
  for (std::string after;;) {
    ZOETROPE_ASSIGN_OR_RETURN(const Page found, ReadPage(page, after));
    if (found.empty()) return absl::OkStatus();
    after = found.back().first;
    for (const auto& [job_id, record] : found) {
      const absl::StatusOr<JobState> state = DecodeState(record);
      if (state.ok()) ZOETROPE_RETURN_IF_ERROR(visit(job_id, *state));
    }
  }
}

}  // namespace zoetrope
