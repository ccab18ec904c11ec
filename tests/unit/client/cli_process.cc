#include "cli_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace zoetrope::cli {
namespace {

// A channel of the program: the end that it gets, and the end that the test reads.
struct Channel {
  int theirs = -1;
  int ours = -1;
};

Channel OpenPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  return {ends[1], ends[0]};
}

Channel OpenTerminal() {
  const int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  grantpt(ours);
  unlockpt(ours);
  return {open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC), ours};
}

// A file in memory: whole before the program starts, and as large as it becomes.
int OpenMemory(const std::string& content) {
  const int fd = memfd_create("cli", MFD_CLOEXEC);
  if (write(fd, content.data(), content.size()) < 0) return -1;
  lseek(fd, 0, SEEK_SET);
  return fd;
}

// Standard output as the test wants it. What it holds is read afterwards, where there is anything to read.
Channel OpenOut(Out out) {
  switch (out) {
    case Out::kTerminal:
      return OpenTerminal();
    case Out::kFull:
      return {open("/dev/full", O_WRONLY | O_CLOEXEC), -1};
    case Out::kDeserted: {
      const Channel pipe = OpenPipe();
      close(pipe.ours);
      return {pipe.theirs, -1};
    }
    case Out::kClosed:
      return {};
    case Out::kFile:
      break;
  }
  // A pipe would fill up; a file in memory holds anything.
  const int memory = OpenMemory("");
  return {fcntl(memory, F_DUPFD_CLOEXEC, 0), memory};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

CliProcess::CliProcess(const std::vector<std::string>& arguments, const Options& options) {
  std::vector<std::string> command = {ZOETROPE_BIN_DIR "/zoetrope"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  const Channel err = options.terminal_err ? OpenTerminal() : OpenPipe();
  const Channel out = OpenOut(options.out);
  const int in = OpenMemory(options.input);
  err_fd_ = err.ours;
  out_fd_ = out.ours;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  if (out.theirs >= 0) posix_spawn_file_actions_adddup2(&actions, out.theirs, STDOUT_FILENO);
  if (out.theirs < 0) posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.theirs, STDERR_FILENO);
  posix_spawn(&pid_, command[0].c_str(), &actions, nullptr, Pointers(command).data(),
              Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(in);
  close(err.theirs);
  if (out.theirs >= 0) close(out.theirs);
}

CliProcess::~CliProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(err_fd_);
  close(out_fd_);
}

bool CliProcess::ReadMessages() {
  char buffer[4096];
  const ssize_t size = read(err_fd_, buffer, sizeof(buffer));
  // A terminal whose other end is closed says EIO instead of the end.
  if (size <= 0) return false;
  result_.err.append(buffer, static_cast<size_t>(size));
  return true;
}

void CliProcess::AwaitMessage(const std::string& text) {
  while (result_.err.find(text) == std::string::npos && ReadMessages()) {
  }
}

void CliProcess::Interrupt() const { kill(pid_, SIGINT); }

CliResult CliProcess::Finish() {
  while (ReadMessages()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  lseek(out_fd_, 0, SEEK_SET);
  char buffer[4096];
  ssize_t size = 0;
  while ((size = read(out_fd_, buffer, sizeof(buffer))) > 0)
    result_.out.append(buffer, static_cast<size_t>(size));
  return result_;
}

CliResult RunCli(const std::vector<std::string>& arguments, const CliProcess::Options& options) {
  return CliProcess(arguments, options).Finish();
}

}  // namespace zoetrope::cli
