#include "server/store/sqlite_db.h"

#include <limits>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/store/sqlite_schema.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

class SqliteDbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Database::Open(dir_.File("test.db"), Access::kWrite, "");
    ASSERT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
    ASSERT_TRUE(db_->Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB) STRICT").ok());
  }

  testing::TempDir dir_;
  std::unique_ptr<Database> db_;
};

TEST_F(SqliteDbTest, ValuesComeBackAsTheyWere) {
  Statement insert = *db_->Prepare("INSERT INTO t VALUES (?1, ?2, ?3)");
  const std::string text("text with \0 and \xff", 18);
  const std::string bytes("\0\1\2", 3);
  ASSERT_TRUE(insert.Bind(std::numeric_limits<std::int64_t>::min(), text, Blob{bytes}).Run().ok());
  EXPECT_EQ(db_->changes(), 1);
  Statement select = *db_->Prepare("SELECT id, text, bytes FROM t");
  ASSERT_TRUE(*select.Step());
  EXPECT_EQ(select.Int(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(select.Text(1), text);
  EXPECT_EQ(select.Bytes(2), bytes);
  EXPECT_FALSE(*select.Step());
}

TEST_F(SqliteDbTest, EmptyIsNotNull) {
  Statement insert = *db_->Prepare("INSERT INTO t VALUES (1, ?1, ?2)");
  ASSERT_TRUE(insert.Bind(std::string_view(), Blob{std::string_view()}).Run().ok());
  Statement select = *db_->Prepare("SELECT text, bytes FROM t");
  ASSERT_TRUE(*select.Step());
  EXPECT_FALSE(select.IsNull(0));
  EXPECT_FALSE(select.IsNull(1));
  EXPECT_TRUE(select.Bytes(0).empty());
}

TEST_F(SqliteDbTest, AStatementServesManyTimes) {
  Statement insert = *db_->Prepare("INSERT INTO t (id) VALUES (?1)");
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(insert.Bind(i).Run().ok());
  EXPECT_EQ(*db_->QueryInt("SELECT count(*) FROM t"), 10);
  EXPECT_FALSE(insert.Bind(3).Run().ok());
  EXPECT_TRUE(insert.Bind(11).Run().ok()) << "a failure spoiled the statement";
}

TEST_F(SqliteDbTest, FaultsOfOursAreInternal) {
  EXPECT_EQ(db_->Execute("SELECT nonsense").code(), absl::StatusCode::kInternal);
  EXPECT_EQ(db_->Prepare("SELECT nonsense").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(db_->Execute("INSERT INTO t VALUES (1, x'00', x'00')").code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(IsEnvironmental(absl::InternalError("")));
}

TEST_F(SqliteDbTest, FaultsOfTheMachineAreUnavailable) {
  for (const int result :
       {SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_NOMEM, SQLITE_BUSY, SQLITE_CANTOPEN}) {
    EXPECT_EQ(ReasonOf(SqliteStatus(result)), v1::ERROR_REASON_STORE_UNAVAILABLE) << result;
    EXPECT_TRUE(IsEnvironmental(SqliteStatus(result)));
  }
  EXPECT_EQ(SqliteStatus(SQLITE_CORRUPT_INDEX).code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(SqliteStatus(SQLITE_DONE).ok());
}

TEST_F(SqliteDbTest, ReadersCannotWrite) {
  auto reader = *Database::Open(dir_.File("test.db"), Access::kRead, "");
  EXPECT_EQ(*reader->QueryInt("SELECT count(*) FROM t"), 0);
  EXPECT_FALSE(reader->Execute("INSERT INTO t (id) VALUES (1)").ok());
  EXPECT_FALSE(Database::Open(dir_.File("nothing.db"), Access::kRead, "").ok()) << "a reader made a file";
}

TEST_F(SqliteDbTest, IntegrityIsChecked) {
  EXPECT_TRUE(CheckIntegrity(*db_).ok());
  ASSERT_TRUE(
      db_->Execute("CREATE INDEX i ON t (text); INSERT INTO t VALUES (1, 'a', NULL);"
                   "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'i'")
          .ok());
  db_ = *Database::Open(dir_.File("test.db"), Access::kWrite, "");
  EXPECT_FALSE(CheckIntegrity(*db_).ok());
}

TEST_F(SqliteDbTest, MigrationIsIdempotent) {
  auto fresh = *Database::Open(dir_.File("fresh.db"), Access::kWrite, "");
  ASSERT_TRUE(MigrateSchema(*fresh).ok());
  EXPECT_TRUE(MigrateSchema(*fresh).ok());
  EXPECT_EQ(*fresh->QueryInt("PRAGMA user_version"), kSchemaVersion);
  EXPECT_FALSE(MigrateSchema(*db_).ok()) << "a file of another program was taken over";
  EXPECT_EQ(*db_->QueryInt("PRAGMA user_version"), 0);
}

}  // namespace
}  // namespace zoetrope
