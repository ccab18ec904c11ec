#ifndef ZOETROPE_TESTS_SANDBOX_HTTP2_SESSION_H_
#define ZOETROPE_TESTS_SANDBOX_HTTP2_SESSION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "tests/sandbox/tls_server.h"

namespace zoetrope::sandbox {

// One connection of HTTP/2 (RFC 9113), with up to 100 requests at a time. What breaks a reply is told as
// HTTP/2 can: a close or a reset ends the whole connection, a reply that is cut ends its stream with an error
// after half of its body. `over` is called once, when the connection has ended.
std::shared_ptr<TlsConnection> MakeHttp2Session(
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream, Handler handler, ServerLimits limits,
    boost::asio::thread_pool::executor_type worker,
    std::function<void(const std::shared_ptr<TlsConnection>&)> over);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_HTTP2_SESSION_H_
