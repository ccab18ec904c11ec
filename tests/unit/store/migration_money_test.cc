// What the files of earlier versions tell about accounts and charges is added up by the migration.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/real_clock.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using testing::Await;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SimpleJob;
using testing::SimpleJobId;

// Takes out of a file what version 5 put in.
constexpr char kToVersion4[] =
    "DROP TABLE budget_uses; DROP TABLE budget_counts; DROP TABLE spend_hours; "
    "DROP INDEX ledger_charged_once; DROP INDEX ledger_released_once; ALTER TABLE ledger DROP COLUMN "
    "provider; "
    "CREATE UNIQUE INDEX ledger_once ON ledger (attempt_id, kind) WHERE kind IN (2, 3); "
    "PRAGMA user_version = 4";

class MoneyMigrationTest : public ::testing::Test {
 protected:
  void Open() {
    auto opened = SqliteStore::Open({.path = dir_.File("jobs.db")}, &clock_, nullptr);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void Execute(const std::string& sql) {
    store_.reset();
    auto db = *Database::Open(dir_.File("jobs.db"), Access::kWrite, "");
    const absl::Status status = db->Execute(sql.c_str());
    ASSERT_TRUE(status.ok()) << status << " " << sqlite3_errmsg(db->handle());
  }
  // A job at `provider` that was charged at `time`, and in it the part of the operator.
  void CreateCharged(int number, const std::string& provider, absl::Time time) {
    NewJob job{.job = SimpleJob(number), .fingerprint = "f", .owner = "me"};
    Attempt& attempt = job.job.state.attempts[0];
    attempt.provider = provider;
    attempt.reserved = Money();
    attempt.settled = Money::FromNanos(130);
    attempt.overrun = Money::FromNanos(30);
    attempt.settlement = Settlement::kSettled;
    for (const auto& [kind, nanos] : {std::pair(LedgerKind::kReserve, 100),
                                      {LedgerKind::kSettle, 130},
                                      {LedgerKind::kRelease, 100},
                                      {LedgerKind::kOverrun, 30}}) {
      job.ledger.push_back(
          {attempt.id, kind, Money::FromNanos(nanos), CostSource::kProvider, time, provider});
    }
    const auto result = Await<CreateResult>([&](auto done) { store_->Create(job, done); });
    ASSERT_EQ(result.outcome, CommitOutcome::kDurable) << result.why;
  }
  std::vector<SpendRow> Spend() {
    return *Await<absl::StatusOr<std::vector<SpendRow>>>(
        [&](auto done) { store_->ReadSpend({.bucket = SpendBucket::kHour, .by_provider = true}, done); });
  }
  LedgerCheck Check() {
    LedgerCheck sum =
        *Await<absl::StatusOr<LedgerCheck>>([&](auto done) { store_->CheckJobLedgers("", 10'000, done); });
    AddCheck(*Await<absl::StatusOr<LedgerCheck>>([&](auto done) { store_->CheckLedgerSums(done); }), sum);
    return sum;
  }

  const absl::Time hour_ = absl::FromUnixSeconds(1'800'000'000);
  testing::TempDir dir_;
  RealClock clock_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(MoneyMigrationTest, ChargesAreAddedUpByTheirAccounts) {
  Open();
  // More than are read at once.
  for (int number = 1; number <= 1'200; ++number)
    CreateCharged(number, number % 3 == 0 ? "runware" : "fal", hour_ + absl::Minutes(number % 60));
  const std::vector<SpendRow> before = Spend();
  EXPECT_THAT(before, ElementsAre(SpendRow{.bucket_start = hour_,
                                           .provider = "fal",
                                           .charges = 800,
                                           .charged = Money::FromNanos(80'000),
                                           .overrun = Money::FromNanos(24'000)},
                                  SpendRow{.bucket_start = hour_,
                                           .provider = "runware",
                                           .charges = 400,
                                           .charged = Money::FromNanos(40'000),
                                           .overrun = Money::FromNanos(12'000)}));
  Execute(kToVersion4);
  Open();
  EXPECT_EQ(Spend(), before);
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_F(MoneyMigrationTest, ARecordThatCannotBeReadIsPassedOver) {
  Open();
  CreateCharged(1, "fal", hour_);
  CreateCharged(2, "fal", hour_);
  Execute(std::string(kToVersion4) + "; UPDATE revisions SET state = X'ff' WHERE job_id = '" +
          SimpleJobId(1) + "'");
  Open();
  EXPECT_THAT(Spend(), ElementsAre(SpendRow{.bucket_start = hour_,
                                            .charges = 1,
                                            .charged = Money::FromNanos(100),
                                            .overrun = Money::FromNanos(30)},
                                   SpendRow{.bucket_start = hour_,
                                            .provider = "fal",
                                            .charges = 1,
                                            .charged = Money::FromNanos(100),
                                            .overrun = Money::FromNanos(30)}))
      << "it was charged, wherever that was";
}

// Damage that no job's own books show.
TEST_F(MoneyMigrationTest, SumsThatWereTamperedWithAreFound) {
  const std::string count = "INSERT INTO budget_counts VALUES ('team', '', 0, ";
  for (const auto& [tampering, what] :
       {std::pair<std::string, std::string>("UPDATE spend_hours SET charged_nanos = charged_nanos + 1",
                                            "charged"),
        {"UPDATE spend_hours SET overrun_nanos = 0", "overrun"},
        {"DELETE FROM spend_hours", "charged"},
        {count + "7, 0, 0)", "reserved"},
        {count + "0, 7, 0)", "charged"},
        {"INSERT INTO budget_uses SELECT job_id, attempt_id, 'team', '', 0 FROM ledger WHERE position = 1",
         "charged"}}) {
    store_.reset();
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(dir_.File("jobs.db") + end);
    Open();
    CreateCharged(1, "fal", hour_);
    EXPECT_THAT(Check().findings, IsEmpty());
    Execute(tampering);
    Open();
    const LedgerCheck check = Check();
    ASSERT_GT(check.finding_count, 0) << tampering;
    EXPECT_EQ(check.findings[0].job_id, "") << tampering;
    EXPECT_EQ(check.findings[0].what, what) << tampering;
  }
}

}  // namespace
}  // namespace zoetrope
