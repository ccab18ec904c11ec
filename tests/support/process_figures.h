// What a running program takes of the machine, as Linux tells it.
#ifndef ZOETROPE_TESTS_SUPPORT_PROCESS_FIGURES_H_
#define ZOETROPE_TESTS_SUPPORT_PROCESS_FIGURES_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace zoetrope::testing {

struct ProcessFigures {
  std::int64_t memory_kib = 0;       // resident now
  std::int64_t memory_peak_kib = 0;  // most that ever was
  int threads = 0;
  int descriptors = 0;
};

// Whether what a program takes is what it needs: a sanitizer keeps what was freed, and more beside it.
#if defined(ZOETROPE_SANITIZED)
inline constexpr bool kMemoryIsItsOwn = false;
#else
inline constexpr bool kMemoryIsItsOwn = true;
#endif

// All 0 where there is no such process.
inline ProcessFigures ReadProcess(pid_t pid) {
  ProcessFigures figures;
  const std::string folder = absl::StrCat("/proc/", pid);
  std::ifstream status(folder + "/status");
  std::string word;
  while (status >> word) {
    if (word == "VmRSS:") status >> figures.memory_kib;
    if (word == "VmHWM:") status >> figures.memory_peak_kib;
    if (word == "Threads:") status >> figures.threads;
  }
  std::error_code error;
  for (auto it = std::filesystem::directory_iterator(folder + "/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    ++figures.descriptors;
  }
  return figures;
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_PROCESS_FIGURES_H_
