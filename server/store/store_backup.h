// Copies of a store while it works, as an interface: for the operator's calls.
#ifndef ZOETROPE_SERVER_STORE_STORE_BACKUP_H_
#define ZOETROPE_SERVER_STORE_STORE_BACKUP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/store/job_store.h"

namespace zoetrope {

struct BackupSummary {
  std::int64_t size_bytes = 0;  // of the copy
};

// Thread-safe and asynchronous, as JobStore.
class StoreBackup {
 public:
  virtual ~StoreBackup() = default;

  // Writes a copy of the whole store, as it was at one instant after the call, to a new file at `path`, for
  // this user alone; reads and writes go on meanwhile. Its folder is made where it is not there, but for the
  // folder's own parent. When `done` says OK the copy has been read through and is synced, name included;
  // otherwise there is nothing at `path` that was not there before. ALREADY_EXISTS: something is there, and
  // is left alone. FAILED_PRECONDITION: another copy is under way. STORE_UNAVAILABLE: the disk refused, or
  // the store is closing. DATA_LOSS: the store itself is damaged. `done` comes as JobStore's callbacks do.
  virtual void Backup(std::string path, JobStore::Callback<absl::StatusOr<BackupSummary>> done) = 0;

  // Gives a copy up that is under way; when this returns it has been answered. From now on every other one is
  // refused as by a store that is closing. Everything else goes on. May be called again; not by `done`.
  virtual void EndBackups() = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_STORE_BACKUP_H_
