// Gives a target the files of folders: what libFuzzer's own main does with a corpus, for any compiler.
//
//   fuzz_<target> FOLDER...
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

namespace {

void Run(const std::string& bytes) {
  // On the heap and of its exact size, so that a sanitizer sees a read behind the end.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i], error))
      files.push_back(entry.path());
    if (!error) continue;
    std::fprintf(stderr, "%s: %s\n", argv[i], error.message().c_str());
    return 1;
  }
  if (files.empty()) {
    std::fprintf(stderr, "there is nothing to replay\n");
    return 1;
  }
  std::sort(files.begin(), files.end());
  Run("");
  for (const std::filesystem::path& path : files) {
    // Before it runs, because a broken property ends the program.
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    std::ifstream stream(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    Run(bytes);
    Run(bytes.substr(0, bytes.size() / 2));  // as a lost connection leaves it
  }
  std::printf("%zu inputs, each whole and cut in half: every property holds\n", files.size());
  return 0;
}
