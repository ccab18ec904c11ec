// How the store finds its file: closed in order or not, sound or damaged, old or new.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/real_clock.h"
#include "server/store/record.h"
#include "server/store/sqlite_db.h"
#include "server/store/sqlite_schema.h"
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
using ::testing::HasSubstr;
using testing::SeededRandom;
using testing::SimpleJob;
using testing::SimpleJobId;
using testing::Strike;
using testing::TempDir;

std::string BytesOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class StoreOpenTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open() {
    return SqliteStore::Open({.path = path_, .readers = 1, .vfs = vfs_.name()}, &clock_, nullptr);
  }

  void MustOpen() {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  void Create(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      NewJob submission;
      submission.job = SimpleJob(i);
      submission.job.spec.request_id = absl::StrCat("request-", i);
      submission.owner = "me";
      const auto result =
          Await<CreateResult>([&](auto done) { store_->Create(std::move(submission), std::move(done)); });
      ASSERT_EQ(result.outcome, CommitOutcome::kDurable);
    }
  }

  absl::StatusOr<StoredJob> Read(int number) {
    return Await<absl::StatusOr<StoredJob>>(
        [&](auto done) { store_->Read("", SimpleJobId(number), std::move(done)); });
  }

  // The process is killed.
  void Kill() {
    vfs_.StrikeAt(1, Strike::kKill, 1);
    store_.reset();
    SeededRandom random(1);
    vfs_.PowerOn(random);
  }

  void Tamper(const std::string& sql) {
    auto db = Database::Open(path_, Access::kWrite, "");
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status status = (*db)->Execute(sql.c_str());
    ASSERT_TRUE(status.ok()) << status << " " << sqlite3_errmsg((*db)->handle());
  }

  // Overwrites what lies behind the first page, which SQLite needs to open the file at all.
  void Damage() {
    const auto size = std::filesystem::file_size(path_);
    ASSERT_GT(size, 8'192u);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4'096 + 100);
    file << std::string(size - 4'096 - 200, '\x5a');
  }

  // Every file of the store, as it is.
  std::vector<std::string> Snapshot() const { return {BytesOf(path_), BytesOf(path_ + "-wal")}; }

  void MakeOldFile(int version = 1) {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + end);
    Tamper(BytesOf(absl::StrCat(ZOETROPE_SOURCE_DIR, "/tests/unit/store/schema_", version, ".sql")));
  }

  TempDir dir_;
  const std::string path_ = dir_.File("jobs.db");
  RealClock clock_;
  FaultyVfs vfs_{"opening"};
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(StoreOpenTest, NobodyElseReadsItsFilesWhateverTheUmask) {
  for (const mode_t mask : {0000, 0022, 0777}) {
    const testing::Umask umask(mask);
    for (const char* end : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(path_ + end);
    MustOpen();
    Create(1, 3);
    for (const char* end : {"", "-wal", "-shm", "-lock"}) {
      EXPECT_EQ(testing::ModeOf(path_ + end), 0600u) << end << " under " << mask;
    }
    store_.reset();
    EXPECT_EQ(testing::ModeOf(path_), 0600u) << mask;
  }
}

TEST_F(StoreOpenTest, KnowsWhetherTheLastServerClosedTheFile) {
  MustOpen();
  EXPECT_FALSE(store_->was_left_open()) << "a new file";
  Create(1, 3);
  store_.reset();
  MustOpen();
  EXPECT_FALSE(store_->was_left_open());
  Kill();
  MustOpen();
  EXPECT_TRUE(store_->was_left_open()) << "killed, and nothing was written meanwhile";
  EXPECT_TRUE(Read(3).ok());
  store_.reset();
  MustOpen();
  EXPECT_FALSE(store_->was_left_open());
}

// Without its log the copy may lack anything, or fit together badly.
TEST_F(StoreOpenTest, KnowsAFileThatWasCopiedFromUnderAServer) {
  MustOpen();
  Create(1, 3);
  store_.reset();
  MustOpen();
  const std::string copy = dir_.File("copy.db");
  std::filesystem::copy_file(path_, copy);
  store_.reset();
  auto opened = SqliteStore::Open({.path = copy}, &clock_, nullptr);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE((*opened)->was_left_open());
}

TEST_F(StoreOpenTest, ADamagedFileIsRefusedAndLeftAsItIs) {
  MustOpen();
  Create(1, 30);
  store_.reset();
  MustOpen();
  Create(31, 5);
  Kill();
  ASSERT_GT(std::filesystem::file_size(path_ + "-wal"), 0u);
  Damage();
  const std::vector<std::string> before = Snapshot();
  for (int start = 0; start < 2; ++start) {
    const auto refused = Open();
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kDataLoss);
    const std::string message(refused.status().message());
    EXPECT_THAT(message, HasSubstr(path_));
    EXPECT_THAT(message, HasSubstr("damaged"));
    EXPECT_THAT(message, HasSubstr("backup"));
    EXPECT_THAT(message, HasSubstr(".dump"));
  }
  EXPECT_TRUE(Snapshot() == before) << "what could still be saved was changed";
}

