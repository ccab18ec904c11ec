#include "tests/support/memory_job_store.h"

#include <algorithm>
#include <iterator>

#include "server/base/error.h"

namespace zoetrope::testing {
namespace {

absl::Status Unavailable() {
  return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "the store fails on command");
}

std::set<std::string> UsesOf(const JobSpec& spec) {
  const std::vector<std::string> blobs = BlobsOf(spec);
  return {blobs.begin(), blobs.end()};
}

bool HappensOnce(LedgerKind kind) { return kind == LedgerKind::kRelease || kind == LedgerKind::kSettle; }

}  // namespace

struct MemoryJobStore::Contents {
  struct Entry {
    JobSpec spec;
    std::vector<JobState> revisions;
    Ownership ownership;
    std::vector<Command> commands;
    std::vector<LedgerRow> ledger;

    const JobState& state() const { return revisions.back(); }
    StoredJob Stored() const { return {{spec, state()}, ownership, commands}; }
  };

  bool SettlesTwice(const std::vector<LedgerRow>& rows) const {
    auto seen = settled;
    return std::any_of(rows.begin(), rows.end(), [&seen](const LedgerRow& row) {
      return HappensOnce(row.kind) && !seen.insert({row.attempt_id, row.kind}).second;
    });
  }

  void Append(Entry& entry, const std::vector<LedgerRow>& rows) {
    for (const LedgerRow& row : rows) {
      entry.ledger.push_back(row);
      if (HappensOnce(row.kind)) settled.insert({row.attempt_id, row.kind});
    }
  }

  CreateResult Create(const NewJob& job);
  CommitOutcome Commit(const JobChange& change);
  std::vector<LiveJob> Claim(const std::string& owner, const std::string& after_id, int limit);
  bool PutCommand(const std::string& tenant, const std::string& job_id, CommandKind kind, absl::Time now);
  absl::Status PutDecision(const std::string& job_id, const AttemptDecision& decision, absl::Time now);
  std::vector<Job> List(const ListQuery& query) const;
  void PutBlob(const std::string& sha256, const MediaBytes& blob, absl::Time now) {
    blobs.emplace(sha256, blob);
    blob_put_times[sha256] = now;
  }
  Removed RemoveEnded(absl::Time before, int limit);
  void Remove(const std::string& job_id);
  std::vector<Job> ListHeld(const HeldQuery& query) const;
  std::optional<AttemptName> FindProviderJob(const std::string& provider_job_id,
                                             const std::string& but_attempt_id) const;
  const Entry* Find(const std::string& tenant, const std::string& job_id) const {
    const auto found = jobs.find(job_id);
    return found == jobs.end() || (!tenant.empty() && found->second.spec.tenant != tenant) ? nullptr
                                                                                           : &found->second;
  }

  std::map<std::string, Entry> jobs;
  std::map<std::pair<std::string, std::string>, RequestBinding> requests;
  std::set<std::pair<std::string, LedgerKind>> settled;
  std::map<std::string, std::vector<Evidence>> evidence;
  std::map<std::string, MediaBytes> blobs;
  std::map<std::string, absl::Time> blob_put_times;  // of those that wait for a job
  std::map<std::string, std::string> offerings;
  std::int64_t last_sequence = 0;
};

CreateResult MemoryJobStore::Contents::Create(const NewJob& job) {
  const JobSpec& spec = job.job.spec;
  const auto refused = [](absl::Status why, std::optional<RequestBinding> existing = std::nullopt) {
    return CreateResult{CommitOutcome::kConflict, std::move(existing), std::move(why)};
  };
  if (job.job.state.revision != 1) return refused(absl::InternalError("a new job must have revision 1"));
  const std::pair key(spec.tenant, spec.request_id);
  if (const auto known = requests.find(key); !spec.request_id.empty() && known != requests.end()) {
    return refused(absl::AlreadyExistsError("the request id stands for a job already"), known->second);
  }
  if (SettlesTwice(job.ledger)) return refused(absl::InternalError("an attempt would be settled twice"));
  const auto [entry, added] = jobs.try_emplace(spec.id, Entry{spec, {job.job.state}, {job.owner, 1}, {}, {}});
  if (!added) return refused(absl::AlreadyExistsError("the job is there already"));
  if (!spec.request_id.empty()) requests.emplace(key, RequestBinding{spec.id, job.fingerprint});
  Append(entry->second, job.ledger);
  for (const std::string& sha256 : BlobsOf(spec)) blob_put_times.erase(sha256);
  offerings.insert(job.offering_texts.begin(), job.offering_texts.end());
  return {CommitOutcome::kDurable, std::nullopt, absl::OkStatus()};
}

