// What this process takes of its machine, in the units of the standard process metrics.
#ifndef ZOETROPE_SERVER_TELEMETRY_PROCESS_STATS_H_
#define ZOETROPE_SERVER_TELEMETRY_PROCESS_STATS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace zoetrope {

// What cannot be read stays 0.
struct ProcessStats {
  double cpu_seconds = 0;  // of all threads, in user and kernel mode
  std::int64_t resident_bytes = 0;
  std::int64_t virtual_bytes = 0;
  std::int64_t open_fds = 0;
  std::int64_t max_fds = 0;
  double start_time_seconds = 0;  // since the Unix epoch
};

// Reads /proc/self (proc(5)). Any thread; costs some ten microseconds, and more with many descriptors.
ProcessStats ReadProcessStats();

// What an unprivileged writer may still write to the file system that has `path`; nullopt: it cannot be told.
std::optional<std::int64_t> FreeBytesAt(const std::string& path);

// Whether the folder of `path` takes 64 KiB that survive a loss of power. Leaves nothing there. Waits for the
// disk.
absl::Status TryWriteBeside(const std::string& path);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_PROCESS_STATS_H_
