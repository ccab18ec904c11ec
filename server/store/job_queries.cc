#include "server/store/job_queries.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/store/job_tables.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

absl::StatusOr<Job> DecodeJob(const std::string& id, std::string_view spec, std::string_view state,
                              std::int64_t revision) {
  Job job;
  ZOETROPE_ASSIGN_OR_RETURN(job.spec, DecodeSpec(spec));
  ZOETROPE_ASSIGN_OR_RETURN(job.state, DecodeState(state));
  if (job.spec.id != id || job.state.revision != revision) {
    return absl::DataLossError("a stored job bears the id or the revision of another one");
  }
  return job;
}

// Of the statement's rows: id, specification, state and revision.
absl::StatusOr<std::vector<Job>> JobsIn(Statement& statement) {
  std::vector<Job> jobs;
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return jobs;
    ZOETROPE_ASSIGN_OR_RETURN(
        Job job, DecodeJob(statement.Text(0), statement.Bytes(1), statement.Bytes(2), statement.Int(3)));
    jobs.push_back(std::move(job));
  }
}

std::int64_t PhaseMask(const std::vector<JobPhase>& phases) {
  if (phases.empty()) return -1;
  std::int64_t mask = 0;
  for (const JobPhase phase : phases) mask |= std::int64_t{1} << StoredNumber(phase);
  return mask;
}

