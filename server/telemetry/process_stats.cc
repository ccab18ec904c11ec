#include "server/telemetry/process_stats.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>

namespace zoetrope {
namespace {

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Line `btime` of /proc/stat: when the machine was started, in seconds since the Unix epoch.
double BootTime() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime" && file >> seconds) return seconds;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

// Fields 22 and 23 of /proc/self/stat: the start in ticks since boot, and the size in bytes. They are counted
// from behind the program's name, which may have blanks and brackets.
void ReadStat(ProcessStats& stats) {
  constexpr int kStartTime = 22;
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(line.substr(name_end + 1));
  std::string word;
  for (int field = 3; field < kStartTime; ++field) fields >> word;
  double start_ticks = 0;
  if (!(fields >> start_ticks >> stats.virtual_bytes)) return;
  stats.start_time_seconds = BootTime() + start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.cpu_seconds = SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime);
  }
  std::int64_t pages = 0;
  std::int64_t resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident_pages) {
    stats.resident_bytes = resident_pages * sysconf(_SC_PAGESIZE);
  }
  std::error_code failed;
  for (std::filesystem::directory_iterator it("/proc/self/fd", failed), end; !failed && it != end;
       it.increment(failed)) {
    ++stats.open_fds;
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) stats.max_fds = static_cast<std::int64_t>(files.rlim_cur);
  ReadStat(stats);
  return stats;
}

absl::Status TryWriteBeside(const std::string& path) {
  constexpr std::size_t kBytes = 64 << 10;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const std::string place = folder.empty() ? "." : folder.string();
  // A file without a name goes with its descriptor, whatever happens.
  int descriptor = open(place.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
    std::string name = place + "/.zoetrope-write-check-XXXXXX";
    descriptor = mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) unlink(name.c_str());
  }
  if (descriptor < 0) return absl::ErrnoToStatus(errno, "no file can be made");
  const std::string bytes(kBytes, 'x');
  absl::Status status;
  if (write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    status = absl::ErrnoToStatus(errno == 0 ? ENOSPC : errno, "what is written does not fit");
  if (status.ok() && fdatasync(descriptor) != 0)
    status = absl::ErrnoToStatus(errno, "what is written does not reach the disk");
  close(descriptor);
  return status;
}

std::optional<std::int64_t> FreeBytesAt(const std::string& path) {
  struct statvfs system {};
  if (statvfs(path.c_str(), &system) != 0) return std::nullopt;
  return static_cast<std::int64_t>(system.f_bavail) * static_cast<std::int64_t>(system.f_frsize);
}

}  // namespace zoetrope
