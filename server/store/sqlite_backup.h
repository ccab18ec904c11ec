// The SQLite store's copies of its file.
#ifndef ZOETROPE_SERVER_STORE_SQLITE_BACKUP_H_
#define ZOETROPE_SERVER_STORE_SQLITE_BACKUP_H_

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/store/sqlite_db.h"
#include "server/store/store_backup.h"

namespace zoetrope {

// Makes one copy at a time, on a thread that lives as long as the copy takes. Thread-safe.
//
// The copy is one snapshot of the log: writers go on, but until it is done the log cannot be taken into the
// file beyond that snapshot, and grows by what is written meanwhile.
class SqliteBackup {
 public:
  using Done = JobStore::Callback<absl::StatusOr<BackupSummary>>;

  // `path` and `vfs` as in SqliteStoreOptions. `clock` must outlive this.
  SqliteBackup(std::string path, std::string vfs, Clock* clock);
  // Gives a copy up that is under way, and answers it.
  ~SqliteBackup();

  // Not OK: `done` was not taken. FAILED_PRECONDITION: another copy is under way. STORE_UNAVAILABLE: after
  // End.
  [[nodiscard]] absl::Status Start(std::string to, Done done);

  // As StoreBackup::EndBackups.
  void End();

 private:
  absl::StatusOr<BackupSummary> Copy(const std::string& to);
  absl::Status CopyInto(const std::string& file);
  absl::Status CopyPages(Database& from, Database& to);
  absl::Status Check(Database& copy);

  const std::string path_;
  const std::string vfs_;
  Clock* const clock_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  bool running_ = false;
  Database* checked_ = nullptr;  // the copy that is being read through, which takes long as well
  std::thread thread_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_SQLITE_BACKUP_H_
