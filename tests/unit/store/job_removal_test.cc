// What only the SQLite store promises when old jobs go; what every store does is in tests/contract.
#include "server/store/job_removal.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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
using testing::SimpleJob;
using testing::SimpleJobId;
using testing::TempDir;

// Sizes of transactions.
class Transactions : public StoreObserver {
 public:
  void OnOperation(StoreOperation, absl::Duration, StoreOutcome) override {}
  void OnTransaction(std::size_t writes, absl::Duration, const absl::Status& status) override {
    std::lock_guard lock(mutex_);
    if (status.ok()) sizes_.push_back(writes);
  }
  std::vector<std::size_t> Take() {
    std::lock_guard lock(mutex_);
    return std::exchange(sizes_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::size_t> sizes_;
};

NewJob Ended(int number) {
  NewJob submission;
  submission.job = SimpleJob(number);
  submission.job.spec.request_id = absl::StrCat("request-", number);
  submission.job.spec.labels = {{"team", "film"}};
  submission.job.state.phase = JobPhase::kSucceeded;
  submission.job.state.attempts[0].settlement = Settlement::kSettled;
  submission.owner = "me";
  submission.ledger = {{submission.job.state.attempts[0].id, LedgerKind::kSettle, Money::FromNanos(5),
                        CostSource::kCatalogue, absl::UnixEpoch()}};
  return submission;
}

class JobRemovalTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    auto opened = SqliteStore::Open({.path = path_, .readers = 1}, &clock_, &transactions_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  void CreateEnded(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      store_->Create(Ended(i), [](CreateResult result) {
        EXPECT_EQ(result.outcome, CommitOutcome::kDurable) << result.why;
      });
    }
  }

  Removed Remove(int limit) {
    return Await<absl::StatusOr<Removed>>(
               [&](auto done) { store_->RemoveEnded(absl::InfiniteFuture(), limit, std::move(done)); })
        .value();
  }

  // Pages of the closed file, free ones included.
  std::int64_t Pages() {
    store_.reset();
    auto db = Database::Open(path_, Access::kRead, "");
    const std::int64_t pages = (*db)->QueryInt("PRAGMA page_count").value();
    Open();
    return pages;
  }

  TempDir dir_;
  const std::string path_ = dir_.File("jobs.db");
  RealClock clock_;
  Transactions transactions_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(JobRemovalTest, TheFileStopsGrowing) {
  std::int64_t after_first = 0;
  for (int round = 0; round < 6; ++round) {
    CreateEnded(round * 400, 400);
    EXPECT_EQ(Remove(1'000).jobs, 400);
    if (round == 0) after_first = Pages();
  }
  EXPECT_LT(Pages(), after_first + after_first / 5) << "what became free was not used again";
}

TEST_F(JobRemovalTest, ARemovalIsATransactionOfItsOwn) {
  CreateEnded(1, 5);
  Remove(1);
  transactions_.Take();
  // While one call back is waited for, the others queue up behind it.
  std::mutex block;
  std::unique_lock hold(block);
  std::atomic<int> answered = 0;
  std::atomic<bool> blocked = false;
  store_->Create(Ended(10), [&](CreateResult) {
    blocked = true;
    std::lock_guard wait(block);
    ++answered;
  });
  while (!blocked) std::this_thread::yield();
  for (int i = 11; i < 14; ++i) store_->Create(Ended(i), [&](CreateResult) { ++answered; });
  store_->RemoveEnded(absl::InfiniteFuture(), 2, [&](absl::StatusOr<Removed>) { ++answered; });
  store_->Create(Ended(14), [&](CreateResult) { ++answered; });
  store_->Create(Ended(15), [&](CreateResult) { ++answered; });
  hold.unlock();
  while (answered < 7) std::this_thread::yield();
  EXPECT_THAT(transactions_.Take(), ElementsAre(1u, 3u, 1u, 2u));
}

TEST_F(JobRemovalTest, LargePicturesGoInSteps) {
  const std::string bytes(3u << 20, 'p');
  Job job = SimpleJob(1);
  for (int i = 0; i < 5; ++i) {
    const std::string name = absl::StrCat(std::string(63, 'a'), i);
    ASSERT_TRUE(Await<absl::Status>([&](auto done) {
                  store_->PutBlob(name, {"image/png", bytes}, std::move(done));
                }).ok());
    job.spec.generation.reference_images.push_back(
        Image{BlobRef{name, "image/png", 1, 1, 1}, ImageFit::kCover});
  }
  NewJob submission = Ended(1);
  submission.job.spec = job.spec;
  ASSERT_EQ(
      Await<CreateResult>([&](auto done) { store_->Create(std::move(submission), std::move(done)); }).outcome,
      CommitOutcome::kDurable);
  EXPECT_EQ(Remove(100).jobs, 1);
  int blobs = 0;
  int steps = 0;
  for (Removed step{.more = true}; step.more; ++steps) {
    step = Remove(100);
    blobs += step.blobs;
    EXPECT_LE(step.blobs, 2) << "more than 4 MiB, and then one picture";
  }
  EXPECT_EQ(blobs, 5);
  EXPECT_GE(steps, 3);
}

// Whatever the code says, the file does not let go of what is not over.
TEST_F(JobRemovalTest, TheFileItselfGuardsLiveJobs) {
  NewJob live = Ended(1);
  live.job.state.phase = JobPhase::kHeld;
  ASSERT_EQ(Await<CreateResult>([&](auto done) { store_->Create(std::move(live), std::move(done)); }).outcome,
            CommitOutcome::kDurable);
  CreateEnded(2, 1);
  const auto keep = [&](int number) {
    return Await<absl::Status>([&](auto done) {
      store_->AppendEvidence({SimpleJobId(number), "a", "w", "v", absl::UnixEpoch()}, std::move(done));
    });
  };
  ASSERT_TRUE(keep(1).ok() && keep(2).ok());
  store_.reset();
  auto db = *Database::Open(path_, Access::kWrite, "");
  const auto run = [&](std::string sql, int number) {
    sql.replace(sql.find('$'), 1, SimpleJobId(number));
    return db->Execute(sql.c_str()).ok();
  };
  EXPECT_FALSE(run("INSERT INTO removals VALUES ('$')", 1)) << "a held job may be removed";
  EXPECT_FALSE(run("INSERT INTO removals VALUES ('$')", 9)) << "a job that is not there";
  for (const int number : {1, 2}) {
    EXPECT_FALSE(run("DELETE FROM ledger WHERE job_id = '$'", number));
    EXPECT_FALSE(run("DELETE FROM evidence WHERE job_id = '$'", number));
    EXPECT_FALSE(run("DELETE FROM jobs WHERE id = '$'", number)) << "its rows refer to it";
  }
  EXPECT_TRUE(run("INSERT INTO removals VALUES ('$')", 2));
  EXPECT_TRUE(run("DELETE FROM ledger WHERE job_id = '$'", 2));
  EXPECT_FALSE(run("DELETE FROM ledger WHERE job_id = '$'", 1)) << "a removal of one job freed another";
}

// A job whose record cannot be read is for a person: it does not vanish.
TEST_F(JobRemovalTest, AJobWithoutAnEndInItsRecordStays) {
  NewJob timeless = Ended(1);
  timeless.job.state.update_time = absl::InfinitePast();
  ASSERT_EQ(
      Await<CreateResult>([&](auto done) { store_->Create(std::move(timeless), std::move(done)); }).outcome,
      CommitOutcome::kDurable);
  EXPECT_EQ(Remove(10).jobs, 0);
}

}  // namespace
}  // namespace zoetrope
