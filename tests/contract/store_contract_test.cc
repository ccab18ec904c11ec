// The stores that keep the contract.
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "server/base/real_clock.h"
#include "server/store/sqlite_store.h"
#include "tests/contract/store_contract.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/sim_executor.h"
#include "tests/support/temp_dir.h"

namespace zoetrope::testing {
namespace {

// Waits on the real clock, in small steps, for what threads of the store do.
class SqliteFixture : public StoreFixture {
 public:
  SqliteFixture() {
    auto opened = SqliteStore::Open({.path = dir_.File("jobs.db")}, &clock_, nullptr);
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  JobStore& store() override { return *store_; }

  bool RunUntil(const std::function<bool()>& done) override {
    std::mutex mutex;
    std::condition_variable nobody;
    std::unique_lock lock(mutex);
    for (int waited = 0; waited < 100'000; ++waited) {
      if (done()) return true;
      nobody.wait_for(lock, std::chrono::microseconds(100));
    }
    return false;
  }

 private:
  TempDir dir_;
  RealClock clock_;
  std::unique_ptr<SqliteStore> store_;
};

class MemoryFixture : public StoreFixture {
 public:
  JobStore& store() override { return store_; }
  bool RunUntil(const std::function<bool()>& done) override { return world_.RunUntil(done); }

 private:
  SimWorld world_{42};
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("store");
  MemoryJobStore store_{executor_.get(), &world_.clock()};
};

const auto kSqlite = ::testing::Values([] { return std::make_unique<SqliteFixture>(); });
const auto kMemory = ::testing::Values([] { return std::make_unique<MemoryFixture>(); });

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, kSqlite);
INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, kMemory);
INSTANTIATE_TEST_SUITE_P(Sqlite, RetentionContract, kSqlite);
INSTANTIATE_TEST_SUITE_P(Memory, RetentionContract, kMemory);
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreMoney, kSqlite);
INSTANTIATE_TEST_SUITE_P(Memory, StoreMoney, kMemory);
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreDecisions, kSqlite);
INSTANTIATE_TEST_SUITE_P(Memory, StoreDecisions, kMemory);

}  // namespace
}  // namespace zoetrope::testing
