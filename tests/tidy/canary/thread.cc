// Writes one number from two threads. Under ThreadSanitizer this must not go unnoticed; see
// ../CMakeLists.txt.
#include <cstdio>
#include <thread>

namespace {
int shared = 0;
}

int main() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
  std::printf("nobody noticed %d\n", shared);
}
