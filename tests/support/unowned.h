// What a test owns itself, for those who want a share in it.
#ifndef ZOETROPE_TESTS_SUPPORT_UNOWNED_H_
#define ZOETROPE_TESTS_SUPPORT_UNOWNED_H_

#include <memory>

namespace zoetrope::testing {

// `value` outlives every copy.
template <typename T>
std::shared_ptr<const T> Unowned(const T& value) {
  return std::shared_ptr<const T>(std::shared_ptr<void>(), &value);
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_UNOWNED_H_