CommitOutcome MemoryJobStore::Contents::Commit(const JobChange& change) {
  const auto found = jobs.find(change.job_id);
  if (found == jobs.end()) return CommitOutcome::kConflict;
  Entry& entry = found->second;
  if (entry.state().revision != change.expected_revision ||
      change.state.revision != change.expected_revision + 1 ||
      entry.ownership.owner != change.ownership.owner || entry.ownership.epoch != change.ownership.epoch ||
      SettlesTwice(change.ledger)) {
    return CommitOutcome::kConflict;
  }
  if (change.adopts) {
    const Attempt& last = change.state.attempts.back();
    if (FindProviderJob(last.provider_job.id, last.id)) return CommitOutcome::kConflict;
  }
  entry.revisions.push_back(change.state);
  Append(entry, change.ledger);
  std::erase_if(entry.commands, [&change](const Command& command) {
    return std::find(change.carried_out.begin(), change.carried_out.end(), command.sequence) !=
           change.carried_out.end();
  });
  offerings.insert(change.offering_texts.begin(), change.offering_texts.end());
  return CommitOutcome::kDurable;
}

std::vector<LiveJob> MemoryJobStore::Contents::Claim(const std::string& owner, const std::string& after_id,
                                                     int limit) {
  std::vector<LiveJob> claimed;
  for (auto it = jobs.upper_bound(after_id); it != jobs.end() && static_cast<int>(claimed.size()) < limit;
       ++it) {
    Entry& entry = it->second;
    if (!IsLive(entry.state())) continue;
    if (entry.ownership.owner != owner) entry.ownership = {owner, entry.ownership.epoch + 1};
    claimed.push_back(ToLive({entry.spec, entry.state()}, entry.ownership, entry.commands));
  }
  return claimed;
}

bool MemoryJobStore::Contents::PutCommand(const std::string& tenant, const std::string& job_id,
                                          CommandKind kind, absl::Time now) {
  const auto found = jobs.find(job_id);
  if (found == jobs.end() || found->second.spec.tenant != tenant) return false;
  std::vector<Command>& commands = found->second.commands;
  const bool waits =
      std::any_of(commands.begin(), commands.end(), [kind](const Command& c) { return c.kind == kind; });
  if (!waits) commands.push_back({++last_sequence, kind, now});
  return true;
}

std::vector<Job> MemoryJobStore::Contents::List(const ListQuery& query) const {
  const auto matches = [&query](const Entry& entry) {
    const JobSpec& spec = entry.spec;
    const JobState& state = entry.state();
    const auto& phases = query.phases;
    return spec.tenant == query.tenant &&
           (phases.empty() || std::find(phases.begin(), phases.end(), state.phase) != phases.end()) &&
           (query.model.empty() || spec.generation.model == query.model) &&
           (query.provider.empty() ||
            (!state.attempts.empty() && state.attempts.back().provider == query.provider)) &&
           (!query.create_time_from || spec.create_time >= *query.create_time_from) &&
           (!query.create_time_before || spec.create_time < *query.create_time_before) &&
           std::includes(spec.labels.begin(), spec.labels.end(), query.labels.begin(), query.labels.end());
  };
  std::vector<Job> listed;
  auto it = query.before_id.empty() ? jobs.end() : jobs.lower_bound(query.before_id);
  while (it != jobs.begin() && static_cast<int>(listed.size()) < query.limit) {
    --it;
    if (matches(it->second)) listed.push_back({it->second.spec, it->second.state()});
  }
  return listed;
}

void MemoryJobStore::Contents::Remove(const std::string& job_id) {
  const auto found = jobs.find(job_id);
  const JobSpec& spec = found->second.spec;
  requests.erase({spec.tenant, spec.request_id});
  for (const LedgerRow& row : found->second.ledger) settled.erase({row.attempt_id, row.kind});
  evidence.erase(job_id);
  jobs.erase(found);
}

Removed MemoryJobStore::Contents::RemoveEnded(absl::Time before, int limit) {
  std::set<std::pair<absl::Time, std::string>> ended;
  for (const auto& [id, entry] : jobs) {
    const absl::Time time = entry.state().update_time;
    if (!IsLive(entry.state()) && time != absl::InfinitePast() && time < before) ended.insert({time, id});
  }
  Removed removed;
  for (const auto& [time, id] : ended) {
    if (removed.jobs == limit) break;
    Remove(id);
    ++removed.jobs;
  }
  std::set<std::string> used;
  for (const auto& [id, entry] : jobs) used.merge(UsesOf(entry.spec));
  removed.more = removed.jobs < static_cast<int>(ended.size());
  for (auto blob = blobs.begin(); blob != blobs.end();) {
    const auto put = blob_put_times.find(blob->first);
    const bool spared = used.contains(blob->first) || (put != blob_put_times.end() && put->second >= before);
    removed.more = removed.more || (!spared && removed.blobs == limit);
    if (spared || removed.blobs == limit) {
      ++blob;
    } else {
      blob = blobs.erase(blob);
      ++removed.blobs;
    }
  }
  return removed;
}

