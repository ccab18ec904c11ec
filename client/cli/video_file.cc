#include "client/cli/video_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace zoetrope::cli {
namespace {

// Enough for the type of every container that LooksLikeVideo knows.
constexpr size_t kHeadBytes = 8;
// How much of a file is in memory while it is handed on.
constexpr size_t kCopyBytes = size_t{64} << 10;

absl::Status FileError(const std::string& what, const std::string& path) {
  return absl::InternalError(absl::StrCat("cannot ", what, " ", path, ": ", strerror(errno)));
}

absl::Status Exists(const std::string& path) {
  return absl::InvalidArgumentError(absl::StrCat(path, " exists already; --force replaces it"));
}

// Types that say nothing, as object stores like to send, leave it to the bytes.
bool MayBeVideo(const std::string& content_type) {
  return content_type.empty() || absl::StartsWithIgnoreCase(content_type, "video/") ||
         absl::EndsWithIgnoreCase(content_type, "octet-stream");
}

}  // namespace

bool LooksLikeVideo(std::string_view head) {
  return (head.size() >= 8 && head.substr(4, 4) == "ftyp") || head.substr(0, 4) == "\x1a\x45\xdf\xa3";
}

absl::Status VideoFile::CheckPlace(const std::string& path, bool force) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a directory; name a file"));
  }
  if (!force && std::filesystem::exists(path, error)) return Exists(path);
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write into ", folder.string(), ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<VideoFile>> VideoFile::Create(const std::string& path, bool force,
                                                             bool must_be_video) {
  const absl::Status place = CheckPlace(path, force);
  if (!place.ok()) return place;
  // mkostemp makes the name unique, so two downloads to one place never write into each other.
  std::string temporary = path + ".part-XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return FileError("create", temporary);
  // mkostemp makes files private; a saved video is an ordinary file.
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, 0666 & ~mask);
  return std::unique_ptr<VideoFile>(new VideoFile(path, temporary, fd, force, must_be_video));
}

absl::StatusOr<std::unique_ptr<VideoFile>> VideoFile::CreateUnnamed(bool must_be_video) {
  std::error_code error;
  std::string temporary = std::filesystem::temp_directory_path(error) / "zoetrope-XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return FileError("create", temporary);
  unlink(temporary.c_str());
  std::unique_ptr<VideoFile> file(new VideoFile("", temporary, fd, /*force=*/false, must_be_video));
  file->committed_ = true;
  return file;
}

VideoFile::VideoFile(std::string path, std::string temporary, int fd, bool force, bool must_be_video)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      force_(force),
      must_be_video_(must_be_video),
      fd_(fd) {}

VideoFile::~VideoFile() {
  if (fd_ >= 0) close(fd_);
  if (!committed_) unlink(temporary_.c_str());
}

absl::Status VideoFile::Begin(const v1::DownloadHeader& header) {
  head_.clear();
  if (must_be_video_ && !MayBeVideo(header.content_type())) {
    return absl::DataLossError(absl::StrCat("the download is no video but ", header.content_type()));
  }
  if (ftruncate(fd_, 0) != 0 || lseek(fd_, 0, SEEK_SET) != 0) return FileError("rewind", temporary_);
  return absl::OkStatus();
}

absl::Status VideoFile::Write(std::string_view bytes) {
  if (head_.size() < kHeadBytes) {
    head_.append(bytes.substr(0, kHeadBytes - head_.size()));
    if (must_be_video_ && head_.size() == kHeadBytes && !LooksLikeVideo(head_)) {
      return absl::DataLossError("the download is no video: its first bytes are not those of MP4 or WebM");
    }
  }
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError("write", temporary_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status VideoFile::CheckType() const {
  if (!must_be_video_ || LooksLikeVideo(head_)) return absl::OkStatus();
  return absl::DataLossError("the download is too short for a video");
}

absl::Status VideoFile::PassOn(std::ostream& out) {
  if (absl::Status type = CheckType(); !type.ok()) return type;
  if (lseek(fd_, 0, SEEK_SET) != 0) return FileError("rewind", temporary_);
  std::array<char, kCopyBytes> buffer;
  while (out) {
    const ssize_t size = read(fd_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FileError("read", temporary_);
    if (size == 0) break;
    out.write(buffer.data(), size);
  }
  return absl::OkStatus();
}

absl::Status VideoFile::Commit() {
  if (absl::Status type = CheckType(); !type.ok()) return type;
  if (fsync(fd_) != 0) return FileError("write", temporary_);
  if (!force_) {
    // Not every file system can move without replacing; where it cannot, looking first is the best there is.
    const int moved = renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
    committed_ = moved == 0;
    if (committed_) return absl::OkStatus();
    std::error_code error;
    if (errno == EEXIST || std::filesystem::exists(path_, error)) return Exists(path_);
  }
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return FileError("move the download to", path_);
  committed_ = true;
  return absl::OkStatus();
}

}  // namespace zoetrope::cli
