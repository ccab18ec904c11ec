#include "tests/support/memory_job_store.h"

#include <algorithm>
#include <iterator>

#include "server/base/error.h"
#include "tests/support/memory_job_contents.h"

namespace zoetrope::testing {
namespace {

absl::Status Unavailable() {
  return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "the store fails on command");
}

}  // namespace

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

std::vector<BudgetCount> MemoryJobStore::PeekBudgets() const { return contents_->money.Counts(); }

std::vector<Revision> MemoryJobStore::PeekRevisions(const std::string& job_id) const {
  std::vector<Revision> revisions;
  const Contents::Entry* entry = contents_->Find("", job_id);
  if (entry == nullptr) return revisions;
  for (const JobState& state : entry->revisions) revisions.push_back({state.revision, state});
  return revisions;
}

// A call that changes nothing.
template <typename T>
void MemoryJobStore::Look(StoreCall call, std::function<absl::StatusOr<T>()> look,
                          Callback<absl::StatusOr<T>> done) {
  Run<absl::StatusOr<T>>(
      std::move(call), [look](std::vector<Change>&) { return look(); },
      [](StoreFault::Kind) { return Unavailable(); }, std::move(done));
}

void MemoryJobStore::FindRequest(std::string tenant, std::string request_id,
                                 Callback<absl::StatusOr<std::optional<RequestBinding>>> done) {
  using Found = std::optional<RequestBinding>;
  Look<Found>(
      {StoreOperation::kFindRequest, ""},
      [this, tenant, request_id] {
        const auto found = contents_->requests.find({tenant, request_id});
        return found == contents_->requests.end() ? Found() : Found(found->second);
      },
      std::move(done));
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
  Look<StoredJob>(
      {StoreOperation::kRead, job_id},
      [this, tenant, job_id]() -> absl::StatusOr<StoredJob> {
        const Contents::Entry* entry = contents_->Find(tenant, job_id);
        if (entry == nullptr) return JobNotFound(job_id);
        return entry->Stored();
      },
      std::move(done));
}

void MemoryJobStore::ReadRevisions(std::string job_id, std::int64_t after, int limit,
                                   Callback<absl::StatusOr<std::vector<Revision>>> done) {
  Look<std::vector<Revision>>(
      {StoreOperation::kReadRevisions, job_id},
      [this, job_id, after, limit] {
        std::vector<Revision> revisions;
        for (Revision& revision : PeekRevisions(job_id)) {
          if (revision.revision > after && static_cast<int>(revisions.size()) < limit)
            revisions.push_back(std::move(revision));
        }
        return revisions;
      },
      std::move(done));
}

void MemoryJobStore::List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) {
  Look<std::vector<Job>>(
      {StoreOperation::kList, ""}, [this, query = std::move(query)] { return contents_->List(query); },
      std::move(done));
}

void MemoryJobStore::ReadAll(std::string after_id, int limit,
                             Callback<absl::StatusOr<std::vector<Job>>> done) {
  Look<std::vector<Job>>(
      {StoreOperation::kReadAll, ""}, [this, after_id, limit] { return contents_->ReadAll(after_id, limit); },
      std::move(done));
}

void MemoryJobStore::ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) {
  Look<std::vector<LedgerRow>>(
      {StoreOperation::kReadLedger, job_id}, [this, job_id] { return PeekLedger(job_id); }, std::move(done));
}

void MemoryJobStore::ReadBudget(BudgetQuery query, Callback<absl::StatusOr<std::vector<BudgetCount>>> done) {
  Look<std::vector<BudgetCount>>(
      {StoreOperation::kReadBudget, ""}, [this, query] { return contents_->money.ReadBudget(query); },
      std::move(done));
}

void MemoryJobStore::ReadSpend(SpendQuery query, Callback<absl::StatusOr<std::vector<SpendRow>>> done) {
  Look<std::vector<SpendRow>>(
      {StoreOperation::kReadSpend, ""}, [this, query] { return contents_->money.ReadSpend(query); },
      std::move(done));
}

