// The HTTP/2 side of a server on loopback.
#ifndef ZOETROPE_TESTS_SUPPORT_LOOPBACK_HTTP2_H_
#define ZOETROPE_TESTS_SUPPORT_LOOPBACK_HTTP2_H_

#include <atomic>
#include <functional>
#include <string>

#include "tests/support/loopback_http_server.h"

namespace zoetrope::testing {

struct Http2Request {
  std::string method;
  std::string path;
};

// What to do with a request: answer it with 200 and `body`, or refuse its stream, which asks the client to
// send it again.
struct Http2Answer {
  bool refuse = false;
  std::string body;
};

// What a server has seen, over all its connections; and what it is told.
struct Http2Count {
  // Answers are held back until so many requests wait on a connection.
  std::atomic<int> gather{1};
  std::atomic<int> requests{0};
  std::atomic<int> posts{0};
  std::atomic<int> streams_at_once{0};  // the most that were open together on one connection
};

// A script for a server with `.protocol = "h2"`. `count` must outlive the server.
LoopbackHttpServer::Script ServeHttp2(std::function<Http2Answer(const Http2Request&)> handler,
                                      Http2Count* count);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_LOOPBACK_HTTP2_H_
