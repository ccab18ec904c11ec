#include "server/store/sqlite_db.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace zoetrope {
namespace {

// For how long a statement waits for a lock. Only a foreign program (a shell, a backup) can hold one: the
// server has one writer.
constexpr int kBusyMillis = 5'000;

}  // namespace

absl::Status SqliteStatus(int result) {
  switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::OkStatus();
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
      return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                       absl::StrCat("the store cannot work now: ", sqlite3_errstr(result)));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat("the store's file is damaged: ", sqlite3_errstr(result)));
    default:
      return absl::InternalError(absl::StrCat("the store refused a statement: ", sqlite3_errstr(result)));
  }
}

bool IsEnvironmental(const absl::Status& status) { return absl::IsUnavailable(status); }

absl::StatusOr<bool> Statement::Step() {
  if (bind_result_ != SQLITE_OK) return SqliteStatus(bind_result_);
  const int result = sqlite3_step(handle_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return SqliteStatus(result);
}

absl::Status Statement::Run() {
  absl::Status status;
  while (true) {
    const absl::StatusOr<bool> row = Step();
    if (row.ok() && *row) continue;
    status = row.status();
    break;
  }
  Reset();
  return status;
}

void Statement::Reset() {
  // The result is that of the last step, which has been looked at already.
  sqlite3_reset(handle_.get());
  bind_result_ = SQLITE_OK;
}

std::string_view Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void Statement::BindOne(int index, std::int64_t value) {
  if (int result = sqlite3_bind_int64(handle_.get(), index, value); result != SQLITE_OK)
    bind_result_ = result;
}

void Statement::BindOne(int index, const std::optional<std::int64_t>& value) {
  if (value) return BindOne(index, *value);
  if (int result = sqlite3_bind_null(handle_.get(), index); result != SQLITE_OK) bind_result_ = result;
}

void Statement::BindOne(int index, std::string_view text) {
  // An empty view may have a null pointer, which SQLite would bind as NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  const int result = sqlite3_bind_text64(handle_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (result != SQLITE_OK) bind_result_ = result;
}

void Statement::BindOne(int index, Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  const int result = sqlite3_bind_blob64(handle_.get(), index, data, blob.bytes.size(), SQLITE_STATIC);
  if (result != SQLITE_OK) bind_result_ = result;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Access access,
                                                         const std::string& vfs) {
  // Each connection belongs to one thread at a time, so SQLite need not lock it. Readers open for writing as
  // well: in WAL mode even they change the shared index, and a read-only connection could not.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::kWrite ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Database> db(new Database(handle));
  ZOETROPE_RETURN_IF_ERROR(SqliteStatus(result));
  sqlite3_busy_timeout(handle, kBusyMillis);
  ZOETROPE_RETURN_IF_ERROR(
      db->Execute(access == Access::kWrite ? "PRAGMA foreign_keys=ON" : "PRAGMA query_only=ON"));
  return db;
}

absl::Status Database::Execute(const char* sql) {
  return SqliteStatus(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
}

absl::StatusOr<std::int64_t> Database::QueryInt(const char* sql) {
  ZOETROPE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return absl::InternalError("a query for a number has no answer");
  return statement.Int(0);
}

absl::StatusOr<std::string> Database::QueryText(const char* sql) {
  ZOETROPE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ZOETROPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return absl::InternalError("a query for a text has no answer");
  return statement.Text(0);
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  Statement statement(handle);
  ZOETROPE_RETURN_IF_ERROR(SqliteStatus(result));
  return statement;
}

}  // namespace zoetrope
