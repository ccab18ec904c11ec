// One HTTP request of a test.
#ifndef ZOETROPE_TESTS_SUPPORT_PLAIN_HTTP_H_
#define ZOETROPE_TESTS_SUPPORT_PLAIN_HTTP_H_

#include <string>

namespace zoetrope::testing {

struct PlainReply {
  int status = 0;  // 0: no answer came within half a minute
  std::string body;
};

// A GET sends no body.
PlainReply PlainCall(const std::string& method, const std::string& url, const std::string& body = "");

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_PLAIN_HTTP_H_
