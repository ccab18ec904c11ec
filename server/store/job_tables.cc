#include "server/store/job_tables.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "server/base/status_macros.h"
#include "server/store/record.h"

namespace zoetrope {
namespace {

CreateResult Refused(absl::Status why, std::optional<RequestBinding> existing = std::nullopt) {
  return {CommitOutcome::kConflict, std::move(existing), std::move(why)};
}

}  // namespace

StateColumns::StateColumns(const JobState& state)
    : revision(state.revision),
      phase(StoredNumber(state.phase)),
      live(IsLive(state)),
      ended_time(EndedTime(state)),
      record(EncodeState(state)) {
  if (state.attempts.empty()) return;
  const Attempt& last = state.attempts.back();
  provider = last.provider;
  attempt_id = last.id;
  provider_job_id = last.provider_job.id;
  if (last.phase == AttemptPhase::kHeld) held_sent_time = StoredTime(last.intent_time);
}

absl::StatusOr<std::unique_ptr<JobTables>> JobTables::Create(Database& db) {
  std::unique_ptr<JobTables> tables(new JobTables(db));
  ZOETROPE_RETURN_IF_ERROR(tables->PrepareAll());
  ZOETROPE_ASSIGN_OR_RETURN(tables->money_, MoneyTables::Create(db));
  ZOETROPE_ASSIGN_OR_RETURN(tables->removal_, JobRemoval::Create(db));
  return tables;
}

absl::Status JobTables::PrepareAll() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&find_request_, "SELECT job_id, fingerprint FROM requests WHERE tenant = ?1 AND request_id = ?2"},
      {&insert_job_,
       "INSERT INTO jobs (id, tenant, model, provider, phase, revision, create_time, live, owner, epoch, "
       "ended_time, held_sent_time) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, 1, ?9, ?10) ON CONFLICT DO "
       "NOTHING"},
      {&insert_spec_, "INSERT INTO specs (job_id, spec) VALUES (?1, ?2)"},
      {&insert_revision_, "INSERT INTO revisions (job_id, revision, state) VALUES (?1, ?2, ?3)"},
      {&insert_request_,
       "INSERT INTO requests (tenant, request_id, job_id, fingerprint) VALUES (?1, ?2, ?3, ?4)"},
      {&insert_label_, "INSERT INTO labels (tenant, key, value, job_id) VALUES (?1, ?2, ?3, ?4)"},
      {&insert_offering_, "INSERT INTO offerings (revision, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING"},
      {&update_job_,
       "UPDATE jobs SET revision = ?5, phase = ?6, live = ?7, provider = ?8, ended_time = ?9, held_sent_time "
       "= "
       "?10 "
       "WHERE id = ?1 AND revision = ?2 AND owner = ?3 AND epoch = ?4"},
      {&answer_command_,
       "UPDATE commands SET answered_revision = ?3 WHERE sequence = ?1 AND job_id = ?2 AND answered_revision "
       "IS NULL"},
      {&claimable_,
       "SELECT j.id, j.epoch + (j.owner <> ?2), s.spec, r.state FROM jobs AS j INDEXED BY jobs_live "
       "JOIN specs AS s ON s.job_id = j.id JOIN revisions AS r ON r.job_id = j.id AND r.revision = "
       "j.revision "
       "WHERE j.live = 1 AND j.id > ?1 ORDER BY j.id LIMIT ?3"},
      {&take_over_, "UPDATE jobs SET owner = ?2, epoch = ?3 WHERE id = ?1 AND owner <> ?2"},
      {&waiting_commands_, kWaitingCommandsSql},
      {&find_job_, "SELECT 1 FROM jobs WHERE id = ?1 AND tenant = ?2"},
      {&find_any_job_, "SELECT 1 FROM jobs WHERE id = ?1"},
      {&insert_command_,
       "INSERT INTO commands (job_id, kind, time) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"},
      {&insert_decision_,
       "INSERT INTO commands (job_id, kind, time, payload) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"},
      {&drop_command_,
       "UPDATE commands SET answered_revision = (SELECT revision FROM jobs WHERE id = ?2) "
       "WHERE sequence = ?1 AND job_id = ?2 AND answered_revision IS NULL"},
      {&insert_provider_job_,
       "INSERT INTO provider_jobs (job_id, attempt_id, provider, provider_job_id) VALUES (?1, ?2, ?3, ?4) "
       "ON CONFLICT DO NOTHING"},
      {&find_provider_job_, kFindProviderJobSql},
      {&insert_evidence_,
       "INSERT INTO evidence (job_id, attempt_id, what, value, time) VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&insert_blob_,
       "INSERT INTO blobs (sha256, content_type, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"},
      {&insert_blob_wait_,
       "INSERT INTO blob_waits (sha256, put_time) VALUES (?1, ?2) "
       "ON CONFLICT (sha256) DO UPDATE SET put_time = excluded.put_time"},
      {&delete_blob_wait_, "DELETE FROM blob_waits WHERE sha256 = ?1"},
      {&insert_blob_use_, "INSERT INTO blob_uses (sha256, job_id) VALUES (?1, ?2)"},
  };
  for (const auto& [statement, sql] : statements) {
    ZOETROPE_ASSIGN_OR_RETURN(*statement, db_.Prepare(sql));
  }
  return absl::OkStatus();
}

