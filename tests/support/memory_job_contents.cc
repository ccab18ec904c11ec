#include "tests/support/memory_job_contents.h"

#include <algorithm>
#include <iterator>

#include "server/base/error.h"

namespace zoetrope::testing {
namespace {

// What an attempt has one of: a release, and a charge of whichever kind.
bool HappensOnce(LedgerKind kind) { return kind == LedgerKind::kRelease || IsCharge(kind); }
LedgerKind ClassOf(LedgerKind kind) { return kind == LedgerKind::kWriteOff ? LedgerKind::kSettle : kind; }

}  // namespace

bool MemoryJobStore::Contents::SettlesTwice(const std::vector<LedgerRow>& rows) const {
  auto seen = settled;
  return std::any_of(rows.begin(), rows.end(), [&seen](const LedgerRow& row) {
    return HappensOnce(row.kind) && !seen.insert({row.attempt_id, ClassOf(row.kind)}).second;
  });
}

void MemoryJobStore::Contents::Append(Entry& entry, const std::vector<LedgerRow>& rows) {
  for (const LedgerRow& row : rows) {
    entry.ledger.push_back(row);
    if (HappensOnce(row.kind)) settled.insert({row.attempt_id, ClassOf(row.kind)});
  }
}

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
  if (auto shortage = money.FindShortage(job.ledger, job.budgets)) {
    return {CommitOutcome::kOverBudget, std::nullopt,
            absl::ResourceExhaustedError("a budget would be passed"), std::move(shortage)};
  }
  const auto [entry, added] = jobs.try_emplace(spec.id, Entry{spec, {job.job.state}, {job.owner, 1}, {}, {}});
  if (!added) return refused(absl::AlreadyExistsError("the job is there already"));
  if (!spec.request_id.empty()) requests.emplace(key, RequestBinding{spec.id, job.fingerprint});
  Append(entry->second, job.ledger);
  money.Book(spec, job.ledger, job.budgets);
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
  if (money.FindShortage(change.ledger, change.budgets)) return CommitOutcome::kOverBudget;
  entry.revisions.push_back(change.state);
  Append(entry, change.ledger);
  money.Book(entry.spec, change.ledger, change.budgets);
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
  requests.erase({found->second.spec.tenant, found->second.spec.request_id});
  for (const LedgerRow& row : found->second.ledger) settled.erase({row.attempt_id, ClassOf(row.kind)});
  evidence.erase(job_id);
  money.Forget(job_id);
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
  for (const auto& [id, entry] : jobs) {
    for (std::string& sha256 : BlobsOf(entry.spec)) used.insert(std::move(sha256));
  }
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

std::vector<Job> MemoryJobStore::Contents::ListWrittenOff(absl::Time ended_since, int limit) const {
  std::multimap<absl::Time, Job, std::greater<>> ended;
  for (const auto& [id, entry] : jobs) {
    const bool written_off = std::any_of(entry.ledger.begin(), entry.ledger.end(), [](const LedgerRow& row) {
      return row.kind == LedgerKind::kWriteOff;
    });
    if (written_off && !IsLive(entry.state()) && entry.state().update_time >= ended_since)
      ended.emplace(entry.state().update_time, Job{entry.spec, entry.state()});
  }
  std::vector<Job> listed;
  for (auto& [time, job] : ended) {
    if (static_cast<int>(listed.size()) < limit) listed.push_back(std::move(job));
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

std::vector<Job> MemoryJobStore::Contents::ReadAll(const std::string& after_id, int limit) const {
  std::vector<Job> all;
  auto job = jobs.upper_bound(after_id);
  for (; job != jobs.end() && static_cast<int>(all.size()) < limit; ++job)
    all.push_back({job->second.spec, job->second.state()});
  return all;
}

}  // namespace zoetrope::testing
