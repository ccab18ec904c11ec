// What only the SQLite store promises; what every store does is in tests/contract.
#include "server/store/sqlite_store.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/real_clock.h"
#include "server/store/sqlite_db.h"
#include "server/store/sqlite_schema.h"
#include "tests/support/await.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using testing::Await;
using testing::FaultyVfs;
using ::testing::HasSubstr;
using testing::SeededRandom;
using testing::SimpleJob;
using testing::SimpleJobId;
using ::testing::SizeIs;
using testing::TempDir;

NewJob Submission(int number, std::string request_id = "") {
  NewJob submission;
  submission.job = SimpleJob(number);
  submission.job.spec.request_id = std::move(request_id);
  submission.fingerprint = "print";
  submission.owner = "me";
  return submission;
}

JobChange SecondRevision(int number) {
  JobChange change;
  change.job_id = SimpleJobId(number);
  change.ownership = {"me", 1};
  change.expected_revision = 1;
  change.state = SimpleJob(number).state;
  change.state.revision = 2;
  return change;
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open() {
    return SqliteStore::Open(options_, &clock_, observer_);
  }

  void MustOpen() {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  CreateResult Create(NewJob job) {
    return Await<CreateResult>([&](auto done) { store_->Create(std::move(job), done); });
  }
  CommitOutcome Commit(JobChange change) {
    return Await<CommitOutcome>([&](auto done) { store_->Commit(std::move(change), done); });
  }
  absl::StatusOr<StoredJob> Read(int number) {
    return Await<absl::StatusOr<StoredJob>>([&](auto done) { store_->Read("", SimpleJobId(number), done); });
  }

  // Runs SQL on the file while no store has it.
  void Tamper(const std::string& sql) {
    auto db = Database::Open(options_.path, Access::kWrite, "");
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status status = (*db)->Execute(sql.c_str());
    ASSERT_TRUE(status.ok()) << status << " " << sqlite3_errmsg((*db)->handle());
  }

  // Tables, indices and triggers of the file, as text.
  std::string Schema() {
    auto db = *Database::Open(options_.path, Access::kRead, "");
    return db
        ->QueryText(
            "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER "
            "BY name)")
        .value();
  }

  TempDir dir_;
  RealClock clock_;
  StoreObserver* observer_ = nullptr;
  FaultyVfs vfs_{"faulty"};
  SqliteStoreOptions options_{.path = dir_.File("jobs.db"), .vfs = "faulty"};
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, KeepsJobsWhenClosedAndOpened) {
  MustOpen();
  ASSERT_EQ(Create(Submission(1, "request")).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Commit(SecondRevision(1)), CommitOutcome::kDurable);
  store_.reset();
  MustOpen();
  EXPECT_EQ(Read(1)->job.state, SecondRevision(1).state);
  EXPECT_EQ(Create(Submission(2, "request")).existing->job_id, SimpleJobId(1));
}

TEST_F(SqliteStoreTest, UsesTheSettingsThatDurabilityNeeds) {
  MustOpen();
  store_.reset();
  auto db = Database::Open(options_.path, Access::kRead, "");
  EXPECT_EQ((*db)->QueryText("PRAGMA journal_mode").value(), "wal");
  EXPECT_EQ((*db)->QueryInt("PRAGMA user_version").value(), kSchemaVersion);
  EXPECT_EQ((*db)
                ->QueryInt("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE "
                           "'sqlite_%' AND strict = 0")
                .value(),
            0);
}

TEST_F(SqliteStoreTest, ASecondServerIsRefused) {
  MustOpen();
  const auto second = Open();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another server uses this store"));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(std::to_string(getpid())));
  store_.reset();
  EXPECT_TRUE(Open().ok()) << "the lock outlived its server";
}

TEST_F(SqliteStoreTest, ASecondServerIsRefusedByWhateverNameItHasOfTheFile) {
  MustOpen();
  const std::string real = options_.path;
  const std::string folder = std::filesystem::path(real).parent_path();
  std::filesystem::create_symlink(real, dir_.File("alias.db"));
  std::filesystem::create_directory_symlink(folder, dir_.File("elsewhere"));
  const std::string name = std::filesystem::path(real).filename();
  for (const std::string& path :
       {dir_.File("alias.db"), dir_.File("elsewhere/" + name), folder + "/./" + name}) {
    options_.path = path;
    EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition) << path;
  }
}