absl::StatusOr<CreateResult> JobTables::InsertJob(const NewJob& job, const std::string& spec,
                                                  const StateColumns& state) {
  const JobSpec& wish = job.job.spec;
  if (state.revision != 1) return Refused(absl::InternalError("a new job must have revision 1"));
  if (!wish.request_id.empty()) {
    const ScopedReset reset(find_request_);
    ZOETROPE_ASSIGN_OR_RETURN(const bool known, find_request_.Bind(wish.tenant, wish.request_id).Step());
    if (known) {
      RequestBinding binding{find_request_.Text(0), find_request_.Text(1)};
      return Refused(absl::AlreadyExistsError("the request id stands for a job already"), std::move(binding));
    }
  }
  ZOETROPE_ASSIGN_OR_RETURN(const bool settles_twice, money_->SettlesTwice(job.ledger));
  if (settles_twice) return Refused(absl::InternalError("an attempt would be settled twice"));
  const Booking booking{wish.id, job.ledger, job.budgets};
  ZOETROPE_ASSIGN_OR_RETURN(const MoneyTables::Changes money, money_->ChangesOf(booking));
  ZOETROPE_ASSIGN_OR_RETURN(auto shortage, money_->FindShortage(booking, money));
  if (shortage) {
    return CreateResult{CommitOutcome::kOverBudget, std::nullopt,
                        absl::ResourceExhaustedError("a budget would be passed"), std::move(shortage)};
  }
  ZOETROPE_RETURN_IF_ERROR(insert_job_
                               .Bind(wish.id, wish.tenant, wish.generation.model, state.provider, state.phase,
                                     StoredTime(wish.create_time), state.live, job.owner, state.ended_time,
                                     state.held_sent_time)
                               .Run());
  if (db_.changes() == 0) return Refused(absl::AlreadyExistsError("the job is there already"));
  ZOETROPE_RETURN_IF_ERROR(insert_spec_.Bind(wish.id, Blob{spec}).Run());
  ZOETROPE_RETURN_IF_ERROR(InsertRevision(wish.id, state));
  if (!wish.request_id.empty()) {
    ZOETROPE_RETURN_IF_ERROR(
        insert_request_.Bind(wish.tenant, wish.request_id, wish.id, job.fingerprint).Run());
  }
  ZOETROPE_RETURN_IF_ERROR(InsertLabels(wish));
  ZOETROPE_RETURN_IF_ERROR(InsertBlobUses(wish));
  ZOETROPE_RETURN_IF_ERROR(money_->Book(booking, money));
  ZOETROPE_RETURN_IF_ERROR(InsertOfferings(job.offering_texts));
  return CreateResult{CommitOutcome::kDurable, std::nullopt, absl::OkStatus()};
}

