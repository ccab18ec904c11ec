// A program that runs beside the test, and never longer than it.
#ifndef ZOETROPE_TESTS_SUPPORT_CHILD_PROCESS_H_
#define ZOETROPE_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace zoetrope::testing {

// Asks again and again until `condition` holds; false: it did not within `most`. For what tells nobody that
// it has changed.
bool Eventually(absl::Duration most, const std::function<bool()>& condition);

// To be started and destroyed by one thread, which lives as long as the program is needed: the kernel kills
// the program when that thread ends, however it ends.
class ChildProcess {
 public:
  // Runs `command`, whose first word is a path. What it prints is appended to `log_file`.
  ChildProcess(std::vector<std::string> command, const std::string& log_file);
  // Kills what still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Signal(int signal) const;

  // Of the running program.
  pid_t pid() const { return pid_; }

  // From now on no file of the program's grows beyond so many bytes, and none is written there; nullopt: they
  // do again.
  void LimitFileSize(std::optional<std::uint64_t> bytes) const;

  // How the program has ended: its exit code, or 128 plus the signal that ended it. nullopt: it still runs
  // after `most`.
  std::optional<int> Wait(absl::Duration most);

  // The port in `port_file`, which the program puts in place in one step once it listens. nullopt: the
  // program has ended, or has written none within `most`.
  std::optional<int> WaitForPort(const std::string& port_file, absl::Duration most) const;

 private:
  pid_t pid_ = -1;
  int pid_fd_ = -1;  // becomes readable when the program ends
  std::optional<int> exit_code_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_CHILD_PROCESS_H_
