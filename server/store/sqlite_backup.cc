#include "server/store/sqlite_backup.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/store/private_files.h"
#include "server/store/sqlite_schema.h"

namespace zoetrope {
namespace {

// 1 MiB: often enough to notice that the store closes.
constexpr int kStepPages = 256;

absl::Status Failed(absl::string_view why) {
  return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, absl::StrCat("the backup failed: ", why));
}

absl::Status Errno(std::string_view what) {
  return Failed(
      absl::StrCat(std::string(what), ": ", std::error_code(errno, std::generic_category()).message()));
}

absl::Status GivenUp() {
  return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "the store is closing; the backup was given up");
}

absl::Status Taken() { return absl::AlreadyExistsError("something is at the backup's path already"); }

// What another file has said as a plain error.
absl::Status Disk(const absl::Status& status) { return status.ok() ? status : Failed(status.message()); }

absl::Status SyncFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Errno("open");
  const int result = fsync(fd);
  absl::Status status = result == 0 ? absl::OkStatus() : Errno("fsync");
  close(fd);
  return status;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// A file of a name that nobody has, beside `path`; gone with this unless it has got its name.
class Draft {
 public:
  explicit Draft(const std::string& path) : path_(path), name_(path + ".XXXXXX") {}
  ~Draft() {
    if (!made_) return;
    // SQLite's own are there only where it could not close the copy in order.
    for (const char* end : {"", "-wal", "-shm", "-journal"}) unlink((name_ + end).c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  absl::Status Make() {
    const int fd = mkostemp(name_.data(), O_CLOEXEC);
    if (fd < 0) return Errno("create");
    made_ = true;
    absl::Status status = Disk(SetPrivate(fd, name_));
    close(fd);
    return status;
  }

  // Durable, under `path`, which nothing else may have got meanwhile.
  absl::Status Publish() {
    ZOETROPE_RETURN_IF_ERROR(SyncFile(name_));
    if (renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
      return errno == EEXIST ? Taken() : Errno("rename");
    }
    made_ = false;
    absl::Status synced = Disk(SyncFolder(FolderOf(path_)));
    if (!synced.ok()) unlink(path_.c_str());
    return synced;
  }

  const std::string& name() const { return name_; }

 private:
  const std::string path_;
  std::string name_;
  bool made_ = false;
};

}  // namespace

SqliteBackup::SqliteBackup(std::string path, std::string vfs, Clock* clock)
    : path_(std::move(path)), vfs_(std::move(vfs)), clock_(clock) {}

SqliteBackup::~SqliteBackup() { End(); }

void SqliteBackup::End() {
  std::thread ending;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (checked_ != nullptr) sqlite3_interrupt(checked_->handle());
    ending = std::move(thread_);
  }
  if (ending.joinable()) ending.join();
}

absl::Status SqliteBackup::Start(std::string to, Done done) {
  std::lock_guard lock(mutex_);
  if (stopping_) return GivenUp();
  // A callback that asks for the next copy runs on the thread that would have to end first.
  if (running_ || thread_.get_id() == std::this_thread::get_id()) {
    return absl::FailedPreconditionError("another backup is under way");
  }
  if (thread_.joinable()) thread_.join();
  running_ = true;
  thread_ = std::thread([this, to = std::move(to), done = std::move(done)] {
    absl::StatusOr<BackupSummary> answer = Copy(to);
    {
      std::lock_guard over(mutex_);
      running_ = false;
    }
    done(std::move(answer));
  });
  pthread_setname_np(thread_.native_handle(), "store-backup");
  return absl::OkStatus();
}

absl::StatusOr<BackupSummary> SqliteBackup::Copy(const std::string& to) {
  struct stat found {};
  if (lstat(to.c_str(), &found) == 0) return Taken();
  ZOETROPE_RETURN_IF_ERROR(Disk(MakePrivateFolder(FolderOf(to))));
  Draft draft(to);
  ZOETROPE_RETURN_IF_ERROR(draft.Make());
  ZOETROPE_RETURN_IF_ERROR(CopyInto(draft.name()));
  if (stat(draft.name().c_str(), &found) != 0) return Errno("stat");
  ZOETROPE_RETURN_IF_ERROR(draft.Publish());
  return BackupSummary{found.st_size};
}

absl::Status SqliteBackup::CopyInto(const std::string& file) {
  ZOETROPE_ASSIGN_OR_RETURN(auto from, Database::Open(path_, Access::kRead, vfs_));
  ZOETROPE_ASSIGN_OR_RETURN(auto to, Database::Open(file, Access::kWrite, vfs_));
  // The snapshot is held from the first page to the last: otherwise each write of the server's would make the
  // copy begin anew.
  ZOETROPE_RETURN_IF_ERROR(from->Execute("BEGIN"));
  ZOETROPE_RETURN_IF_ERROR(from->QueryInt("SELECT count(*) FROM sqlite_schema").status());
  const absl::Time copied_at = clock_->TimeNow();
  ZOETROPE_RETURN_IF_ERROR(CopyPages(*from, *to));
  ZOETROPE_RETURN_IF_ERROR(MarkCopied(*to, copied_at));
  from.reset();
  return Check(*to);
}

// A copy that nobody has read is a hope.
absl::Status SqliteBackup::Check(Database& copy) {
  {
    std::lock_guard lock(mutex_);
    checked_ = &copy;
  }
  // SQLite forgets an interruption that comes before the reading has begun, which is in a moment.
  absl::Status sound = stopping_ ? GivenUp() : CheckIntegrity(copy);
  std::lock_guard lock(mutex_);
  checked_ = nullptr;
  return stopping_ ? GivenUp() : sound;
}

absl::Status SqliteBackup::CopyPages(Database& from, Database& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return SqliteStatus(sqlite3_extended_errcode(to.handle()));
  int result = SQLITE_OK;
  while (result == SQLITE_OK && !stopping_) result = sqlite3_backup_step(backup, kStepPages);
  const int finished = sqlite3_backup_finish(backup);
  if (finished != SQLITE_OK) return SqliteStatus(finished);
  if (result == SQLITE_DONE) return absl::OkStatus();
  return result == SQLITE_OK ? GivenUp() : SqliteStatus(result);
}

}  // namespace zoetrope
