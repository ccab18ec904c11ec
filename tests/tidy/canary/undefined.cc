// Adds one to the largest int. Under UndefinedBehaviorSanitizer this must not go unnoticed; see
// ../CMakeLists.txt.
#include <cstdio>
#include <limits>

int main() {
  volatile int largest = std::numeric_limits<int>::max();
  volatile int sum = largest + 1;
  std::printf("nobody noticed %d\n", sum);
}