absl::Status MemoryJobStore::Contents::PutDecision(const std::string& job_id, const AttemptDecision& decision,
                                                   absl::Time now) {
  const auto found = jobs.find(job_id);
  if (found == jobs.end()) return JobNotFound(job_id);
  for (const Command& command : found->second.commands) {
    if (!command.decision) continue;
    if (IsSameDecision(*command.decision, decision)) return absl::OkStatus();
    return absl::AlreadyExistsError("another decision waits");
  }
  found->second.commands.push_back({++last_sequence, CommandKind::kResolve, now, decision});
  return absl::OkStatus();
}

std::vector<Job> MemoryJobStore::Contents::ListHeld(const HeldQuery& query) const {
  std::map<std::pair<absl::Time, std::string>, Job> held;
  for (const auto& [id, entry] : jobs) {
    if (entry.state().attempts.empty()) continue;
    const Attempt& last = entry.state().attempts.back();
    const std::pair place(last.intent_time, id);
    if (last.phase == AttemptPhase::kHeld && place > std::pair(query.after_sent, query.after_id) &&
        last.intent_time <= query.sent_until && (query.provider.empty() || last.provider == query.provider) &&
        (query.owner.empty() || entry.ownership.owner == query.owner)) {
      held.emplace(place, Job{entry.spec, entry.state()});
    }
  }
  std::vector<Job> listed;
  for (auto& [place, job] : held) {
    if (static_cast<int>(listed.size()) < query.limit) listed.push_back(std::move(job));
  }
  return listed;
}

std::optional<AttemptName> MemoryJobStore::Contents::FindProviderJob(
    const std::string& provider_job_id, const std::string& but_attempt_id) const {
  if (provider_job_id.empty()) return std::nullopt;
  for (const auto& [id, entry] : jobs) {
    for (const Attempt& attempt : entry.state().attempts) {
      if (attempt.provider_job.id == provider_job_id && attempt.id != but_attempt_id)
        return AttemptName{id, attempt.id};
    }
  }
  return std::nullopt;
}

MemoryJobStore::MemoryJobStore(Executor* executor, Clock* clock)
    : executor_(executor),
      clock_(clock),
      contents_(std::make_unique<Contents>()),
      feed_(std::make_unique<ChangeFeed>()),
      alive_(std::make_shared<bool>(true)) {}

MemoryJobStore::~MemoryJobStore() { *alive_ = false; }

template <typename T>
void MemoryJobStore::Run(StoreCall call, std::function<T(std::vector<Change>&)> apply,
                         std::function<T(StoreFault::Kind)> fail, Callback<T> done) {
  const std::shared_ptr<FaultFunction> faults = faults_;  // held: it may replace itself
  const StoreFault fault = faults ? (*faults)(call) : StoreFault();
  const auto is_alive = [this, alive = alive_, life = life_] { return *alive && life == life_; };
  ++unanswered_;
  executor_->PostAt(clock_->TimeNow() + fault.sync_delay, [=, this] {
    if (!is_alive()) return;
    std::vector<Change> changes;
    const bool applies =
        fault.kind == StoreFault::Kind::kNone || fault.kind == StoreFault::Kind::kUnknownApplied;
    std::optional<T> answer;
    if (applies) answer.emplace(apply(changes));
    if (fault.kind != StoreFault::Kind::kNone) answer.emplace(fail(fault.kind));
    auto kept = std::make_shared<T>(*std::move(answer));
    executor_->PostAt(clock_->TimeNow() + fault.reply_delay, [this, is_alive, kept, done, changes] {
      if (!is_alive()) return;
      --unanswered_;
      // Each of these calls may crash or destroy the store.
      done(std::move(*kept));
      for (const Change& change : changes) {
        if (is_alive()) feed_->Publish(change);
      }
    });
  });
}

void MemoryJobStore::Crash(Executor* next_executor) {
  ++life_;
  unanswered_ = 0;
  feed_ = std::make_unique<ChangeFeed>();
  if (next_executor != nullptr) executor_ = next_executor;
}

MemoryJobStore::Copy MemoryJobStore::MakeCopy() const { return std::make_shared<const Contents>(*contents_); }