// Each label is one more condition. The page's end is one only where there is one, so that the index leads to
// it.
std::string ListSql(bool has_end, std::size_t labels) {
  std::string sql =
      "SELECT j.id, s.spec, r.state, j.revision FROM jobs AS j JOIN specs AS s ON s.job_id = j.id "
      "JOIN revisions AS r ON r.job_id = j.id AND r.revision = j.revision "
      "WHERE j.tenant = ?1 AND ((1 << j.phase) & ?3) <> 0 AND (?4 = '' OR j.model = ?4) "
      "AND (?5 = '' OR j.provider = ?5) AND j.create_time >= ?6 AND j.create_time < ?7";
  if (has_end) absl::StrAppend(&sql, " AND j.id < ?2");
  for (std::size_t i = 0; i < labels; ++i) {
    absl::StrAppend(&sql, " AND j.id IN (SELECT job_id FROM labels WHERE tenant = ?1 AND key = ?", 9 + 2 * i,
                    " AND value = ?", 10 + 2 * i, ")");
  }
  return absl::StrCat(sql, " ORDER BY j.id DESC LIMIT ?8");
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobQueries>> JobQueries::Create(std::unique_ptr<Database> db) {
  std::unique_ptr<JobQueries> queries(new JobQueries(std::move(db)));
  ZOETROPE_RETURN_IF_ERROR(queries->PrepareAll());
  ZOETROPE_ASSIGN_OR_RETURN(queries->money_, MoneyQueries::Create(*queries->db_));
  return queries;
}

absl::Status JobQueries::PrepareAll() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&begin_, "BEGIN"},
      {&end_, "COMMIT"},
      {&find_request_, "SELECT job_id, fingerprint FROM requests WHERE tenant = ?1 AND request_id = ?2"},
      {&read_job_,
       "SELECT s.spec, r.state, j.revision, j.owner, j.epoch FROM jobs AS j JOIN specs AS s ON s.job_id = "
       "j.id "
       "JOIN revisions AS r ON r.job_id = j.id AND r.revision = j.revision WHERE j.id = ?1 AND (?2 = '' OR "
       "j.tenant = ?2)"},
      {&waiting_commands_, kWaitingCommandsSql},
      {&read_revisions_,
       "SELECT revision, state FROM revisions WHERE job_id = ?1 AND revision > ?2 ORDER BY revision LIMIT "
       "?3"},
      // INDEXED BY: the index is what keeps it from reading all jobs; without it the statement is an error.
      {&list_held_,
       "SELECT j.id, s.spec, r.state, j.revision FROM jobs AS j INDEXED BY jobs_held "
       "JOIN specs AS s ON s.job_id = j.id JOIN revisions AS r ON r.job_id = j.id AND r.revision = "
       "j.revision "
       "WHERE j.held_sent_time IS NOT NULL AND (j.held_sent_time, j.id) > (?1, ?2) AND j.held_sent_time <= "
       "?3 "
       "AND (?4 = '' OR j.provider = ?4) AND (?5 = '' OR j.owner = ?5) "
       "ORDER BY j.held_sent_time, j.id LIMIT ?6"},
      {&list_written_off_,
       "SELECT j.id, s.spec, r.state, j.revision FROM jobs AS j INDEXED BY jobs_ended "
       "JOIN specs AS s ON s.job_id = j.id JOIN revisions AS r ON r.job_id = j.id AND r.revision = "
       "j.revision "
       "WHERE j.live = 0 AND j.ended_time >= ?1 "
       "AND EXISTS (SELECT 1 FROM ledger AS l WHERE l.job_id = j.id AND l.kind = 5) "
       "ORDER BY j.ended_time DESC LIMIT ?2"},
      {&read_all_,
       "SELECT j.id, s.spec, r.state, j.revision FROM jobs AS j JOIN specs AS s ON s.job_id = j.id "
       "JOIN revisions AS r ON r.job_id = j.id AND r.revision = j.revision WHERE j.id > ?1 ORDER BY j.id "
       "LIMIT ?2"},
      {&count_live_,
       "SELECT provider, count(*) FROM jobs INDEXED BY jobs_live WHERE live = 1 GROUP BY provider"},
      {&find_provider_job_, kFindProviderJobSql},
      {&read_evidence_,
       "SELECT attempt_id, what, value, time FROM evidence WHERE job_id = ?1 ORDER BY sequence"},
      {&read_blob_, "SELECT content_type, bytes FROM blobs WHERE sha256 = ?1"},
      {&read_offering_, "SELECT text FROM offerings WHERE revision = ?1"},
  };
  for (const auto& [statement, sql] : statements) {
    ZOETROPE_ASSIGN_OR_RETURN(*statement, db_->Prepare(sql));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<RequestBinding>> JobQueries::FindRequest(const std::string& tenant,
                                                                      const std::string& request_id) {
  const ScopedReset reset(find_request_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, find_request_.Bind(tenant, request_id).Step());
  if (!row) return std::optional<RequestBinding>();
  return std::optional<RequestBinding>(RequestBinding{find_request_.Text(0), find_request_.Text(1)});
}

absl::StatusOr<StoredJob> JobQueries::ReadJob(const std::string& tenant, const std::string& job_id) {
  if (db_->in_transaction()) ZOETROPE_RETURN_IF_ERROR(db_->Execute("ROLLBACK"));  // an earlier end failed
  ZOETROPE_RETURN_IF_ERROR(begin_.Run());
  absl::StatusOr<StoredJob> job = ReadJobInSnapshot(tenant, job_id);
  // A failing disk ends the transaction by itself, and then the failure is the answer.
  const absl::Status ended = db_->in_transaction() ? end_.Run() : absl::OkStatus();
  if (job.ok()) ZOETROPE_RETURN_IF_ERROR(ended);
  return job;
}

absl::StatusOr<StoredJob> JobQueries::ReadJobInSnapshot(const std::string& tenant,
                                                        const std::string& job_id) {
  const ScopedReset reset(read_job_);
  const ScopedReset reset_commands(waiting_commands_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, read_job_.Bind(job_id, tenant).Step());
  if (!row) return JobNotFound(job_id);
  StoredJob stored;
  ZOETROPE_ASSIGN_OR_RETURN(stored.job,
                            DecodeJob(job_id, read_job_.Bytes(0), read_job_.Bytes(1), read_job_.Int(2)));
  stored.ownership = {read_job_.Text(3), read_job_.Int(4)};
  ZOETROPE_ASSIGN_OR_RETURN(stored.commands, ReadCommands(waiting_commands_, job_id));
  return stored;
}

absl::StatusOr<std::vector<Revision>> JobQueries::ReadRevisions(const std::string& job_id, std::int64_t after,
                                                                int limit) {
  const ScopedReset reset(read_revisions_);
  std::vector<Revision> revisions;
  read_revisions_.Bind(job_id, after, std::max(limit, 0));
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, read_revisions_.Step());
    if (!row) return revisions;
    Revision revision{read_revisions_.Int(0), {}};
    ZOETROPE_ASSIGN_OR_RETURN(revision.state, DecodeState(read_revisions_.Bytes(1)));
    if (revision.state.revision != revision.revision)
      return absl::DataLossError("a stored revision bears another number");
    revisions.push_back(std::move(revision));
  }
}

