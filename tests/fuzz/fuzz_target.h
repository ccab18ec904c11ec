// What all fuzz targets are made of. A target is one function that takes any bytes; libFuzzer calls it, and
// replay_main.cc does in builds without libFuzzer.
#ifndef ZOETROPE_TESTS_FUZZ_FUZZ_TARGET_H_
#define ZOETROPE_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// Returns 0. Pure: the same input does the same each time, or what is found cannot be found again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace zoetrope::fuzz {

// Ends the program as a sanitizer would: the fuzzer then keeps the input.
[[noreturn]] inline void Fail(const char* file, int line, const std::string& broken) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, broken.c_str());
  std::abort();
}

inline std::string_view TextOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first line, without its end, off `text`; all of it where it has no end.
inline std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Takes the first byte off `text`; 0 where there is none.
inline unsigned TakeByte(std::string_view& text) {
  if (text.empty()) return 0;
  const unsigned byte = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return byte;
}

}  // namespace zoetrope::fuzz

// A property of every input. Not an assert: it holds in every build.
#define FUZZ_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::zoetrope::fuzz::Fail(__FILE__, __LINE__, #condition))

// The same for checkers that say which rule is broken, and "" where none is.
#define FUZZ_CHECK_NONE(problem)                                             \
  do {                                                                       \
    const std::string broken = (problem);                                    \
    if (!broken.empty()) ::zoetrope::fuzz::Fail(__FILE__, __LINE__, broken); \
  } while (false)

#endif  // ZOETROPE_TESTS_FUZZ_FUZZ_TARGET_H_
