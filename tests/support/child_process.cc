#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/base/real_clock.h"

namespace zoetrope::testing {
namespace {

constexpr int kAskAgainMillis = 10;

int MillisLeft(absl::Duration left) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(left), 0, 3'600'000));
}

// Between fork and exec only what is safe in a process whose other threads are gone.
[[noreturn]] void Become(char* const* words, int log_fd, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the line above.
  if (getppid() != parent) _exit(127);
  // A test's mask would keep the program from being ended.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(log_fd, STDOUT_FILENO);
  dup2(log_fd, STDERR_FILENO);
  execv(words[0], words);
  _exit(127);
}

std::optional<int> ReadPort(const std::string& file) {
  std::ifstream in(file);
  int port = 0;
  return in >> port ? std::optional<int>(port) : std::nullopt;
}

}  // namespace

bool Eventually(absl::Duration most, const std::function<bool()>& condition) {
  RealClock clock;
  const absl::Duration end = clock.Monotonic() + most;
  while (!condition()) {
    if (clock.Monotonic() > end) return false;
    poll(nullptr, 0, kAskAgainMillis);
  }
  return true;
}

ChildProcess::ChildProcess(std::vector<std::string> command, const std::string& log_file) {
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const int log_fd = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Become(words.data(), log_fd, parent);
  close(log_fd);
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

ChildProcess::~ChildProcess() {
  if (!exit_code_) {
    Signal(SIGKILL);
    Wait(absl::Minutes(1));
  }
  if (pid_fd_ >= 0) close(pid_fd_);
}

void ChildProcess::Signal(int signal) const {
  // After the end the number may be another program's.
  if (pid_ > 0 && !exit_code_) kill(pid_, signal);
}

void ChildProcess::LimitFileSize(std::optional<std::uint64_t> bytes) const {
  // The hard limit stays, or the soft one could not be raised again.
  const rlimit limit{bytes.value_or(RLIM_INFINITY), RLIM_INFINITY};
  if (prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr) != 0) std::abort();
}

std::optional<int> ChildProcess::Wait(absl::Duration most) {
  if (exit_code_ || pid_ <= 0) return exit_code_;
  pollfd ended{.fd = pid_fd_, .events = POLLIN, .revents = 0};
  int status = 0;
  if (poll(&ended, 1, MillisLeft(most)) != 1 || waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

std::optional<int> ChildProcess::WaitForPort(const std::string& port_file, absl::Duration most) const {
  RealClock clock;
  const absl::Duration end = clock.Monotonic() + most;
  const std::string folder = std::filesystem::path(port_file).parent_path().string();
  const int changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  // Watched before the first look, so that nothing happens in between unseen.
  inotify_add_watch(changes, folder.c_str(), IN_MOVED_TO);
  std::optional<int> port = ReadPort(port_file);
  while (!port && clock.Monotonic() < end) {
    pollfd either[] = {{.fd = changes, .events = POLLIN, .revents = 0},
                       {.fd = pid_fd_, .events = POLLIN, .revents = 0}};
    poll(either, 2, MillisLeft(end - clock.Monotonic()));
    char dropped[4096];
    while (read(changes, dropped, sizeof(dropped)) > 0) {
    }
    port = ReadPort(port_file);
    if (either[1].revents != 0) break;
  }
  close(changes);
  return port;
}

}  // namespace zoetrope::testing
