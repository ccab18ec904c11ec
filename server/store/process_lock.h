// Keeps a second server off the same file.
#ifndef ZOETROPE_SERVER_STORE_PROCESS_LOCK_H_
#define ZOETROPE_SERVER_STORE_PROCESS_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace zoetrope {

// An exclusive flock on a file of its own beside the database, so that tools can still read the database. The
// kernel lets go of it when the process ends, however that happens. The file stays: removing it would let two
// processes lock two files of one name.
class ProcessLock {
 public:
  // FAILED_PRECONDITION, naming the other process, when it is taken; UNAVAILABLE where the file cannot be
  // made.
  static absl::StatusOr<std::unique_ptr<ProcessLock>> Take(const std::string& path);

  ~ProcessLock();
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

 private:
  explicit ProcessLock(int fd) : fd_(fd) {}

  const int fd_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_PROCESS_LOCK_H_
