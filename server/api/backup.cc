#include "server/api/backup.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace zoetrope {
namespace {

// A file system takes 255 bytes, and the draft's name is longer than the copy's.
constexpr std::size_t kNameChars = 200;

// SQLite takes files of these names for the rest of the database that they are named after: a copy called
// so would be played back into another copy.
constexpr const char* kTakenEnds[] = {"-wal", "-shm", "-journal", "-lock"};

bool IsAlphanumeric(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

bool IsNameCharacter(char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; }

// The rule that the name breaks; empty: none.
std::string BrokenByName(const std::string& name, const std::string& store_name) {
  if (name.empty() || name.size() > kNameChars) {
    return absl::StrCat("must end with a name of 1 to ", kNameChars, " characters");
  }
  if (!std::all_of(name.begin(), name.end(), IsNameCharacter) || !IsAlphanumeric(name.front())) {
    return "must end with a name of A-Z, a-z, 0-9, `.`, `_` and `-` that begins with a letter or digit";
  }
  for (const char* end : kTakenEnds) {
    if (absl::EndsWith(name, end)) return absl::StrCat("must not end in `", end, "`, which is SQLite's");
  }
  // Wherever the folder leads, this is not the live file.
  if (name == store_name)
    return absl::StrCat("must not end in `", store_name, "`, which the store's own file is called");
  return "";
}

std::string BrokenBy(const std::string& path, const BackupPlace& place) {
  if (path.empty()) return "is required";
  if (path.front() != '/') return absl::StrCat("must be absolute, directly in ", place.folder);
  const std::size_t slash = path.rfind('/');
  if (std::string_view(path).substr(0, slash) != place.folder) {
    return absl::StrCat("must be directly in ", place.folder,
                        ", which the server's configuration names (store.sqlite.backup_folder)");
  }
  return BrokenByName(path.substr(slash + 1), place.store_name);
}

}  // namespace

absl::Status CheckBackupPath(const std::string& path, const BackupPlace& place) {
  const std::string broken = BrokenBy(path, place);
  if (broken.empty()) return absl::OkStatus();
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{"path", broken}}, {{"folder", place.folder}});
}

absl::Status FromBackup(const absl::Status& status) {
  if (absl::IsAlreadyExists(status)) {
    return MakeFieldError(v1::ERROR_REASON_BACKUP_EXISTS,
                          {{"path", "must be that of no file: nothing is ever replaced"}});
  }
  if (absl::IsFailedPrecondition(status)) {
    return MakeError(v1::ERROR_REASON_BACKUP_RUNNING, "another copy of the store is being made");
  }
  return status;
}

}  // namespace zoetrope
