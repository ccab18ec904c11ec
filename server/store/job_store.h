// Where jobs are kept, as an interface: SQLite in one process, a shared database for many, a fake that
// answers anything in tests.
#ifndef ZOETROPE_SERVER_STORE_JOB_STORE_H_
#define ZOETROPE_SERVER_STORE_JOB_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/spend.h"
#include "server/store/ledger_check.h"
#include "server/store/store_values.h"

namespace zoetrope {

// Thread-safe and asynchronous: calls return at once, callbacks come exactly once, never inside the call, on
// a thread of the store's (or on the executor of a simulated one), and must not block. An operational failure
// (disk full, database away) is kUnknown or UNAVAILABLE, never a crash; reads of what is damaged are
// DATA_LOSS. Every read and write names its tenant where the caller is a tenant: a job of another one is
// NOT_FOUND.
class JobStore {
 public:
  template <typename T>
  using Callback = std::function<void(T)>;

  virtual ~JobStore() = default;

  // What (tenant, request id) stands for; nullopt: nothing.
  virtual void FindRequest(std::string tenant, std::string request_id,
                           Callback<absl::StatusOr<std::optional<RequestBinding>>> done) = 0;

  // Accepts a job. kConflict with `existing`: the request id stands for a job already; without it: nothing
  // was written, `why` tells. What is set aside is held against the limits of `budgets` in the transaction
  // that sets it aside, so that no two together pass one: kOverBudget. So it is by Commit, where what the
  // same change releases makes room.
  virtual void Create(NewJob job, Callback<CreateResult> done) = 0;

  // Adds a revision. kConflict: another revision or owner is there, an attempt would be settled or released a
  // second time, or it adopts what another attempt has.
  virtual void Commit(JobChange change, Callback<CommitOutcome> done) = 0;

  // A job of a tenant, or of any (for its owner) when `tenant` is empty.
  virtual void Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) = 0;
  // Revisions after `after`, oldest first, at most `limit`, without gaps.
  virtual void ReadRevisions(std::string job_id, std::int64_t after, int limit,
                             Callback<absl::StatusOr<std::vector<Revision>>> done) = 0;

  // A tenant's jobs, newest first.
  virtual void List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) = 0;

  // A budget's counts in one window, the fullest first. A count that nothing was ever set aside in is not
  // there.
  virtual void ReadBudget(BudgetQuery query, Callback<absl::StatusOr<std::vector<BudgetCount>>> done) = 0;

  // What was spent, in the order of its parts. Jobs that were taken away count, but where a label is asked
  // about.
  virtual void ReadSpend(SpendQuery query, Callback<absl::StatusOr<std::vector<SpendRow>>> done) = 0;

  // Holds the ledgers of up to `limit` jobs with ids after `after_id` against their states, each at one
  // instant, in the order of ids.
  virtual void CheckJobLedgers(std::string after_id, int limit,
                               Callback<absl::StatusOr<LedgerCheck>> done) = 0;
  // Holds the counts of budgets, and what ReadSpend adds up, against all ledgers, at one instant.
  virtual void CheckLedgerSums(Callback<absl::StatusOr<LedgerCheck>> done) = 0;

  // Up to `limit` jobs of all tenants with ids after `after_id`, in the order of ids.
  virtual void ReadAll(std::string after_id, int limit, Callback<absl::StatusOr<std::vector<Job>>> done) = 0;

  // All rows of a job, oldest first.
  virtual void ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) = 0;

  // Claims up to `limit` live jobs (IsLive) with ids after `after_id` whose owner's lease has run out, or, in
  // a store of one process, that another process held; and gives those that `owner` holds already, with their
  // epoch as it is, so that a claim whose answer was lost can be made again. In the order of ids. An empty
  // answer: no more. DATA_LOSS when one of them cannot be read: passing it over would lose it without a word.
  virtual void Claim(std::string owner, std::string after_id, int limit,
                     Callback<absl::StatusOr<std::vector<LiveJob>>> done) = 0;

  // Records a wish durably. Any replica. OK, NOT_FOUND, or UNAVAILABLE (it may be there or not; repeating is
  // harmless).
  virtual void PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                          Callback<absl::Status> done) = 0;

  // Records a decision about an attempt durably, of a job of any tenant. Any replica. OK, also where the same
  // decision waits already; ALREADY_EXISTS where another one about the job does; NOT_FOUND, or UNAVAILABLE
  // (it may be there or not; repeating is harmless).
  virtual void PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                           Callback<absl::Status> done) = 0;

  // Takes a command out of the inbox without a revision: it asks for nothing that can be done. OK, also where
  // it is not there, or UNAVAILABLE.
  virtual void DropCommand(std::string job_id, std::int64_t sequence, Callback<absl::Status> done) = 0;

  // Jobs of all tenants that wait for a decision. Costs by the number of held jobs, not of jobs.
  virtual void ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) = 0;

  // Jobs of all tenants that have ended since then and have a charge that nobody has confirmed
  // (LedgerKind::kWriteOff): what was sent may be there, and no id of it is known. The newest end first, at
  // most `limit`. Costs by the number of jobs that have ended since.
  virtual void ListWrittenOff(absl::Time ended_since, int limit,
                              Callback<absl::StatusOr<std::vector<Job>>> done) = 0;

  // How many jobs are not over (IsLive), by the account of their last attempt; none where there are none.
  virtual void CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) = 0;

  // An attempt, other than `but_attempt_id`, that has or had a provider's job of this id, under whatever
  // account: two may be of one provider, and names change. nullopt: none.
  virtual void FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                               Callback<absl::StatusOr<std::optional<AttemptName>>> done) = 0;

  // Keeps a fact, whether the job is there or not.
  virtual void AppendEvidence(Evidence evidence, Callback<absl::Status> done) = 0;

  // All facts about a job, oldest first.
  virtual void ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) = 0;

  // Pictures by content; durable before `done`. Outside the transactions of jobs: writing the same bytes
  // again changes nothing, but that a removal spares them anew.
  virtual void PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) = 0;

  // A picture, or NOT_FOUND.
  virtual void ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) = 0;

  // The text that an attempt was built from.
  virtual void ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) = 0;

  // Takes away jobs that have been over, money included, since before `before`, the oldest end first, with
  // everything that belongs to them: history, request id, labels, ledger, commands, evidence, and pictures
  // that no other job names; besides, pictures that were put before then and never became part of a job. A
  // live job (IsLive), and so a held one, stays, however old it is. At most `limit` jobs and as many pictures
  // in one step, which is bounded in bytes too. For whoever asks afterwards the jobs were never there; their
  // request ids may stand for new ones. The feed does not tell it.
  virtual void RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) = 0;

  // Ends a subscription when it is destroyed, which waits for a call of the listener that is under way.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  // Calls `listener` after every durable change of any job, of this process or another one, also of one whose
  // writer was answered kUnknown; may miss none and
  // may repeat one. Until the returned handle is destroyed. On a thread of the store's; must not block.
  [[nodiscard]] virtual std::unique_ptr<Subscription> Subscribe(
      std::function<void(const Change&)> listener) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_JOB_STORE_H_