void MemoryJobStore::Restore(const Copy& copy) { *contents_ = *copy; }

std::vector<std::string> MemoryJobStore::JobIds() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : contents_->jobs) ids.push_back(id);
  return ids;
}

std::optional<StoredJob> MemoryJobStore::Peek(const std::string& job_id) const {
  const Contents::Entry* entry = contents_->Find("", job_id);
  return entry == nullptr ? std::nullopt : std::optional<StoredJob>(entry->Stored());
}

std::vector<LedgerRow> MemoryJobStore::PeekLedger(const std::string& job_id) const {
  const Contents::Entry* entry = contents_->Find("", job_id);
  return entry == nullptr ? std::vector<LedgerRow>() : entry->ledger;
}

std::vector<Revision> MemoryJobStore::PeekRevisions(const std::string& job_id) const {
  std::vector<Revision> revisions;
  const Contents::Entry* entry = contents_->Find("", job_id);
  if (entry == nullptr) return revisions;
  for (const JobState& state : entry->revisions) revisions.push_back({state.revision, state});
  return revisions;
}

void MemoryJobStore::FindRequest(std::string tenant, std::string request_id,
                                 Callback<absl::StatusOr<std::optional<RequestBinding>>> done) {
  using Answer = absl::StatusOr<std::optional<RequestBinding>>;
  Run<Answer>(
      {StoreOperation::kFindRequest, ""},
      [this, tenant, request_id](std::vector<Change>&) -> Answer {
        const auto found = contents_->requests.find({tenant, request_id});
        if (found == contents_->requests.end()) return std::optional<RequestBinding>();
        return std::optional<RequestBinding>(found->second);
      },
      [](StoreFault::Kind) -> Answer { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::Create(NewJob job, Callback<CreateResult> done) {
  const StoreCall call{StoreOperation::kCreate, job.job.spec.id};
  Run<CreateResult>(
      call,
      [this, job = std::move(job)](std::vector<Change>& changes) {
        CreateResult result = contents_->Create(job);
        if (result.outcome == CommitOutcome::kDurable) changes.push_back({job.job.spec.id, 1, false});
        return result;
      },
      [](StoreFault::Kind kind) {
        const bool refused = kind == StoreFault::Kind::kConflict;
        return CreateResult{refused ? CommitOutcome::kConflict : CommitOutcome::kUnknown, std::nullopt,
                            Unavailable()};
      },
      std::move(done));
}

void MemoryJobStore::Commit(JobChange change, Callback<CommitOutcome> done) {
  const StoreCall call{StoreOperation::kCommit, change.job_id};
  Run<CommitOutcome>(
      call,
      [this, change = std::move(change)](std::vector<Change>& changes) {
        const CommitOutcome outcome = contents_->Commit(change);
        if (outcome == CommitOutcome::kDurable)
          changes.push_back({change.job_id, change.state.revision, false});
        return outcome;
      },
      [](StoreFault::Kind kind) {
        return kind == StoreFault::Kind::kConflict ? CommitOutcome::kConflict : CommitOutcome::kUnknown;
      },
      std::move(done));
}

void MemoryJobStore::Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) {
  Run<absl::StatusOr<StoredJob>>(
      {StoreOperation::kRead, job_id},
      [this, tenant, job_id](std::vector<Change>&) -> absl::StatusOr<StoredJob> {
        const Contents::Entry* entry = contents_->Find(tenant, job_id);
        if (entry == nullptr) return JobNotFound(job_id);
        return entry->Stored();
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::ReadRevisions(std::string job_id, std::int64_t after, int limit,
                                   Callback<absl::StatusOr<std::vector<Revision>>> done) {
  Run<absl::StatusOr<std::vector<Revision>>>(
      {StoreOperation::kReadRevisions, job_id},
      [this, job_id, after, limit](std::vector<Change>&) {
        std::vector<Revision> revisions;
        for (Revision& revision : PeekRevisions(job_id)) {
          if (revision.revision > after && static_cast<int>(revisions.size()) < limit)
            revisions.push_back(std::move(revision));
        }
        return revisions;
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) {
  Run<absl::StatusOr<std::vector<Job>>>(
      {StoreOperation::kList, ""},
      [this, query = std::move(query)](std::vector<Change>&) { return contents_->List(query); },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) {
  Run<absl::StatusOr<std::vector<LedgerRow>>>(
      {StoreOperation::kReadLedger, job_id},
      [this, job_id](std::vector<Change>&) { return PeekLedger(job_id); },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::Claim(std::string owner, std::string after_id, int limit,
                           Callback<absl::StatusOr<std::vector<LiveJob>>> done) {
  Run<absl::StatusOr<std::vector<LiveJob>>>(
      {StoreOperation::kClaim, ""},
      [this, owner, after_id, limit](std::vector<Change>&) {
        return contents_->Claim(owner, after_id, limit);
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                                Callback<absl::Status> done) {
  Run<absl::Status>(
      {StoreOperation::kPutCommand, job_id},
      [this, tenant, job_id, kind, now](std::vector<Change>& changes) {
        if (!contents_->PutCommand(tenant, job_id, kind, now)) return JobNotFound(job_id);
        changes.push_back({job_id, 0, true});
        return absl::OkStatus();
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                                 Callback<absl::Status> done) {
  Run<absl::Status>(
      {StoreOperation::kPutDecision, job_id},
      [this, job_id, decision = std::move(decision), now](std::vector<Change>& changes) {
        absl::Status status = contents_->PutDecision(job_id, decision, now);
        if (status.ok()) changes.push_back({job_id, 0, true});
        return status;
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::DropCommand(std::string job_id, std::int64_t sequence, Callback<absl::Status> done) {
  Run<absl::Status>(
      {StoreOperation::kDropCommand, job_id},
      [this, job_id, sequence](std::vector<Change>&) {
        if (const auto found = contents_->jobs.find(job_id); found != contents_->jobs.end()) {
          std::erase_if(found->second.commands,
                        [sequence](const Command& command) { return command.sequence == sequence; });
        }
        return absl::OkStatus();
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) {
  Run<absl::StatusOr<std::vector<Job>>>(
      {StoreOperation::kListHeld, ""},
      [this, query = std::move(query)](std::vector<Change>&) { return contents_->ListHeld(query); },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) {
  Run<absl::StatusOr<std::map<std::string, std::size_t>>>(
      {StoreOperation::kCountLive, ""},
      [this](std::vector<Change>&) {
        std::map<std::string, std::size_t> counts;
        for (const auto& [id, entry] : contents_->jobs) {
          if (IsLive(entry.state())) ++counts[entry.state().attempts.back().provider];
        }
        return counts;
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                                     Callback<absl::StatusOr<std::optional<AttemptName>>> done) {
  Run<absl::StatusOr<std::optional<AttemptName>>>(
      {StoreOperation::kFindProviderJob, ""},
      [this, provider_job_id, but_attempt_id](std::vector<Change>&) {
        return contents_->FindProviderJob(provider_job_id, but_attempt_id);
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::AppendEvidence(Evidence evidence, Callback<absl::Status> done) {
  const StoreCall call{StoreOperation::kAppendEvidence, evidence.job_id};
  Run<absl::Status>(
      call,
      [this, evidence = std::move(evidence)](std::vector<Change>&) {
        contents_->evidence[evidence.job_id].push_back(evidence);
        return absl::OkStatus();
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) {
  Run<absl::StatusOr<std::vector<Evidence>>>(
      {StoreOperation::kReadEvidence, job_id},
      [this, job_id](std::vector<Change>&) {
        const auto found = contents_->evidence.find(job_id);
        return found == contents_->evidence.end() ? std::vector<Evidence>() : found->second;
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) {
  Run<absl::Status>(
      {StoreOperation::kPutBlob, ""},
      [this, sha256, blob = std::move(blob)](std::vector<Change>&) {
        contents_->PutBlob(sha256, blob, clock_->TimeNow());
        return absl::OkStatus();
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) {
  Run<absl::StatusOr<MediaBytes>>(
      {StoreOperation::kReadBlob, ""},
      [this, sha256](std::vector<Change>&) -> absl::StatusOr<MediaBytes> {
        const auto found = contents_->blobs.find(sha256);
        if (found == contents_->blobs.end()) return absl::NotFoundError("no such picture is stored");
        return found->second;
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) {
  Run<absl::StatusOr<std::string>>(
      {StoreOperation::kReadOfferingText, ""},
      [this, revision](std::vector<Change>&) -> absl::StatusOr<std::string> {
        const auto found = contents_->offerings.find(revision);
        if (found == contents_->offerings.end())
          return absl::NotFoundError("no such offering text is stored");
        return found->second;
      },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) {
  Run<absl::StatusOr<Removed>>(
      {StoreOperation::kRemoveEnded, ""},
      [this, before, limit](std::vector<Change>&) { return contents_->RemoveEnded(before, limit); },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

std::unique_ptr<JobStore::Subscription> MemoryJobStore::Subscribe(
    std::function<void(const Change&)> listener) {
  return feed_->Subscribe(std::move(listener));
}

}  // namespace zoetrope::testing
