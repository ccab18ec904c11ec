#include "server/config/file_stamps.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace zoetrope {

std::string StampOf(const std::string& file) {
  struct stat found = {};
  if (stat(file.c_str(), &found) != 0) return "none";
  return absl::StrCat(found.st_dev, " ", found.st_ino, " ", found.st_size, " ", found.st_mtim.tv_sec, ".",
                      found.st_mtim.tv_nsec);
}

FileStamps StampsNow(const FileStamps& files) {
  FileStamps now;
  for (const auto& [file, stamp] : files) now.emplace(file, StampOf(file));
  return now;
}

}  // namespace zoetrope
