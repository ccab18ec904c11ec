// Copies of the store while it works.
#include "server/store/sqlite_backup.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/real_clock.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"
#include "tests/support/umask.h"

namespace zoetrope {
namespace {

using testing::Await;
using testing::FaultyVfs;
using testing::SimpleJob;
using testing::SimpleJobId;
using testing::TempDir;
using ::testing::UnorderedElementsAre;

class SqliteBackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        SqliteStore::Open({.path = dir_.File("jobs.db"), .readers = 1, .vfs = vfs_.name()}, &clock_, nullptr);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    ASSERT_TRUE(std::filesystem::create_directory(dir_.File("copies")));
  }

  static NewJob Submission(int number) {
    NewJob submission;
    submission.job = SimpleJob(number);
    submission.job.spec.request_id = absl::StrCat("request-", number);
    submission.owner = "me";
    return submission;
  }

  // Waits for the last one only.
  void Create(int first, int count) {
    for (int i = first; i < first + count - 1; ++i) store_->Create(Submission(i), [](CreateResult) {});
    const auto last =
        Await<CreateResult>([&](auto done) { store_->Create(Submission(first + count - 1), done); });
    ASSERT_EQ(last.outcome, CommitOutcome::kDurable) << last.why;
  }

  std::future<absl::StatusOr<BackupSummary>> Start(const std::string& path) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<BackupSummary>>>();
    store_->Backup(
        path, [promise](absl::StatusOr<BackupSummary> summary) { promise->set_value(std::move(summary)); });
    return promise->get_future();
  }

  absl::StatusOr<BackupSummary> Backup(const std::string& path) { return Start(path).get(); }

  // How many jobs from `first` on are in the copy, one after another; a failure where one is not as it was.
  int CountJobs(const std::string& path, int first) {
    auto copy = SqliteStore::Open({.path = path}, &clock_, nullptr);
    EXPECT_TRUE(copy.ok()) << copy.status();
    if (!copy.ok()) return 0;
    EXPECT_TRUE((*copy)->was_left_open()) << "a copy is read through at its first start";
    for (int number = first;; ++number) {
      const auto job = Await<absl::StatusOr<StoredJob>>(
          [&](auto done) { (*copy)->Read("", SimpleJobId(number), std::move(done)); });
      if (!job.ok()) return number - first;
      EXPECT_EQ(job->job, Submission(number).job);
    }
  }

  std::vector<std::string> Copies() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.File("copies"))) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  TempDir dir_;
  RealClock clock_;
  FaultyVfs vfs_{"copied"};
  std::unique_ptr<SqliteStore> store_;
  const std::string copy_ = dir_.File("copies/copy.db");
};

TEST_F(SqliteBackupTest, HasEverythingAndServes) {
  Create(0, 200);
  const auto made = Backup(copy_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->size_bytes, static_cast<std::int64_t>(std::filesystem::file_size(copy_)));
  EXPECT_THAT(Copies(), UnorderedElementsAre("copy.db"));
  EXPECT_EQ(CountJobs(copy_, 0), 200);
}

TEST_F(SqliteBackupTest, ACopyKnowsWhenItWasMade) {
  EXPECT_EQ(store_->copied_at(), absl::InfinitePast());
  Create(0, 1);
  const absl::Time before = clock_.TimeNow();
  ASSERT_TRUE(Backup(copy_).ok());
  const absl::Time after = clock_.TimeNow();
  EXPECT_EQ(store_->copied_at(), absl::InfinitePast());
  const std::string second = dir_.File("copies/second.db");
  for (int start = 0; start < 2; ++start) {
    auto copy = SqliteStore::Open({.path = copy_}, &clock_, nullptr);
    ASSERT_TRUE(copy.ok()) << copy.status();
    EXPECT_GE((*copy)->copied_at(), before);
    EXPECT_LE((*copy)->copied_at(), after) << "also at its second start";
    if (start > 0) continue;
    const auto made = Await<absl::StatusOr<BackupSummary>>([&](auto done) { (*copy)->Backup(second, done); });
    ASSERT_TRUE(made.ok()) << made.status();
  }
  auto copy = SqliteStore::Open({.path = second}, &clock_, nullptr);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_GT((*copy)->copied_at(), after) << "of the copy, not of what that was made of";
}

TEST_F(SqliteBackupTest, NeverOverwrites) {
  Create(0, 3);
  std::ofstream(copy_) << "theirs";
  EXPECT_EQ(Backup(copy_).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Backup(dir_.File("jobs.db")).status().code(), absl::StatusCode::kAlreadyExists);
  std::string kept;
  std::ifstream(copy_) >> kept;
  EXPECT_EQ(kept, "theirs");
  EXPECT_THAT(Copies(), UnorderedElementsAre("copy.db"));
}

