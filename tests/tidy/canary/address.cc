// Writes behind the end of an allocation. Under AddressSanitizer this must not go unnoticed; see
// ../CMakeLists.txt.
#include <cstddef>
#include <cstdio>
#include <vector>

int main() {
  std::vector<int> numbers(4);
  volatile std::size_t behind = 4;
  volatile int* first = numbers.data();
  first[behind] = 1;
  std::puts("nobody noticed");
}
