#ifndef ZOETROPE_TESTS_SANDBOX_WEBSOCKET_H_
#define ZOETROPE_TESTS_SANDBOX_WEBSOCKET_H_

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "tests/sandbox/http_message.h"

namespace zoetrope::sandbox {

// A connection that became a WebSocket (RFC 6455). Each message of the client is a request of the method
// MESSAGE to the path of the upgrade, with its headers; the reply's body is the message that goes back.
// Replies may come in another order than their requests. What breaks a reply (see Delivery) breaks the
// connection.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // Answers the upgrade and begins to read.
  virtual void Start() = 0;
  // Ends the connection without the closing handshake, as a peer that dies does.
  virtual void Close() = 0;
};

// `upgrade` is the request that asked for it. `closed` is called once, when the connection is over. Runs on
// the socket's executor.
std::shared_ptr<WebSocket> MakeWebSocket(boost::asio::ip::tcp::socket socket, Request upgrade,
                                         Handler handler, std::size_t max_message_bytes,
                                         std::function<void(const std::shared_ptr<WebSocket>&)> closed);

// True for a request that asks for a WebSocket.
bool AsksForWebSocket(const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WEBSOCKET_H_