TEST_F(StoreOpenTest, DamageBehindAMarkIsFoundWithoutALog) {
  MustOpen();
  Create(1, 30);
  store_.reset();
  Tamper("INSERT INTO marks (name, time) VALUES ('open', 1)");
  Damage();
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

// Nobody shall put a backup in place because a disk had a bad moment.
TEST_F(StoreOpenTest, ADiskThatFailsWhileTheFileIsReadThroughIsNoDamage) {
  MustOpen();
  Create(1, 60);
  store_.reset();
  MustOpen();
  Kill();
  const std::string copy = dir_.File("copy.db");
  int failures = 0;
  while (failures < 10'000) {
    // Each on what the crash has left: a start that fails late has written its mark.
    for (const char* end : {"", "-wal"}) {
      std::filesystem::copy_file(path_ + end, copy + end, std::filesystem::copy_options::overwrite_existing);
    }
    std::filesystem::remove(copy + "-shm");
    vfs_.FailRead(failures + 1, SQLITE_IOERR_READ, /*for_ever=*/true);
    const auto opened = SqliteStore::Open({.path = copy, .readers = 1, .vfs = vfs_.name()}, &clock_, nullptr);
    vfs_.Heal();
    if (opened.ok()) break;
    ++failures;
    ASSERT_TRUE(absl::IsUnavailable(opened.status())) << "read " << failures << ": " << opened.status();
  }
  EXPECT_GT(failures, 10);
  MustOpen();
  EXPECT_TRUE(Read(60).ok());
}

// SQLite would begin anew, and delete the log.
TEST_F(StoreOpenTest, ALogWithoutItsFileIsRefused) {
  MustOpen();
  Create(1, 3);
  Kill();
  const std::string log = BytesOf(path_ + "-wal");
  ASSERT_FALSE(log.empty());
  std::filesystem::rename(path_, dir_.File("elsewhere.db"));
  for (const bool empty : {false, true}) {
    if (empty) std::ofstream(path_).flush();
    const auto refused = Open();
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("missing or empty"));
    EXPECT_TRUE(BytesOf(path_ + "-wal") == log);
  }
  std::filesystem::rename(dir_.File("elsewhere.db"), path_);
  MustOpen();
  EXPECT_TRUE(Read(3).ok());
}

TEST_F(StoreOpenTest, ANewerFileIsRefusedBeforeItIsLookedAt) {
  MustOpen();
  Create(1, 3);
  store_.reset();
  Tamper("PRAGMA user_version = 99; INSERT INTO marks (name, time) VALUES ('open', 1)");
  const std::vector<std::string> before = Snapshot();
  const auto refused = Open();
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("schema version 99"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("newer server"));
  EXPECT_TRUE(Snapshot() == before);
}

