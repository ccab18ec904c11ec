// A job store with a failpoint before and after each call that changes something or that a submission needs.
#ifndef ZOETROPE_TESTS_CRASH_FAILPOINT_STORE_H_
#define ZOETROPE_TESTS_CRASH_FAILPOINT_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/store/job_store.h"
#include "tests/crash/failpoints.h"

namespace zoetrope::testing {

// `NAME.before`: an error means that the call was never made; `NAME.after`: that it was, and its answer is
// lost. The names: request (whether a request id is known), create, permit (the read that follows a permit),
// wake (the read before a waiting job changes), blob, blob-read, evidence, evidence-read, held-evidence (the
// same of a held attempt), held-list (those that may have waited too long), holder (who has a provider's
// job), command, decision, recovery-page, written-off (the last of a recovery); and commits by what they
// write: intent, ack, wish (a cancellation is known), replan, next-attempt, unknown, hold, adopt (a held
// attempt's job is known), end, settle, other.
class FailpointStore : public JobStore {
 public:
  // All must outlive this, and what was posted to the points' executor.
  FailpointStore(JobStore* store, Failpoints* points, JobTracker* tracker)
      : store_(store), points_(points), tracker_(tracker) {}

  void FindRequest(std::string tenant, std::string request_id,
                   Callback<absl::StatusOr<std::optional<RequestBinding>>> done) override;
  void Create(NewJob job, Callback<CreateResult> done) override;
  void Commit(JobChange change, Callback<CommitOutcome> done) override;
  void Read(std::string tenant, std::string job_id, Callback<absl::StatusOr<StoredJob>> done) override;
  void ReadRevisions(std::string job_id, std::int64_t after, int limit,
                     Callback<absl::StatusOr<std::vector<Revision>>> done) override {
    store_->ReadRevisions(std::move(job_id), after, limit, std::move(done));
  }
  void List(ListQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) override {
    store_->List(std::move(query), std::move(done));
  }
  void ReadLedger(std::string job_id, Callback<absl::StatusOr<std::vector<LedgerRow>>> done) override {
    store_->ReadLedger(std::move(job_id), std::move(done));
  }
  void ReadAll(std::string after_id, int limit, Callback<absl::StatusOr<std::vector<Job>>> done) override {
    store_->ReadAll(std::move(after_id), limit, std::move(done));
  }
  void ReadBudget(BudgetQuery query, Callback<absl::StatusOr<std::vector<BudgetCount>>> done) override {
    store_->ReadBudget(std::move(query), std::move(done));
  }
  void ReadSpend(SpendQuery query, Callback<absl::StatusOr<std::vector<SpendRow>>> done) override {
    store_->ReadSpend(std::move(query), std::move(done));
  }
  void CheckJobLedgers(std::string after_id, int limit, Callback<absl::StatusOr<LedgerCheck>> done) override {
    store_->CheckJobLedgers(std::move(after_id), limit, std::move(done));
  }
  void CheckLedgerSums(Callback<absl::StatusOr<LedgerCheck>> done) override {
    store_->CheckLedgerSums(std::move(done));
  }
  void Claim(std::string owner, std::string after_id, int limit,
             Callback<absl::StatusOr<std::vector<LiveJob>>> done) override;
  void PutCommand(std::string tenant, std::string job_id, CommandKind kind, absl::Time now,
                  Callback<absl::Status> done) override;
  void PutDecision(std::string job_id, AttemptDecision decision, absl::Time now,
                   Callback<absl::Status> done) override;
  void DropCommand(std::string job_id, std::int64_t sequence, Callback<absl::Status> done) override {
    store_->DropCommand(std::move(job_id), sequence, std::move(done));
  }
  void ListWrittenOff(absl::Time ended_since, int limit,
                      Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void ListHeld(HeldQuery query, Callback<absl::StatusOr<std::vector<Job>>> done) override;
  void CountLive(Callback<absl::StatusOr<std::map<std::string, std::size_t>>> done) override {
    store_->CountLive(std::move(done));
  }
  void FindProviderJob(std::string provider_job_id, std::string but_attempt_id,
                       Callback<absl::StatusOr<std::optional<AttemptName>>> done) override;
  void AppendEvidence(Evidence evidence, Callback<absl::Status> done) override;
  void ReadEvidence(std::string job_id, Callback<absl::StatusOr<std::vector<Evidence>>> done) override;
  void PutBlob(std::string sha256, MediaBytes blob, Callback<absl::Status> done) override;
  void ReadBlob(std::string sha256, Callback<absl::StatusOr<MediaBytes>> done) override;
  void ReadOfferingText(std::string revision, Callback<absl::StatusOr<std::string>> done) override {
    store_->ReadOfferingText(std::move(revision), std::move(done));
  }
  void RemoveEnded(absl::Time before, int limit, Callback<absl::StatusOr<Removed>> done) override {
    store_->RemoveEnded(before, limit, std::move(done));
  }
  [[nodiscard]] std::unique_ptr<Subscription> Subscribe(
      std::function<void(const Change&)> listener) override {
    return store_->Subscribe(std::move(listener));
  }

 private:
  // Makes the call `go` with the places `name`.before and `name`.after around it; `lost` is its answer where
  // one of them spoils it.
  template <typename T>
  void Around(const std::string& name, T lost, Callback<T> done, std::function<void(Callback<T>)> go);

  JobStore* const store_;
  Failpoints* const points_;
  JobTracker* const tracker_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CRASH_FAILPOINT_STORE_H_