void MemoryJobStore::CheckJobLedgers(std::string after_id, int limit,
                                     Callback<absl::StatusOr<LedgerCheck>> done) {
  Look<LedgerCheck>(
      {StoreOperation::kCheckLedger, ""},
      [this, after_id, limit] {
        LedgerCheck check;
        auto job = contents_->jobs.upper_bound(after_id);
        for (; job != contents_->jobs.end() && check.jobs < limit; ++job) {
          CheckJobLedger(job->first, job->second.state(), job->second.ledger, check);
          check.last_job_id = job->first;
        }
        if (check.jobs < limit) check.last_job_id.clear();
        return check;
      },
      std::move(done));
}

// There are no sums that could differ: each is made when it is asked for.
void MemoryJobStore::CheckLedgerSums(Callback<absl::StatusOr<LedgerCheck>> done) {
  Look<LedgerCheck>(
      {StoreOperation::kCheckLedger, ""}, [] { return LedgerCheck(); }, std::move(done));
}

void MemoryJobStore::Claim(std::string owner, std::string after_id, int limit,
                           Callback<absl::StatusOr<std::vector<LiveJob>>> done) {
  Look<std::vector<LiveJob>>(
      {StoreOperation::kClaim, ""},
      [this, owner, after_id, limit] { return contents_->Claim(owner, after_id, limit); }, std::move(done));
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
  Look<std::vector<Job>>(
      {StoreOperation::kListHeld, ""},
      [this, query = std::move(query)] { return contents_->ListHeld(query); }, std::move(done));
}

void MemoryJobStore::ListWrittenOff(absl::Time ended_since, int limit,
                                    Callback<absl::StatusOr<std::vector<Job>>> done) {
  Look<std::vector<Job>>(
      {StoreOperation::kListWrittenOff, ""},
      [this, ended_since, limit] { return contents_->ListWrittenOff(ended_since, limit); }, std::move(done));
}

void MemoryJobStore::CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) {
  Look<std::map<std::string, std::size_t>>(
      {StoreOperation::kCountLive, ""},
      [this] {
        std::map<std::string, std::size_t> counts;
        for (const auto& [id, entry] : contents_->jobs) {
          if (IsLive(entry.state())) ++counts[entry.state().attempts.back().provider];
        }
        return counts;
      },
      std::move(done));
}

void MemoryJobStore::FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                                     Callback<absl::StatusOr<std::optional<AttemptName>>> done) {
  Look<std::optional<AttemptName>>(
      {StoreOperation::kFindProviderJob, ""},
      [this, provider_job_id, but_attempt_id] {
        return contents_->FindProviderJob(provider_job_id, but_attempt_id);
      },
      std::move(done));
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
  Look<std::vector<Evidence>>(
      {StoreOperation::kReadEvidence, job_id},
      [this, job_id] {
        const auto found = contents_->evidence.find(job_id);
        return found == contents_->evidence.end() ? std::vector<Evidence>() : found->second;
      },
      std::move(done));
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
  Look<MediaBytes>(
      {StoreOperation::kReadBlob, ""},
      [this, sha256]() -> absl::StatusOr<MediaBytes> {
        const auto found = contents_->blobs.find(sha256);
        if (found == contents_->blobs.end()) return absl::NotFoundError("no such picture is stored");
        return found->second;
      },
      std::move(done));
}

void MemoryJobStore::ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) {
  Look<std::string>(
      {StoreOperation::kReadOfferingText, ""},
      [this, revision]() -> absl::StatusOr<std::string> {
        const auto found = contents_->offerings.find(revision);
        if (found == contents_->offerings.end())
          return absl::NotFoundError("no such offering text is stored");
        return found->second;
      },
      std::move(done));
}

void MemoryJobStore::RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) {
  Look<Removed>(
      {StoreOperation::kRemoveEnded, ""},
      [this, before, limit] { return contents_->RemoveEnded(before, limit); }, std::move(done));
}

std::unique_ptr<JobStore::Subscription> MemoryJobStore::Subscribe(
    std::function<void(const Change&)> listener) {
  return feed_->Subscribe(std::move(listener));
}

}  // namespace zoetrope::testing
