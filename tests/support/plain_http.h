// One HTTP request of a test, and the status of its answer.
#ifndef ZOETROPE_TESTS_SUPPORT_PLAIN_HTTP_H_
#define ZOETROPE_TESTS_SUPPORT_PLAIN_HTTP_H_

#include <string>

namespace zoetrope::testing {

// 0: no answer came within half a minute. A GET sends no body.
int HttpStatus(const std::string& method, const std::string& url, const std::string& body = "");

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_PLAIN_HTTP_H_