absl::StatusOr<std::vector<Job>> JobQueries::List(const ListQuery& query) {
  ZOETROPE_ASSIGN_OR_RETURN(Statement statement,
                            db_->Prepare(ListSql(!query.before_id.empty(), query.labels.size())));
  const std::int64_t from =
      query.create_time_from ? StoredTime(*query.create_time_from) : std::numeric_limits<std::int64_t>::min();
  const std::int64_t before = query.create_time_before ? StoredTime(*query.create_time_before)
                                                       : std::numeric_limits<std::int64_t>::max();
  statement.Bind(query.tenant, query.before_id, PhaseMask(query.phases), query.model, query.provider, from,
                 before, std::max(query.limit, 0));
  int index = 8;
  for (const auto& [key, value] : query.labels) {
    statement.BindAt(++index, key);
    statement.BindAt(++index, value);
  }
  return JobsIn(statement);
}

absl::StatusOr<std::vector<Job>> JobQueries::ListHeld(const HeldQuery& query) {
  const ScopedReset reset(list_held_);
  list_held_.Bind(StoredTime(query.after_sent), query.after_id, StoredTime(query.sent_until), query.provider,
                  query.owner, std::max(query.limit, 0));
  return JobsIn(list_held_);
}

absl::StatusOr<std::vector<Job>> JobQueries::ListWrittenOff(absl::Time ended_since, int limit) {
  const ScopedReset reset(list_written_off_);
  list_written_off_.Bind(StoredTime(ended_since), std::max(limit, 0));
  return JobsIn(list_written_off_);
}

absl::StatusOr<std::vector<Job>> JobQueries::ReadAll(const std::string& after_id, int limit) {
  const ScopedReset reset(read_all_);
  read_all_.Bind(after_id, std::max(limit, 0));
  return JobsIn(read_all_);
}

absl::StatusOr<std::map<std::string, std::size_t>> JobQueries::CountLive() {
  const ScopedReset reset(count_live_);
  std::map<std::string, std::size_t> counts;
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, count_live_.Step());
    if (!row) return counts;
    counts[count_live_.Text(0)] = static_cast<std::size_t>(count_live_.Int(1));
  }
}

absl::StatusOr<std::optional<AttemptName>> JobQueries::FindProviderJob(const std::string& provider_job_id,
                                                                       const std::string& but_attempt_id) {
  const ScopedReset reset(find_provider_job_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, find_provider_job_.Bind(provider_job_id, but_attempt_id).Step());
  if (!row) return std::optional<AttemptName>();
  return std::optional<AttemptName>(AttemptName{find_provider_job_.Text(0), find_provider_job_.Text(1)});
}

absl::StatusOr<std::vector<Evidence>> JobQueries::ReadEvidence(const std::string& job_id) {
  const ScopedReset reset(read_evidence_);
  std::vector<Evidence> all;
  read_evidence_.Bind(job_id);
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, read_evidence_.Step());
    if (!row) return all;
    all.push_back({job_id, read_evidence_.Text(0), read_evidence_.Text(1), read_evidence_.Text(2),
                   TimeOf(read_evidence_.Int(3))});
  }
}

absl::StatusOr<MediaBytes> JobQueries::ReadBlob(const std::string& sha256) {
  const ScopedReset reset(read_blob_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, read_blob_.Bind(sha256).Step());
  if (!row) return absl::NotFoundError("no such picture is stored");
  return MediaBytes{read_blob_.Text(0), read_blob_.Text(1)};
}

absl::StatusOr<std::string> JobQueries::ReadOfferingText(const std::string& revision) {
  const ScopedReset reset(read_offering_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, read_offering_.Bind(revision).Step());
  if (!row) return absl::NotFoundError("no such offering text is stored");
  return read_offering_.Text(0);
}

}  // namespace zoetrope
