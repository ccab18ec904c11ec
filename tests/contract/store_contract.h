// What every JobStore must do, run on each implementation.
//
// An implementation joins with a factory and INSTANTIATE_TEST_SUITE_P(<Name>, StoreContract,
// ::testing::Values(factory)).
#ifndef ZOETROPE_TESTS_CONTRACT_STORE_CONTRACT_H_
#define ZOETROPE_TESTS_CONTRACT_STORE_CONTRACT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
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

  std::unique_ptr<StoreFixture> fixture_;
};

// A submission of `job` by "me".
NewJob Submission(Job job, std::string fingerprint = "print");

// The change of `job` from its revision to the next, with `phase`; by "me" with epoch 1.
JobChange NextRevision(const Job& job, JobPhase phase = JobPhase::kRunning);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_CONTRACT_STORE_CONTRACT_H_
