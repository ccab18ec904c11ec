// Waits for the callback of a call that another thread answers.
#ifndef ZOETROPE_TESTS_SUPPORT_AWAIT_H_
#define ZOETROPE_TESTS_SUPPORT_AWAIT_H_

#include <future>
#include <memory>
#include <utility>

namespace zoetrope::testing {

// `call` gets the callback and hands it on; the answer is returned. Waits without end: ctest has the time
// limit.
template <typename T, typename Call>
T Await(Call&& call) {
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> answer = promise->get_future();
  call([promise](T value) { promise->set_value(std::move(value)); });
  return answer.get();
}

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_AWAIT_H_
