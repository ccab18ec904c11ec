#include "server/base/process.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>

namespace zoetrope {

void AdjustProcess() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a full disk, which the store survives
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // A core that goes to a program is not held by that limit. Whatever core there is has nothing of the memory
  // (core(5), coredump_filter).
  std::ofstream("/proc/self/coredump_filter") << "0";
}

}  // namespace zoetrope
