// What a store in memory holds, and what happens to it; memory_job_store.h tells when.
#ifndef ZOETROPE_TESTS_SUPPORT_MEMORY_JOB_CONTENTS_H_
#define ZOETROPE_TESTS_SUPPORT_MEMORY_JOB_CONTENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/memory_job_store.h"
#include "tests/support/memory_money.h"

namespace zoetrope::testing {

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

  bool SettlesTwice(const std::vector<LedgerRow>& rows) const;
  void Append(Entry& entry, const std::vector<LedgerRow>& rows);
  CreateResult Create(const NewJob& job);
  CommitOutcome Commit(const JobChange& change);
  std::vector<LiveJob> Claim(const std::string& owner, const std::string& after_id, int limit);
  bool PutCommand(const std::string& tenant, const std::string& job_id, CommandKind kind, absl::Time now);
  absl::Status PutDecision(const std::string& job_id, const AttemptDecision& decision, absl::Time now);
  std::vector<Job> List(const ListQuery& query) const;
  std::vector<Job> ReadAll(const std::string& after_id, int limit) const;
  void PutBlob(const std::string& sha256, const MediaBytes& blob, absl::Time now) {
    blobs.emplace(sha256, blob);
    blob_put_times[sha256] = now;
  }
  Removed RemoveEnded(absl::Time before, int limit);
  void Remove(const std::string& job_id);
  std::vector<Job> ListHeld(const HeldQuery& query) const;
  std::vector<Job> ListWrittenOff(absl::Time ended_since, int limit) const;
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
  MemoryMoney money;
  std::int64_t last_sequence = 0;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_MEMORY_JOB_CONTENTS_H_
