#ifndef ZOETROPE_TESTS_UNIT_CLIENT_CLI_PROCESS_H_
#define ZOETROPE_TESTS_UNIT_CLIENT_CLI_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace zoetrope::cli {

// What the real program did.
struct CliResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// What the program gets for standard output.
enum class Out {
  kFile,
  kTerminal,
  // A device that has no room.
  kFull,
  // A pipe that nobody reads.
  kDeserted,
  // Nothing: the descriptor is not open.
  kClosed,
};

// One run of the real program, with an environment of its own.
class CliProcess {
 public:
  struct Options {
    std::map<std::string, std::string> environment = {{"TERM", "xterm"}};
    // Whether standard error is a terminal.
    bool terminal_err = false;
    Out out = Out::kFile;
    std::string input = {};
  };

  CliProcess(const std::vector<std::string>& arguments, const Options& options);
  ~CliProcess();
  CliProcess(const CliProcess&) = delete;
  CliProcess& operator=(const CliProcess&) = delete;

  // Reads messages until `text` has come, or the program has ended.
  void AwaitMessage(const std::string& text);
  // What Ctrl-C does.
  void Interrupt() const;
  // Waits for the end.
  CliResult Finish();

 private:
  bool ReadMessages();

  pid_t pid_ = -1;
  int err_fd_ = -1;
  int out_fd_ = -1;
  CliResult result_;
};

// Runs the program to its end.
CliResult RunCli(const std::vector<std::string>& arguments, const CliProcess::Options& options = {});

}  // namespace zoetrope::cli

#endif  // ZOETROPE_TESTS_UNIT_CLIENT_CLI_PROCESS_H_