TEST_F(SqliteStoreTest, AFileOfAnotherProgramIsRefused) {
  Tamper("CREATE TABLE theirs (x); PRAGMA user_version = 0");
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
  std::ofstream(dir_.File("text.db")) << std::string(4'096, 'x');
  options_.path = dir_.File("text.db");
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteStoreTest, AMissingDirectoryIsAnError) {
  options_.path = dir_.File("nowhere/jobs.db");
  EXPECT_FALSE(Open().ok());
}

// The file of each released schema version, with a job in it, stays readable for ever.
TEST_F(SqliteStoreTest, ReadsFilesOfEveryVersion) {
  MustOpen();
  store_.reset();
  const std::string fresh = Schema();
  for (int version = 1; version <= kSchemaVersion; ++version) {
    options_.path = dir_.File(absl::StrCat("v", version, ".db"));
    std::ifstream script(absl::StrCat(ZOETROPE_SOURCE_DIR, "/tests/unit/store/schema_", version, ".sql"));
    ASSERT_TRUE(script.good()) << "no golden file of version " << version;
    Tamper(std::string(std::istreambuf_iterator<char>(script), {}));
    MustOpen();
    const auto job = Read(1);
    ASSERT_TRUE(job.ok()) << job.status();
    Job expected = SimpleJob(1);
    expected.spec.request_id = "golden-request";
    expected.spec.labels = {{"team", "film"}};
    EXPECT_EQ(job->job.spec, expected.spec);
    EXPECT_EQ(job->job.state.revision, 2);
    EXPECT_EQ(job->job.state.phase, JobPhase::kRunning);
    EXPECT_THAT(job->commands, SizeIs(1));
    const auto ledger = Await<absl::StatusOr<std::vector<LedgerRow>>>(
        [&](auto done) { store_->ReadLedger(SimpleJobId(1), done); });
    ASSERT_THAT(*ledger, SizeIs(1));
    EXPECT_EQ(ledger->at(0).amount, Money::FromNanos(800'000'000));
    EXPECT_EQ(Create(Submission(2, "golden-request")).existing->job_id, SimpleJobId(1));
    ASSERT_EQ(Create(Submission(3)).outcome, CommitOutcome::kDurable);
    store_.reset();
    EXPECT_EQ(Schema(), fresh) << "a file brought up from version " << version << " differs from a new one";
  }
}

// Keeps the writer busy while the test queues more: the first change's listener waits.
class Gate {
 public:
  void Wait() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    wake_.notify_all();
    wake_.wait(lock, [this] { return open_; });
  }
  void AwaitWaiting() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return waiting_; });
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool waiting_ = false;
  bool open_ = false;
};

TEST_F(SqliteStoreTest, ManyWritesShareASync) {
  MustOpen();
  Gate gate;
  std::atomic<int> durable = 0;
  store_->Create(Submission(0), [&](CreateResult) { gate.Wait(); });
  gate.AwaitWaiting();
  const std::int64_t before = vfs_.syncs();
  for (int i = 1; i <= 500; ++i) {
    store_->Create(Submission(i),
                   [&](CreateResult result) { durable += result.outcome == CommitOutcome::kDurable; });
  }
  gate.Open();
  ASSERT_EQ(Create(Submission(501)).outcome, CommitOutcome::kDurable);
  EXPECT_EQ(durable, 500);
  EXPECT_LE(vfs_.syncs() - before, 5);
  EXPECT_GE(vfs_.syncs() - before, 1);
}

