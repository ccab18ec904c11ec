// A planted mistake: it reads one byte behind its input where that begins with `zoe`. Whoever fuzzes has to
// find it, or would find nothing anywhere: a build without its sanitizer passes everything.
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool begins = size >= 3 && data[0] == 'z' && data[1] == 'o' && data[2] == 'e';
  const volatile std::uint8_t* const end = data + size;
  if (begins) FUZZ_CHECK(*end < 256);
  return 0;
}