absl::StatusOr<CommitOutcome> JobTables::UpdateJob(const JobChange& change, const StateColumns& state) {
  if (state.revision != change.expected_revision + 1) return CommitOutcome::kConflict;
  ZOETROPE_ASSIGN_OR_RETURN(const bool settles_twice, money_->SettlesTwice(change.ledger));
  if (settles_twice) return CommitOutcome::kConflict;
  if (change.adopts) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool taken, IsTaken(state));
    if (taken) return CommitOutcome::kConflict;
  }
  const Booking booking{change.job_id, change.ledger, change.budgets};
  ZOETROPE_ASSIGN_OR_RETURN(const MoneyTables::Changes money, money_->ChangesOf(booking));
  ZOETROPE_ASSIGN_OR_RETURN(const auto shortage, money_->FindShortage(booking, money));
  if (shortage) return CommitOutcome::kOverBudget;
  ZOETROPE_RETURN_IF_ERROR(update_job_
                               .Bind(change.job_id, change.expected_revision, change.ownership.owner,
                                     change.ownership.epoch, state.revision, state.phase, state.live,
                                     state.provider, state.ended_time, state.held_sent_time)
                               .Run());
  if (db_.changes() == 0) return CommitOutcome::kConflict;
  ZOETROPE_RETURN_IF_ERROR(InsertRevision(change.job_id, state));
  ZOETROPE_RETURN_IF_ERROR(money_->Book(booking, money));
  for (const std::int64_t sequence : change.carried_out) {
    ZOETROPE_RETURN_IF_ERROR(answer_command_.Bind(sequence, change.job_id, state.revision).Run());
  }
  ZOETROPE_RETURN_IF_ERROR(InsertOfferings(change.offering_texts));
  return CommitOutcome::kDurable;
}

absl::StatusOr<bool> JobTables::IsTaken(const StateColumns& state) {
  const ScopedReset reset(find_provider_job_);
  return find_provider_job_.Bind(state.provider_job_id, state.attempt_id).Step();
}

absl::Status JobTables::InsertRevision(const std::string& job_id, const StateColumns& state) {
  ZOETROPE_RETURN_IF_ERROR(insert_revision_.Bind(job_id, state.revision, Blob{state.record}).Run());
  if (state.provider_job_id.empty()) return absl::OkStatus();
  return insert_provider_job_.Bind(job_id, state.attempt_id, state.provider, state.provider_job_id).Run();
}

absl::Status JobTables::InsertOfferings(const std::map<std::string, std::string>& texts) {
  for (const auto& [revision, text] : texts) {
    ZOETROPE_RETURN_IF_ERROR(insert_offering_.Bind(revision, text).Run());
  }
  return absl::OkStatus();
}

absl::Status JobTables::InsertLabels(const JobSpec& spec) {
  for (const auto& [key, value] : spec.labels) {
    ZOETROPE_RETURN_IF_ERROR(insert_label_.Bind(spec.tenant, key, value, spec.id).Run());
  }
  return absl::OkStatus();
}

