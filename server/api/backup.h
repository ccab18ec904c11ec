// Where a copy of the store may go, and what is said where it does not get there. Pure.
#ifndef ZOETROPE_SERVER_API_BACKUP_H_
#define ZOETROPE_SERVER_API_BACKUP_H_

#include <string>

#include "absl/status/status.h"

namespace zoetrope {

// The one folder that copies go into. The listener asks nobody who they are, so that a caller who could name
// any place would have prompts and pictures written wherever the server's user may write, and read there.
struct BackupPlace {
  std::string folder;      // absolute and normal, without a slash at the end
  std::string store_name;  // of the store's own file, without its folder
};

// INVALID_FIELD about `path`, with the rule that it breaks. Looks at the text alone: whether something is
// there is for the store to see, at the moment that it counts. Only the folder may contain symbolic links,
// because behind it there is a single name, and that of a new file.
absl::Status CheckBackupPath(const std::string& path, const BackupPlace& place);

// What the store says of a copy → what the caller is told: BACKUP_EXISTS, BACKUP_RUNNING. Everything else
// stays as it is.
absl::Status FromBackup(const absl::Status& status);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_BACKUP_H_
