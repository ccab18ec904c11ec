#include "client/cli/standard_output.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <ostream>

namespace zoetrope::cli {

void OccupyStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest number that is free is this one. For reading only: writing must go on to fail.
    if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", O_RDONLY);
  }
}

void OutliveReader() { signal(SIGPIPE, SIG_IGN); }

bool OutputIsTaken(std::ostream& out) { return out.flush().good(); }

ExitCode CheckOutput(ExitCode code, std::ostream& out, std::ostream& err) {
  if (OutputIsTaken(out)) return code;
  err << "error: standard output does not take what was to be printed" << std::endl;
  return code == ExitCode::kOk ? ExitCode::kOutputLost : code;
}

}  // namespace zoetrope::cli
