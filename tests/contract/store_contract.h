// What every JobStore must do, run on each implementation.
//
// An implementation joins with a factory and INSTANTIATE_TEST_SUITE_P(<Name>, StoreContract,
// ::testing::Values(factory)).
#ifndef ZOETROPE_TESTS_CONTRACT_STORE_CONTRACT_H_
#define ZOETROPE_TESTS_CONTRACT_STORE_CONTRACT_H_

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/store/job_store.h"
#include "tests/support/random_job.h"

namespace zoetrope::testing {

// A store and what makes its callbacks come.
class StoreFixture {
 public:
  virtual ~StoreFixture() = default;

  virtual JobStore& store() = 0;

  // Lets the store work until `done()`; false when that took too long.
  virtual bool RunUntil(const std::function<bool()>& done) = 0;
};

using StoreFactory = std::function<std::unique_ptr<StoreFixture>()>;

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
 protected:
  StoreContract() : fixture_(GetParam()()) {}

  JobStore& store() { return fixture_->store(); }

  // Calls the store and waits for the answer. `call` gets the callback.
  template <typename T>
  T Await(const std::function<void(JobStore::Callback<T>)>& call);

  CreateResult Create(NewJob job);
  // A simple job of a number, owned by "me" with epoch 1.
  Job CreateSimple(int number, std::string request_id = "", std::string tenant = "default");
  CommitOutcome Commit(JobChange change);
  absl::StatusOr<StoredJob> Read(std::string job_id, std::string tenant = "");
  absl::StatusOr<std::vector<Revision>> ReadRevisions(std::string job_id, std::int64_t after, int limit);
  std::vector<std::string> List(ListQuery query);
  std::vector<LedgerRow> Ledger(std::string job_id);
  std::vector<LiveJob> Claim(std::string owner, std::string after_id = "", int limit = 100);
  absl::Status PutCommand(std::string job_id, std::string tenant = "default");
  std::optional<RequestBinding> FindRequest(std::string tenant, std::string request_id);
  Removed RemoveEnded(absl::Time before, int limit);
  // Step after step until there is no more; the sum.
  Removed RemoveAllEnded(absl::Time before);

  std::unique_ptr<StoreFixture> fixture_;
};

// What it must do when old jobs go; in store_contract_retention.cc.
class RetentionContract : public StoreContract {
 protected:
  // A job that has ended then, money included.
  void CreateEnded(int number, absl::Time time, std::string request_id = "");
  // The same, naming these pictures, which are put before.
  void CreateWithPictures(int number, const std::vector<BlobRef>& pictures, absl::Time time);
  absl::Status PutBlob(const BlobRef& picture);
  bool HasBlob(const BlobRef& picture);
};

// The part of it that is about held attempts and decisions.
class StoreDecisions : public StoreContract {
 protected:
  static inline const absl::Time kSent = absl::FromUnixSeconds(1'800'000'000);

  // A job whose attempt was sent at `sent` and is held.
  Job CreateHeld(int number, absl::Time sent = kSent, const std::string& provider = "fal");
  // The next revision of a job, in which its attempt has this job of its provider.
  static JobChange Acked(const Job& job, const std::string& provider_job_id, bool adopts);
  absl::Status PutDecision(const std::string& job_id, const AttemptDecision& decision);
  std::vector<std::string> Held(const HeldQuery& query = {});
};

// What it must do about money; in store_contract_money.cc.
class StoreMoney : public StoreContract {
 protected:
  static inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15 08:00 UTC

  // A job whose first attempt sets so much aside, in these counts.
  NewJob Reserving(int number, std::int64_t nanos, std::vector<BudgetUse> uses = {});
  // The attempt of Reserving ends, charged with so much.
  JobChange Charging(const NewJob& job, std::int64_t nanos, absl::Time time = kNow);
  std::vector<BudgetCount> Counts(const std::string& budget = "team");
  std::vector<SpendRow> Spend(SpendQuery query = {});
  LedgerCheck Check();
};

// A submission of `job` by "me".
NewJob Submission(Job job, std::string fingerprint = "print");

// The change of `job` from its revision to the next, with `phase`; by "me" with epoch 1.
JobChange NextRevision(const Job& job, JobPhase phase = JobPhase::kRunning);

template <typename T>
T StoreContract::Await(const std::function<void(JobStore::Callback<T>)>& call) {
  struct Slot {
    std::mutex mutex;
    std::optional<T> answer;
    int answers = 0;
    bool calling = true;
    bool inside_call = false;
  };
  auto slot = std::make_shared<Slot>();
  const auto caller = std::this_thread::get_id();
  call([slot, caller](T answer) {
    std::lock_guard lock(slot->mutex);
    slot->inside_call = slot->inside_call || (slot->calling && std::this_thread::get_id() == caller);
    slot->answer.emplace(std::move(answer));
    ++slot->answers;
  });
  {
    std::lock_guard lock(slot->mutex);
    slot->calling = false;
  }
  const bool came = fixture_->RunUntil([slot] {
    std::lock_guard lock(slot->mutex);
    return slot->answers > 0;
  });
  EXPECT_TRUE(came) << "no callback came";
  std::lock_guard lock(slot->mutex);
  EXPECT_FALSE(slot->inside_call) << "the callback came inside the call";
  EXPECT_EQ(slot->answers, 1);
  return *std::move(slot->answer);
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CONTRACT_STORE_CONTRACT_H_
