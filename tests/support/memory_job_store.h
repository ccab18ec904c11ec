// A JobStore in memory, on an executor: as strict as the real ones, deterministic, and able to fail on
// command.
#ifndef ZOETROPE_TESTS_SUPPORT_MEMORY_JOB_STORE_H_
#define ZOETROPE_TESTS_SUPPORT_MEMORY_JOB_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/store/change_feed.h"
#include "server/store/job_store.h"
#include "server/store/store_observer.h"

namespace zoetrope::testing {

// What shall go wrong with one call.
struct StoreFault {
  enum class Kind {
    kNone,
    kConflict,        // Create and Commit: refused, nothing written. Create's `why` is UNAVAILABLE. Others:
                      // UNAVAILABLE
    kUnknownApplied,  // written, yet answered as unknown (others than Create and Commit: UNAVAILABLE)
    kUnknownNotApplied,  // the same, and not written. A read is UNAVAILABLE with either
  };
  Kind kind = Kind::kNone;
  absl::Duration sync_delay = absl::ZeroDuration();   // from the call until it is durable
  absl::Duration reply_delay = absl::ZeroDuration();  // from then until the callback
};

// Which call a fault is asked for.
struct StoreCall {
  StoreOperation operation;
  std::string job_id;  // empty where the call names none
};

// All of it on `executor`: a call is durable at one task and answered at a later one, so that a crash can
// fall between. Not thread-safe: calls come from tasks of the same world, or between its steps.
class MemoryJobStore : public JobStore {
 public:
  using FaultFunction = std::function<StoreFault(const StoreCall&)>;

  // Both must outlive the store.
  MemoryJobStore(Executor* executor, Clock* clock);
  ~MemoryJobStore() override;

  // Asked once per call; null: nothing goes wrong.
  void SetFaults(FaultFunction faults) {
    faults_ = faults ? std::make_shared<FaultFunction>(std::move(faults)) : nullptr;
  }

  // The process dies: calls that are not durable never happen, callbacks never come, and subscriptions are
  // dead. What is durable stays for the next one, which may use another executor.
  void Crash(Executor* next_executor = nullptr);

  // What is durable now; and back to that, for a store that has crashed.
  struct Contents;
  using Copy = std::shared_ptr<const Contents>;
  Copy MakeCopy() const;
  void Restore(const Copy& copy);

  // Looks at what is durable, without calls and faults, for checks of a simulation.
  std::vector<std::string> JobIds() const;
  std::optional<StoredJob> Peek(const std::string& job_id) const;
  std::vector<LedgerRow> PeekLedger(const std::string& job_id) const;
  std::vector<BudgetCount> PeekBudgets() const;
  std::vector<Revision> PeekRevisions(const std::string& job_id) const;
  std::size_t unanswered() const { return unanswered_; }

  void FindRequest(std::string tenant, std::string request_id,
                   Callback<absl::StatusOr<std::optional<RequestBinding>>> done) override;
  void Create(NewJob job, Callback<CreateResult> done) override;
  void Commit(JobChange change, Callback<CommitOutcome> done) override;
  void Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) override;
  void ReadRevisions(std::string job_id, std::int64_t after, int limit,
                     Callback<absl::StatusOr<std::vector<Revision>>> done) override;
  void List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ReadAll(std::string after_id, int limit, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ReadBudget(BudgetQuery query, Callback<absl::StatusOr<std::vector<BudgetCount>>> done) override;
  void ReadSpend(SpendQuery query, Callback<absl::StatusOr<std::vector<SpendRow>>> done) override;
  void CheckJobLedgers(std::string after_id, int limit, Callback<absl::StatusOr<LedgerCheck>> done) override;
  void CheckLedgerSums(Callback<absl::StatusOr<LedgerCheck>> done) override;
  void ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) override;
  void Claim(std::string owner, std::string after_id, int limit,
             Callback<absl::StatusOr<std::vector<LiveJob>>> done) override;
  void PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                  Callback<absl::Status> done) override;
  void PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                   Callback<absl::Status> done) override;
  void DropCommand(std::string job_id, std::int64_t sequence, Callback<absl::Status> done) override;
  void ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ListWrittenOff(absl::Time ended_since, int limit,
                      Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) override;
  void FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                       Callback<absl::StatusOr<std::optional<AttemptName>>> done) override;
  void AppendEvidence(Evidence evidence, Callback<absl::Status> done) override;
  void ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) override;
  void PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) override;
  void ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) override;
  void ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) override;
  void RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) override;
  [[nodiscard]] std::unique_ptr<Subscription> Subscribe(std::function<void(const Change&)> listener) override;

 private:
  // Runs `step` as one call: `apply` makes it durable (or reads) and returns the answer, `fail` is the answer
  // of a fault.
  template <typename T>
  void Run(StoreCall call, std::function<T(std::vector<Change>&)> apply,
           std::function<T(StoreFault::Kind)> fail, Callback<T> done);

  template <typename T>
  void Look(StoreCall call, std::function<absl::StatusOr<T>()> look, Callback<absl::StatusOr<T>> done);

  Executor* executor_;
  Clock* const clock_;
  std::shared_ptr<FaultFunction> faults_;  // null: none
  std::unique_ptr<Contents> contents_;
  std::unique_ptr<ChangeFeed> feed_;
  std::uint64_t life_ = 0;  // counts crashes: tasks of an earlier life do nothing
  std::size_t unanswered_ = 0;
  std::shared_ptr<bool> alive_;  // false once the store is gone
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_MEMORY_JOB_STORE_H_
