// A provider that costs next to nothing, in a process of its own: every job that is asked after is under way.
#ifndef ZOETROPE_TESTS_BENCH_PROVIDER_PROCESS_H_
#define ZOETROPE_TESTS_BENCH_PROVIDER_PROCESS_H_

#include <sys/types.h>

#include <string>

#include "absl/time/time.h"

namespace zoetrope::testing {

class ProviderProcess {
 public:
  // Forks: to be made before any thread is there.
  ProviderProcess();
  ~ProviderProcess();
  ProviderProcess(const ProviderProcess&) = delete;

  // `http://127.0.0.1:PORT`
  std::string url() const;
  // What it has spent so far, in steps of 10 ms.
  absl::Duration CpuTime() const;

 private:
  pid_t child_ = -1;
  int port_ = 0;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_BENCH_PROVIDER_PROCESS_H_
