// What a server waits for before it takes jobs, against a real store.
#include "server/startup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "server/base/real_clock.h"
#include "server/providers/registry.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using testing::SimpleJob;

Accounts AccountsNamed(const std::string& name) {
  std::vector<Account> accounts(1);
  accounts[0].name = name;
  accounts[0].dialect = "fal";
  accounts[0].adapter = FindDialect("fal")->make({});
  return Accounts(std::move(accounts));
}

TEST(StartupTest, AnAccountThatLiveJobsNeedIsMissed) {
  testing::TempDir folder;
  RealClock clock;
  auto store = *SqliteStore::Open({.path = folder.File("jobs.db")}, &clock, nullptr);
  EXPECT_TRUE(CheckAccounts(*store, AccountsNamed("mine")).ok()) << "there are no jobs";
  Job job = SimpleJob(1, "someone");
  job.state.attempts.back().provider = "theirs";
  const auto made = testing::Await<CreateResult>([&](auto done) {
    store->Create({.job = job, .fingerprint = "f", .owner = "before", .ledger = {}, .offering_texts = {}},
                  done);
  });
  ASSERT_EQ(made.outcome, CommitOutcome::kDurable);
  const absl::Status missing = CheckAccounts(*store, AccountsNamed("mine"));
  EXPECT_TRUE(absl::IsFailedPrecondition(missing)) << missing;
  EXPECT_THAT(std::string(missing.message()), HasSubstr("theirs"));
  EXPECT_TRUE(CheckAccounts(*store, AccountsNamed("theirs")).ok());
}

}  // namespace
}  // namespace zoetrope
