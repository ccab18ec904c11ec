// Files and folders for the server's user alone: what the store keeps are prompts and pictures.
#ifndef ZOETROPE_SERVER_STORE_PRIVATE_FILES_H_
#define ZOETROPE_SERVER_STORE_PRIVATE_FILES_H_

#include <string>

#include "absl/status/status.h"

namespace zoetrope {

// The modes below are what is there afterwards, whatever the umask is, which can only take from what is asked
// for, or give what nobody asked for: SQLite makes its files 0644 less the umask. Errors are errno's, with
// the path.

// Makes an empty file of mode 0600 where there is none, and gives one that is empty that mode. A file that
// has something in it is left as it is: whoever has let others read it has meant it. What SQLite puts beside
// a database gets the database's own mode. Not for a file that SQLite has open in this process: closing
// another descriptor of it would let SQLite's locks go.
absl::Status MakePrivateFile(const std::string& path);

// Makes a folder of mode 0700 where nothing is, and lets its name be durable. What is there is left as it is.
// Its parent must be there.
absl::Status MakePrivateFolder(const std::string& path);

// Mode 0600 for an open file.
absl::Status SetPrivate(int fd, const std::string& path);

// Makes the names in the folder durable.
absl::Status SyncFolder(const std::string& path);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_PRIVATE_FILES_H_
