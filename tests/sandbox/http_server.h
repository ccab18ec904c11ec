#ifndef ZOETROPE_TESTS_SANDBOX_HTTP_SERVER_H_
#define ZOETROPE_TESTS_SANDBOX_HTTP_SERVER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/websocket.h"

namespace zoetrope::sandbox {

struct ServerLimits {
  std::size_t body_bytes = 32u << 20;
  std::uint32_t header_bytes = 64u << 10;
  std::size_t connections = 20'000;
  std::int64_t idle_ms = 120'000;  // a connection without a request for so long is closed
};

// HTTP/1.1 with keep-alive on one io thread (the one that runs the io_context). The handler runs there too,
// so that the world behind it needs no locks; what a reply does on the worker runs on a pool of one thread.
//
// Knows how to misbehave (see Delivery). Framing is written by hand: a library would rightly refuse to send
// what some faults are made of. A connection becomes a WebSocket if its handler answers the upgrade with 101.
// tls_server.h puts TLS and HTTP/2 in front of the same Handler.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context* io, Handler handler, ServerLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Port 0 picks a free one. Throws boost::system::system_error if the address cannot be had.
  void Listen(const boost::asio::ip::tcp::endpoint& endpoint);
  std::uint16_t port() const;

  // Closes the listener and every connection. After it, run() of the io_context returns.
  void Stop();

 private:
  class Session;

  void Accept();
  void SweepIdle();
  // What the handler answers; a mistake of the handler is a 500.
  Reply Handle(const Request& request);
  void Upgrade(boost::asio::ip::tcp::socket socket, Request request);

  Handler handler_;
  ServerLimits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer sweeper_;
  boost::asio::steady_timer backoff_;
  boost::asio::thread_pool worker_{1};
  std::set<std::shared_ptr<Session>> sessions_;
  std::set<std::shared_ptr<WebSocket>> websockets_;
  bool stopped_ = false;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_HTTP_SERVER_H_
