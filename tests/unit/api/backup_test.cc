#include "server/api/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/error.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const BackupPlace kPlace = {.folder = "/var/lib/zoetrope/backups", .store_name = "zoetrope.db"};

// The rule that the path breaks; empty: none.
std::string BrokenBy(const std::string& path) {
  const absl::Status status = CheckBackupPath(path, kPlace);
  if (status.ok()) return "";
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD) << path;
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  EXPECT_THAT(violations, SizeIs(1)) << path;
  if (violations.size() != 1) return "";
  EXPECT_EQ(violations[0].field, "path");
  return violations[0].description;
}

TEST(BackupTest, ANewNameInTheFolderIsGood) {
  for (const std::string name :
       {"a", "2026-11-20.db", "Nightly_1.sqlite", "zoetrope", "zoetrope.db-1", "7"}) {
    EXPECT_EQ(BrokenBy(kPlace.folder + "/" + name), "") << name;
  }
  EXPECT_EQ(BrokenBy(kPlace.folder + "/" + std::string(200, 'x')), "");
}

TEST(BackupTest, NothingElsewhere) {
  EXPECT_EQ(BrokenBy(""), "is required");
  for (const char* path : {"copy.db", "./copy.db", "../copy.db", "~/copy.db",
                           "var/lib/zoetrope/backups/copy.db", "file:/var/lib/zoetrope/backups/copy.db"}) {
    EXPECT_THAT(BrokenBy(path), HasSubstr("must be absolute")) << path;
  }
  for (const char* path :
       {"/copy.db", "/etc/cron.d/copy", "/var/lib/zoetrope/copy.db", "/var/lib/zoetrope/backups",
        "/var/lib/zoetrope/backups2/copy.db", "/var/lib/zoetrope/backups/deeper/copy.db",
        "/var/lib/zoetrope/backups/../copy.db", "/var/lib/zoetrope/./backups/copy.db",
        "//var/lib/zoetrope/backups/copy.db", "/var/lib/zoetrope/backups//copy.db"}) {
    EXPECT_THAT(BrokenBy(path), HasSubstr("must be directly in /var/lib/zoetrope/backups")) << path;
  }
}

TEST(BackupTest, TheNameIsPlain) {
  const std::string folder = kPlace.folder + "/";
  EXPECT_THAT(BrokenBy(folder), HasSubstr("1 to 200"));
  EXPECT_THAT(BrokenBy(folder + std::string(201, 'x')), HasSubstr("1 to 200"));
  for (const std::string name :
       {".", "..", ".hidden", "-rf", "_a", "a b", "a\n", "a\x7f", "a?b", "\xc3\xa4"}) {
    EXPECT_THAT(BrokenBy(folder + name), HasSubstr("begins with a letter or digit")) << name;
  }
  EXPECT_THAT(BrokenBy(folder + std::string("a\0b", 3)), HasSubstr("begins with a letter or digit"));
}

TEST(BackupTest, NeverTheStoreItselfNorWhatSqliteTakesForAPartOfADatabase) {
  const std::string folder = kPlace.folder + "/";
  EXPECT_THAT(BrokenBy(folder + "zoetrope.db"), HasSubstr("the store's own file"));
  for (const std::string end : {"-wal", "-shm", "-journal", "-lock"}) {
    EXPECT_THAT(BrokenBy(folder + "copy.db" + end), HasSubstr(end));
    EXPECT_THAT(BrokenBy(folder + "zoetrope.db" + end), HasSubstr(end));
  }
}

TEST(BackupTest, TheStoresAnswersHaveReasons) {
  const absl::Status there = FromBackup(absl::AlreadyExistsError("there"));
  EXPECT_EQ(ReasonOf(there), v1::ERROR_REASON_BACKUP_EXISTS);
  ASSERT_THAT(ViolationsOf(there), SizeIs(1));
  EXPECT_EQ(ViolationsOf(there)[0].field, "path");
  EXPECT_EQ(ReasonOf(FromBackup(absl::FailedPreconditionError("one"))), v1::ERROR_REASON_BACKUP_RUNNING);
  const absl::Status full = MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "the backup failed: no space");
  EXPECT_EQ(FromBackup(full), full);
  EXPECT_EQ(FromBackup(absl::DataLossError("damaged")).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace zoetrope
