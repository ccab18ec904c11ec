#include "server/config/port_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace zoetrope {

absl::Status WritePortFile(const std::string& path, int port) {
  const std::string temporary = path + ".tmp";
  bool written = false;
  {
    std::ofstream file(temporary, std::ios::trunc);
    file << port << "\n";
    written = static_cast<bool>(file.flush());
  }
  std::error_code error;
  if (written) std::filesystem::rename(temporary, path, error);
  if (written && !error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write `", path, "`"));
}

}  // namespace zoetrope
