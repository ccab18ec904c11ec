#include "server/store/private_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

constexpr mode_t kFileMode = S_IRUSR | S_IWUSR;
constexpr mode_t kFolderMode = S_IRWXU;

absl::Status Errno(std::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(std::string(what), " ", path));
}

}  // namespace

absl::Status SetPrivate(int fd, const std::string& path) {
  return fchmod(fd, kFileMode) == 0 ? absl::OkStatus() : Errno("cannot keep others from", path);
}

absl::Status MakePrivateFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return Errno("cannot make", path);
  struct stat found {};
  absl::Status status;
  if (fstat(fd, &found) != 0) {
    status = Errno("cannot look at", path);
  } else if (found.st_size == 0 && (found.st_mode & 0777) != kFileMode) {
    status = SetPrivate(fd, path);
  }
  close(fd);
  return status;
}

absl::Status MakePrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), kFolderMode) != 0) {
    return errno == EEXIST ? absl::OkStatus() : Errno("cannot make", path);
  }
  if (chmod(path.c_str(), kFolderMode) != 0) return Errno("cannot keep others from", path);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return SyncFolder(parent.empty() ? "." : parent);
}

absl::Status SyncFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Errno("cannot open", path);
  absl::Status status = fsync(fd) == 0 ? absl::OkStatus() : Errno("cannot sync", path);
  close(fd);
  return status;
}

}  // namespace zoetrope