TEST_F(SqliteStoreTest, CallbacksComeInTheOrderOfCalls) {
  MustOpen();
  std::mutex mutex;
  std::vector<int> order;
  for (int i = 0; i < 300; ++i) {
    store_->Create(Submission(i), [&, i](CreateResult) {
      std::lock_guard lock(mutex);
      order.push_back(i);
    });
  }
  ASSERT_EQ(Create(Submission(300)).outcome, CommitOutcome::kDurable);
  std::lock_guard lock(mutex);
  ASSERT_THAT(order, SizeIs(300));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(SqliteStoreTest, AFullQueueRefusesAndSaysSo) {
  options_.group.queued = 10;
  options_.group.reserved = 0;
  MustOpen();
  Gate gate;
  store_->Create(Submission(0), [&](CreateResult) { gate.Wait(); });
  gate.AwaitWaiting();
  std::atomic<int> durable = 0;
  for (int i = 1; i <= 10; ++i) {
    store_->Create(Submission(i),
                   [&](CreateResult result) { durable += result.outcome == CommitOutcome::kDurable; });
  }
  // These come while the writer still waits: refusals do not queue behind what fills the queue.
  const CreateResult refused = Create(Submission(11));
  EXPECT_EQ(refused.outcome, CommitOutcome::kConflict);
  EXPECT_FALSE(refused.existing.has_value());
  EXPECT_EQ(ReasonOf(refused.why), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(Commit(SecondRevision(0)), CommitOutcome::kUnknown);
  const absl::Status command = Await<absl::Status>([&](auto done) {
    store_->PutCommand("default", SimpleJobId(0), CommandKind::kCancel, absl::UnixEpoch(), done);
  });
  EXPECT_EQ(command.code(), absl::StatusCode::kUnavailable);
  gate.Open();
  ASSERT_TRUE(Read(0).ok());
  while (durable < 10) std::this_thread::yield();
  EXPECT_FALSE(Read(11).ok());
  EXPECT_EQ(Create(Submission(11)).outcome, CommitOutcome::kDurable);
}

TEST_F(SqliteStoreTest, WhatHasHappenedIsWrittenHoweverManyCallersWait) {
  options_.group.queued = 2;
  options_.group.reserved = 2;
  MustOpen();
  Gate gate;
  store_->Create(Submission(0), [&](CreateResult) { gate.Wait(); });
  gate.AwaitWaiting();
  for (int i = 1; i <= 2; ++i) store_->Create(Submission(i), [](CreateResult) {});
  ASSERT_EQ(Create(Submission(3)).outcome, CommitOutcome::kConflict);
  std::promise<CommitOutcome> committed;
  store_->Commit(SecondRevision(0), [&](CommitOutcome outcome) { committed.set_value(outcome); });
  std::promise<absl::Status> kept;
  store_->AppendEvidence({SimpleJobId(0), "a", "what", "value", absl::UnixEpoch()},
                         [&](absl::Status status) { kept.set_value(std::move(status)); });
  EXPECT_EQ(Commit(SecondRevision(1)), CommitOutcome::kUnknown) << "these places are counted as well";
  gate.Open();
  EXPECT_EQ(committed.get_future().get(), CommitOutcome::kDurable);
  EXPECT_TRUE(kept.get_future().get().ok());
  const auto evidence = Await<absl::StatusOr<std::vector<Evidence>>>(
      [&](auto done) { store_->ReadEvidence(SimpleJobId(0), done); });
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_THAT(*evidence, SizeIs(1));
}

TEST_F(SqliteStoreTest, TheDestructorAnswersEverything) {
  MustOpen();
  std::atomic<int> answered = 0;
  for (int i = 0; i < 1'000; ++i) store_->Create(Submission(i), [&](CreateResult) { ++answered; });
  for (int i = 0; i < 100; ++i)
    store_->Read("", SimpleJobId(i), [&](absl::StatusOr<StoredJob>) { ++answered; });
  store_.reset();
  EXPECT_EQ(answered, 1'100);
}

TEST_F(SqliteStoreTest, AListenersCallEndsBeforeItsSubscription) {
  MustOpen();
  Gate gate;
  std::atomic<bool> returned = false;
  auto subscription = store_->Subscribe([&](const Change&) {
    gate.Wait();
    returned = true;
  });
  store_->Create(Submission(1), [](CreateResult) {});
  gate.AwaitWaiting();
  std::thread opener([&] { gate.Open(); });
  subscription.reset();
  EXPECT_TRUE(returned);
  opener.join();
}

TEST_F(SqliteStoreTest, DamagedRecordsAreDataLossAndNothingElse) {
  MustOpen();
  for (int i = 1; i <= 3; ++i) ASSERT_EQ(Create(Submission(i)).outcome, CommitOutcome::kDurable);
  store_.reset();
  Tamper(absl::StrCat("UPDATE revisions SET state = x'0863' WHERE job_id = '", SimpleJobId(2), "'"));
  MustOpen();
  EXPECT_TRUE(Read(1).ok());
  EXPECT_EQ(Read(2).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Read(3).ok());
  // A claim must not skip it silently, and its failure must not spoil the writes beside it.
  const auto claimed = Await<absl::StatusOr<std::vector<LiveJob>>>([&](auto done) {
    store_->Create(Submission(4), [](CreateResult) {});
    store_->Claim("you", "", 10, done);
    store_->Create(Submission(5), [](CreateResult) {});
  });
  EXPECT_EQ(claimed.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Create(Submission(6)).outcome, CommitOutcome::kDurable);
  for (int i = 4; i <= 6; ++i) EXPECT_TRUE(Read(i).ok()) << i;
  EXPECT_EQ(Read(1)->ownership.owner, "me") << "a failed claim took a job over";
}

TEST_F(SqliteStoreTest, LedgerAndEvidenceCannotBeChanged) {
  MustOpen();
  NewJob submission = Submission(1);
  submission.ledger = {
      {"a", LedgerKind::kReserve, Money::FromNanos(1), CostSource::kCatalogue, absl::UnixEpoch()}};
  ASSERT_EQ(Create(submission).outcome, CommitOutcome::kDurable);
  ASSERT_TRUE(Await<absl::Status>([&](auto done) {
                store_->AppendEvidence({"j", "a", "w", "v", absl::UnixEpoch()}, done);
              }).ok());
  store_.reset();
  auto db = *Database::Open(options_.path, Access::kWrite, "");
  for (const char* sql : {"UPDATE ledger SET amount_nanos = 2", "DELETE FROM ledger",
                          "UPDATE evidence SET value = x'00'", "DELETE FROM evidence"}) {
    EXPECT_FALSE(db->Execute(sql).ok()) << sql;
  }
}

class CountingObserver : public StoreObserver {
 public:
  void OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) override {
    std::lock_guard lock(mutex_);
    EXPECT_GE(duration, absl::ZeroDuration());
    ++counts_[absl::StrCat(std::string(StoreOperationName(operation)), ":",
                           std::string(StoreOutcomeName(outcome)))];
  }
  void OnTransaction(std::size_t writes, absl::Duration, const absl::Status& status) override {
    std::lock_guard lock(mutex_);
    if (status.ok()) written_ += writes;
  }
  std::map<std::string, int> counts() {
    std::lock_guard lock(mutex_);
    return counts_;
  }
  std::size_t written() {
    std::lock_guard lock(mutex_);
    return written_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
  std::size_t written_ = 0;
};

TEST_F(SqliteStoreTest, TellsAnObserverAboutEveryCall) {
  CountingObserver observer;
  observer_ = &observer;
  MustOpen();
  Create(Submission(1, "r"));
  Create(Submission(2, "r"));
  Commit(SecondRevision(1));
  Commit(SecondRevision(1));
  EXPECT_TRUE(Read(1).ok());
  EXPECT_FALSE(Read(9).ok());
  const auto expected =
      std::map<std::string, int>{{"create:ok", 1},       {"create:conflict", 1}, {"commit:ok", 1},
                                 {"commit:conflict", 1}, {"read:ok", 1},         {"read:conflict", 1}};
  EXPECT_EQ(observer.counts(), expected);
  EXPECT_EQ(observer.written(), 4u);
  store_.reset();
}

}  // namespace
}  // namespace zoetrope
