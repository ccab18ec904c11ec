// The reading half of the SQLite store.
#ifndef ZOETROPE_SERVER_STORE_JOB_QUERIES_H_
#define ZOETROPE_SERVER_STORE_JOB_QUERIES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/job_store.h"
#include "server/store/money_queries.h"
#include "server/store/sqlite_db.h"

namespace zoetrope {

// A reading connection with its prepared statements. For one thread. Each method sees one state of the file,
// and everything that was durable when it began. The methods answer as those of JobStore do.
class JobQueries {
 public:
  static absl::StatusOr<std::unique_ptr<JobQueries>> Create(std::unique_ptr<Database> db);

  absl::StatusOr<std::optional<RequestBinding>> FindRequest(const std::string& tenant,
                                                            const std::string& request_id);
  absl::StatusOr<StoredJob> ReadJob(const std::string& tenant, const std::string& job_id);
  absl::StatusOr<std::vector<Revision>> ReadRevisions(const std::string& job_id, std::int64_t after,
                                                      int limit);
  absl::StatusOr<std::vector<Job>> List(const ListQuery& query);
  absl::StatusOr<std::vector<Job>> ListHeld(const HeldQuery& query);
  absl::StatusOr<std::vector<Job>> ListWrittenOff(absl::Time ended_since, int limit);
  absl::StatusOr<std::vector<Job>> ReadAll(const std::string& after_id, int limit);
  absl::StatusOr<std::map<std::string, std::size_t>> CountLive();
  absl::StatusOr<std::optional<AttemptName>> FindProviderJob(const std::string& provider_job_id,
                                                             const std::string& but_attempt_id);
  absl::StatusOr<std::vector<Evidence>> ReadEvidence(const std::string& job_id);
  absl::StatusOr<MediaBytes> ReadBlob(const std::string& sha256);
  absl::StatusOr<std::string> ReadOfferingText(const std::string& revision);

  MoneyQueries& money() { return *money_; }

 private:
  explicit JobQueries(std::unique_ptr<Database> db) : db_(std::move(db)) {}
  absl::Status PrepareAll();
  absl::StatusOr<StoredJob> ReadJobInSnapshot(const std::string& tenant, const std::string& job_id);

  std::unique_ptr<Database> db_;
  std::unique_ptr<MoneyQueries> money_;
  Statement begin_;
  Statement end_;
  Statement find_request_;
  Statement read_job_;
  Statement waiting_commands_;
  Statement read_revisions_;
  Statement list_held_;
  Statement list_written_off_;
  Statement read_all_;
  Statement count_live_;
  Statement find_provider_job_;
  Statement read_evidence_;
  Statement read_blob_;
  Statement read_offering_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_JOB_QUERIES_H_