// Each change of the disk on the way from each earlier version to today's, in a start of its own.
class MigrationTest : public StoreOpenTest, public ::testing::WithParamInterface<Strike> {
 protected:
  // Whether the start was struck; after it the next one must find everything.
  bool StartStruck(int version, int point) {
    MakeOldFile(version);
    vfs_.StrikeAt(point, GetParam(), static_cast<std::uint64_t>(point));
    {
      const auto first = Open();
      EXPECT_TRUE(first.ok() || absl::IsUnavailable(first.status())) << first.status();
    }
    const bool struck = vfs_.has_struck();
    vfs_.PowerOn(random_);
    MustOpen();
    if (HasFatalFailure()) return false;
    const auto job = Read(1);
    EXPECT_TRUE(job.ok()) << job.status();
    EXPECT_EQ(job.ok() ? job->job.state.revision : 0, 2);
    EXPECT_EQ(job.ok() ? job->commands.size() : 0, 1u);
    store_.reset();
    auto db = Database::Open(path_, Access::kRead, "");
    EXPECT_EQ((*db)->QueryInt("PRAGMA user_version").value(), kSchemaVersion);
    EXPECT_TRUE(CheckIntegrity(**db).ok());
    return struck && !HasFailure();
  }

  SeededRandom random_{20'261'120};
};

TEST_P(MigrationTest, IsWholeOrNotThereWhereverItIsStruck) {
  for (int version = 1; version < kSchemaVersion; ++version) {
    int point = 1;
    SCOPED_TRACE(absl::StrCat("version ", version));
    while (StartStruck(version, point)) ++point;
    if (HasFailure()) FAIL() << "at point " << point;
    EXPECT_GT(point, 5) << "hardly anything was struck";
  }
}

INSTANTIATE_TEST_SUITE_P(Strikes, MigrationTest,
                         ::testing::Values(Strike::kPowerCut, Strike::kKill, Strike::kFailForEver,
                                           Strike::kFailOnce));

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) absl::StrAppend(&hex, absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
  return hex;
}

// What the records of an old file tell is brought into columns: when a job ended, and which pictures it
// names.
TEST_F(StoreOpenTest, JobsOfAnOldFileGoWhenTheirTimeIsOver) {
  MakeOldFile();
  Job job = SimpleJob(2);
  const std::string used(64, 'b');
  job.spec.generation.first_frame = Image{BlobRef{used, "image/png", 1, 1, 1}, ImageFit::kCover};
  job.state.phase = JobPhase::kSucceeded;
  job.state.attempts[0].settlement = Settlement::kSettled;
  job.state.update_time = absl::FromUnixSeconds(1'800'000'100);
  Tamper(absl::StrCat("INSERT INTO jobs VALUES ('", job.spec.id,
                      "', 'default', 'sora-2', 'fal', 4, 1, 1, 0, 'me', 1);", "INSERT INTO specs VALUES ('",
                      job.spec.id, "', x'", Hex(EncodeSpec(job.spec)), "');",
                      "INSERT INTO revisions VALUES ('", job.spec.id, "', 1, x'", Hex(EncodeState(job.state)),
                      "');", "INSERT INTO blobs VALUES ('", used, "', 'image/png', x'00');"));
  MustOpen();
  const auto remove = [&](absl::Time before) {
    Removed all;
    for (Removed step{.more = true}; step.more; all.jobs += step.jobs, all.blobs += step.blobs) {
      step = Await<absl::StatusOr<Removed>>([&](auto done) {
               store_->RemoveEnded(before, 10, std::move(done));
             }).value();
    }
    return all;
  };
  const Removed early = remove(job.state.update_time);
  EXPECT_EQ(early.jobs, 0);
  EXPECT_EQ(early.blobs, 1) << "of a submission that came to nothing, and no other";
  const Removed late = remove(job.state.update_time + absl::Seconds(1));
  EXPECT_EQ(late.jobs, 1);
  EXPECT_EQ(late.blobs, 1);
  EXPECT_TRUE(Read(1).ok()) << "a live job went";
}

}  // namespace
}  // namespace zoetrope
