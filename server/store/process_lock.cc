#include "server/store/process_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/store/private_files.h"

namespace zoetrope {

absl::StatusOr<std::unique_ptr<ProcessLock>> ProcessLock::Take(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open the lock file ", path));
  std::unique_ptr<ProcessLock> lock(new ProcessLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path));
    char holder[32] = {};
    const ssize_t size = pread(fd, holder, sizeof(holder) - 1, 0);
    const std::string pid(size > 0 ? absl::StripAsciiWhitespace(holder) : "unknown");
    return absl::FailedPreconditionError(absl::StrCat("another server uses this store (process ", pid,
                                                      " holds ", path, "); one file serves one server"));
  }
  // Another user's lock file cannot be changed, and need not be: there is nothing in it to be kept.
  SetPrivate(fd, path).IgnoreError();
  // Only for the message above: nothing depends on its being there.
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(fd, 0) == 0) (void)!pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

ProcessLock::~ProcessLock() { close(fd_); }

}  // namespace zoetrope