TEST_F(SqliteBackupTest, NobodyElseReadsACopyWhateverTheUmask) {
  Create(0, 3);
  for (const mode_t mask : {0000, 0022, 0777}) {
    const testing::Umask umask(mask);
    const std::string folder = dir_.File(absl::StrCat("made-", mask));
    const auto made = Backup(folder + "/copy.db");
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(testing::ModeOf(folder), 0700u) << mask;
    EXPECT_EQ(testing::ModeOf(folder + "/copy.db"), 0600u) << mask;
  }
}

TEST_F(SqliteBackupTest, AFolderThatCannotBeMadeIsAnError) {
  std::ofstream(dir_.File("file")) << "no folder";
  for (const char* path : {"nowhere/deeper/copy.db", "file/copy.db"}) {
    const auto refused = Backup(dir_.File(path));
    EXPECT_EQ(ReasonOf(refused.status()), v1::ERROR_REASON_STORE_UNAVAILABLE) << path;
  }
  EXPECT_FALSE(std::filesystem::exists(dir_.File("nowhere")));
}

TEST_F(SqliteBackupTest, WhoeverGoesDownGivesItUpAndTakesNoOther) {
  Create(0, 3'000);
  auto copying = Start(copy_);
  store_->EndBackups();
  ASSERT_EQ(copying.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  const auto made = copying.get();
  EXPECT_EQ(Copies().size(), made.ok() ? 1u : 0u);
  if (!made.ok()) {
    EXPECT_EQ(ReasonOf(made.status()), v1::ERROR_REASON_STORE_UNAVAILABLE);
  }
  const auto late = Backup(dir_.File("copies/second.db"));
  EXPECT_EQ(ReasonOf(late.status()), v1::ERROR_REASON_STORE_UNAVAILABLE) << late.status();
  store_->EndBackups();
  Create(3'000, 1);
}

TEST_F(SqliteBackupTest, WritersGoOnAndTheCopyIsOneInstant) {
  Create(0, 3'000);
  auto copying = Start(copy_);
  int meanwhile = 0;
  while (copying.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    Create(3'000 + meanwhile, 1);
    ++meanwhile;
  }
  ASSERT_TRUE(copying.get().ok());
  EXPECT_GT(meanwhile, 0);
  Create(3'000 + meanwhile, 1);
  const int copied = CountJobs(copy_, 0);
  EXPECT_GE(copied, 3'000);
  EXPECT_LE(copied, 3'000 + meanwhile);
}

TEST_F(SqliteBackupTest, OneAtATime) {
  Create(0, 3'000);
  auto first = Start(copy_);
  EXPECT_EQ(Backup(dir_.File("copies/second.db")).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(Backup(dir_.File("copies/second.db")).ok());
}

TEST_F(SqliteBackupTest, AFullDiskLeavesNothingBehind) {
  Create(0, 50);
  for (const bool for_ever : {true, false}) {
    vfs_.FailWrite(5, SQLITE_FULL, for_ever);
    const auto failed = Backup(copy_);
    EXPECT_EQ(failed.status().code(), absl::StatusCode::kUnavailable) << failed.status();
    EXPECT_TRUE(Copies().empty());
    vfs_.Heal();
  }
  vfs_.FailSync(1, SQLITE_IOERR_FSYNC, true);
  EXPECT_FALSE(Backup(copy_).ok());
  EXPECT_TRUE(Copies().empty());
  vfs_.Heal();
  EXPECT_TRUE(Backup(copy_).ok());
  Create(50, 1);
}

TEST_F(SqliteBackupTest, AClosingStoreAnswersAndLeavesNothingHalf) {
  Create(0, 3'000);
  auto copying = Start(copy_);
  store_.reset();
  const auto made = copying.get();
  EXPECT_EQ(std::filesystem::exists(copy_), made.ok());
  EXPECT_EQ(Copies().size(), made.ok() ? 1u : 0u);
  if (!made.ok()) {
    EXPECT_EQ(ReasonOf(made.status()), v1::ERROR_REASON_STORE_UNAVAILABLE);
  }
}

TEST_F(SqliteBackupTest, ACallbackThatAsksForTheNextIsRefused) {
  Create(0, 3);
  std::promise<absl::StatusCode> second;
  store_->Backup(copy_, [&](absl::StatusOr<BackupSummary>) {
    store_->Backup(dir_.File("copies/second.db"),
                   [&](absl::StatusOr<BackupSummary> summary) { second.set_value(summary.status().code()); });
  });
  EXPECT_EQ(second.get_future().get(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace zoetrope
