#include "server/telemetry/process_stats.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

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

std::optional<std::int64_t> FreeBytesAt(const std::string& path) {
  struct statvfs system {};
  if (statvfs(path.c_str(), &system) != 0) return std::nullopt;
  return static_cast<std::int64_t>(system.f_bavail) * static_cast<std::int64_t>(system.f_frsize);
}

}  // namespace zoetrope
