// What the files of earlier versions tell about provider jobs and held attempts is found after the migration.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/real_clock.h"
#include "server/store/migrations.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using testing::Await;
using testing::SimpleJob;
using testing::SimpleJobId;
using ::testing::SizeIs;

// Takes out of a file what the versions from 3 on put in.
constexpr char kToVersion2[] =
    "DROP TABLE budget_uses; DROP TABLE budget_counts; DROP TABLE spend_hours; "
    "DROP INDEX ledger_charged_once; DROP INDEX ledger_released_once; ALTER TABLE ledger DROP COLUMN "
    "provider; "
    "CREATE UNIQUE INDEX ledger_once ON ledger (attempt_id, kind) WHERE kind IN (2, 3); "
    "DROP INDEX jobs_held; ALTER TABLE jobs DROP COLUMN held_sent_time; ALTER TABLE commands DROP COLUMN "
    "payload; "
    "DROP TABLE provider_jobs; PRAGMA user_version = 2";

class DecisionsMigrationTest : public ::testing::Test {
 protected:
  void Open() {
    auto opened = SqliteStore::Open({.path = dir_.File("jobs.db")}, &clock_, nullptr);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void Execute(const std::string& sql) {
    auto db = *Database::Open(dir_.File("jobs.db"), Access::kWrite, "");
    const absl::Status status = db->Execute(sql.c_str());
    ASSERT_TRUE(status.ok()) << status << " " << sqlite3_errmsg(db->handle());
  }
  void Create(Job job) {
    const auto result = Await<CreateResult>([&](auto done) {
      store_->Create({.job = job, .fingerprint = "f", .owner = "me", .ledger = {}, .offering_texts = {}},
                     done);
    });
    ASSERT_EQ(result.outcome, CommitOutcome::kDurable) << result.why;
  }
  std::vector<Job> Held() {
    return *Await<absl::StatusOr<std::vector<Job>>>([&](auto done) { store_->ListHeld({}, done); });
  }
  std::optional<AttemptName> Find(const std::string& id) {
    return *Await<absl::StatusOr<std::optional<AttemptName>>>(
        [&](auto done) { store_->FindProviderJob(id, "", done); });
  }

  testing::TempDir dir_;
  RealClock clock_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(DecisionsMigrationTest, AnOldFilesJobsAreFoundByWhatTheirRecordsSay) {
  Open();
  // More than are read at once.
  for (int number = 1; number <= 1'100; ++number) {
    Job job = SimpleJob(number);
    Attempt& attempt = job.state.attempts.back();
    if (number % 100 == 0) {
      attempt.phase = AttemptPhase::kHeld;
      attempt.intent_time = absl::FromUnixSeconds(1'800'000'000 - number);
    } else {
      attempt.phase = AttemptPhase::kAcked;
      attempt.provider_job.id = "p" + std::to_string(number);
    }
    Create(job);
  }
  store_.reset();
  Execute(kToVersion2);
  Open();
  const std::vector<Job> held = Held();
  ASSERT_THAT(held, SizeIs(11));
  EXPECT_EQ(held[0].spec.id, SimpleJobId(1'100)) << "sent before the others";
  EXPECT_EQ(held[10].spec.id, SimpleJobId(100));
  EXPECT_EQ(Find("p7")->job_id, SimpleJobId(7));
  EXPECT_EQ(Find("p1099")->job_id, SimpleJobId(1'099));
  EXPECT_FALSE(Find("p100").has_value());
}

TEST_F(DecisionsMigrationTest, ARecordThatCannotBeReadIsPassedOver) {
  Open();
  for (int number = 1; number <= 2; ++number) {
    Job job = SimpleJob(number);
    job.state.attempts.back().provider_job.id = "p" + std::to_string(number);
    Create(job);
  }
  store_.reset();
  Execute(std::string(kToVersion2) + "; UPDATE revisions SET state = X'ff' WHERE job_id = '" +
          SimpleJobId(1) + "'");
  Open();
  EXPECT_FALSE(Find("p1").has_value());
  EXPECT_TRUE(Find("p2").has_value());
}

}  // namespace
}  // namespace zoetrope
