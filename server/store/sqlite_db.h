// SQLite connections and statements as values that clean up after themselves.
#ifndef ZOETROPE_SERVER_STORE_SQLITE_DB_H_
#define ZOETROPE_SERVER_STORE_SQLITE_DB_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace zoetrope {

// A prepared statement. Used by one thread at a time, like its connection, which must outlive it.
class Statement {
 public:
  Statement() = default;

  // Starts anew with these values as ?1, ?2, … Texts and blobs are not copied: they must stay until the next
  // Bind or Reset.
  template <typename... Values>
  Statement& Bind(const Values&... values) {
    Reset();
    int index = 0;
    (BindOne(++index, values), ...);
    return *this;
  }

  // One more value, after Bind, for statements whose number of values varies.
  template <typename Value>
  void BindAt(int index, const Value& value) {
    BindOne(index, value);
  }

  // Goes on to the next row: true if there is one. Column values live until the next step.
  absl::StatusOr<bool> Step();
  // Steps to the end, ignoring rows, and resets.
  absl::Status Run();
  // Lets go of locks and of what was bound.
  void Reset();

  std::int64_t Int(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  bool IsNull(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  // The bytes of a text or a blob.
  std::string_view Bytes(int column) const;
  std::string Text(int column) const { return std::string(Bytes(column)); }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  // Texts are bound as texts, `Blob`s as blobs; STRICT tables refuse the wrong one.
  void BindOne(int index, std::int64_t value);
  void BindOne(int index, int value) { BindOne(index, std::int64_t{value}); }
  void BindOne(int index, bool value) { BindOne(index, std::int64_t{value ? 1 : 0}); }
  void BindOne(int index, const std::optional<std::int64_t>& value);  // nullopt: NULL
  void BindOne(int index, std::string_view text);
  void BindOne(int index, const std::string& text) { BindOne(index, std::string_view(text)); }
  void BindOne(int index, const char* text) { BindOne(index, std::string_view(text)); }
  void BindOne(int index, struct Blob blob);

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int bind_result_ = SQLITE_OK;
};

// Bytes to be bound as a blob.
struct Blob {
  std::string_view bytes;
};

// Resets a statement at the end of a scope, however that is left: one that is not reset keeps its snapshot
// and thereby keeps the log from being taken into the file.
class ScopedReset {
 public:
  explicit ScopedReset(Statement& statement) : statement_(statement) {}
  ~ScopedReset() { statement_.Reset(); }
  ScopedReset(const ScopedReset&) = delete;
  ScopedReset& operator=(const ScopedReset&) = delete;

 private:
  Statement& statement_;
};

// How a connection is used.
enum class Access { kWrite, kRead };

// A connection, for one thread at a time.
class Database {
 public:
  // Opens (kWrite: creates) the file. `vfs`: name of a registered VFS; empty: the default one.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, Access access,
                                                        const std::string& vfs);

  // Runs statements without values, separated by semicolons.
  absl::Status Execute(const char* sql);
  // The one number that a query such as `PRAGMA user_version` answers.
  absl::StatusOr<std::int64_t> QueryInt(const char* sql);
  // The first text that a query answers.
  absl::StatusOr<std::string> QueryText(const char* sql);

  // For use many times.
  absl::StatusOr<Statement> Prepare(std::string_view sql);

  // Rows that the last statement inserted, updated or deleted.
  std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

// `result` of SQLite as a status: UNAVAILABLE / STORE_UNAVAILABLE where the machine is to blame (disk full,
// I/O, memory, locks), DATA_LOSS for a damaged file, INTERNAL for the rest, which can only be a fault of ours
// or of one row.
absl::Status SqliteStatus(int result);

// Whether the machine is to blame, so that trying another statement now would be no use either.
bool IsEnvironmental(const absl::Status& status);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_SQLITE_DB_H_