absl::Status JobTables::InsertBlobUses(const JobSpec& spec) {
  for (const std::string& sha256 : BlobsOf(spec)) {
    ZOETROPE_RETURN_IF_ERROR(insert_blob_use_.Bind(sha256, spec.id).Run());
    ZOETROPE_RETURN_IF_ERROR(delete_blob_wait_.Bind(sha256).Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<LiveJob>> JobTables::Claim(const std::string& owner, const std::string& after_id,
                                                      int limit) {
  std::vector<LiveJob> claimed;
  const ScopedReset reset(claimable_);
  claimable_.Bind(after_id, owner, std::max(limit, 0));
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, claimable_.Step());
    if (!row) break;
    ZOETROPE_ASSIGN_OR_RETURN(LiveJob job, TakeOver(owner, claimable_.Text(0), claimable_.Int(1),
                                                    claimable_.Bytes(2), claimable_.Bytes(3)));
    claimed.push_back(std::move(job));
  }
  claimable_.Reset();
  // Only now: a statement that reads a table must not see it change.
  for (const LiveJob& job : claimed) {
    ZOETROPE_RETURN_IF_ERROR(take_over_.Bind(job.id, owner, job.ownership.epoch).Run());
  }
  return claimed;
}

absl::StatusOr<LiveJob> JobTables::TakeOver(const std::string& owner, const std::string& id,
                                            std::int64_t epoch, std::string_view spec,
                                            std::string_view state) {
  ZOETROPE_ASSIGN_OR_RETURN(LiveJob job, DecodeLiveSpec(spec));
  if (job.id != id) return absl::DataLossError("a stored job bears the id of another one");
  ZOETROPE_ASSIGN_OR_RETURN(job.state, DecodeState(state));
  ZOETROPE_ASSIGN_OR_RETURN(job.commands, ReadCommands(waiting_commands_, id));
  job.ownership = {owner, epoch};
  return job;
}

absl::StatusOr<bool> JobTables::PutCommand(const std::string& tenant, const std::string& job_id,
                                           CommandKind kind, absl::Time now) {
  const ScopedReset reset(find_job_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool found, find_job_.Bind(job_id, tenant).Step());
  if (!found) return false;
  // A wish that waits already stands for its repetitions, so that a caller cannot fill the store with them.
  ZOETROPE_RETURN_IF_ERROR(insert_command_.Bind(job_id, StoredNumber(kind), StoredTime(now)).Run());
  return true;
}

absl::StatusOr<InboxAnswer> JobTables::PutDecision(const std::string& job_id, const AttemptDecision& decision,
                                                   absl::Time now) {
  const ScopedReset reset(find_any_job_);
  ZOETROPE_ASSIGN_OR_RETURN(const bool found, find_any_job_.Bind(job_id).Step());
  if (!found) return InboxAnswer::kNoJob;
  const std::string payload = EncodeDecision(decision);
  ZOETROPE_RETURN_IF_ERROR(
      insert_decision_.Bind(job_id, StoredNumber(CommandKind::kResolve), StoredTime(now), Blob{payload})
          .Run());
  if (db_.changes() > 0) return InboxAnswer::kTaken;
  ZOETROPE_ASSIGN_OR_RETURN(const std::vector<Command> waiting, ReadCommands(waiting_commands_, job_id));
  const bool same = std::any_of(waiting.begin(), waiting.end(), [&decision](const Command& command) {
    return command.decision && IsSameDecision(*command.decision, decision);
  });
  return same ? InboxAnswer::kTaken : InboxAnswer::kOtherWaits;
}

absl::Status JobTables::DropCommand(const std::string& job_id, std::int64_t sequence) {
  return drop_command_.Bind(sequence, job_id).Run();
}

absl::Status JobTables::AppendEvidence(const Evidence& evidence) {
  return insert_evidence_
      .Bind(evidence.job_id, evidence.attempt_id, evidence.what, Blob{evidence.value},
            StoredTime(evidence.time))
      .Run();
}

absl::Status JobTables::PutBlob(const std::string& sha256, const MediaBytes& blob, absl::Time now) {
  ZOETROPE_RETURN_IF_ERROR(insert_blob_.Bind(sha256, blob.content_type, Blob{blob.bytes}).Run());
  // Also for one that was there: its job may go before the new one comes.
  return insert_blob_wait_.Bind(sha256, StoredTime(now)).Run();
}

absl::StatusOr<std::vector<Command>> ReadCommands(Statement& statement, const std::string& job_id) {
  const ScopedReset reset(statement);
  std::vector<Command> commands;
  statement.Bind(job_id);
  while (true) {
    ZOETROPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) break;
    ZOETROPE_ASSIGN_OR_RETURN(const CommandKind kind, CommandKindOf(statement.Int(1)));
    Command command{statement.Int(0), kind, TimeOf(statement.Int(2))};
    if (kind == CommandKind::kResolve) {
      ZOETROPE_ASSIGN_OR_RETURN(command.decision, DecodeDecision(statement.Bytes(3)));
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace zoetrope
