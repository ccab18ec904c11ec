#ifndef ZOETROPE_TESTS_SANDBOX_TLS_SERVER_H_
#define ZOETROPE_TESTS_SANDBOX_TLS_SERVER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "tests/sandbox/http_server.h"
#include "tests/sandbox/tls_identity.h"

namespace zoetrope::sandbox {

// A connection of a TlsServer.
class TlsConnection {
 public:
  virtual ~TlsConnection() = default;
  virtual void Start() = 0;
  virtual void Close() = 0;
};

// TLS in front of the same Handler, on the thread of the io_context. The client's ALPN chooses: h2 is spoken
// here; anything else is passed byte by byte to a plain HttpServer behind it, so that every way to break a
// reply, and the WebSockets, are those of that server.
class TlsServer {
 public:
  // `error` is "" or why the identity cannot be used; then nothing may be called but the destructor.
  TlsServer(boost::asio::io_context* io, const TlsIdentity& identity, Handler handler, ServerLimits limits,
            std::string* error);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // Port 0 picks a free one. Throws boost::system::system_error if the address cannot be had.
  void Listen(const boost::asio::ip::tcp::endpoint& endpoint);
  std::uint16_t port() const;
  void Stop();

 private:
  class Handshake;

  void Accept();
  void Begin(std::shared_ptr<TlsConnection> connection);
  void Forget(const std::shared_ptr<TlsConnection>& connection) { connections_.erase(connection); }

  Handler handler_;
  ServerLimits limits_;
  HttpServer plain_;
  boost::asio::ssl::context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::thread_pool worker_{1};
  std::set<std::shared_ptr<TlsConnection>> connections_;
  bool stopped_ = false;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_TLS_SERVER_H_
