// A server on raw sockets that misbehaves exactly where a test says so.
#ifndef ZOETROPE_TESTS_SUPPORT_LOOPBACK_HTTP_SERVER_H_
#define ZOETROPE_TESTS_SUPPORT_LOOPBACK_HTTP_SERVER_H_

#include <openssl/ssl.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "tests/support/loopback_tls.h"

namespace zoetrope::testing {

struct LoopbackRequest {
  std::string method;
  std::string target;
  std::string head;  // request line and headers as they came, without the blank line
  std::string body;
  int nth = 0;  // on its connection, from 1

  // Whether `head` has this text, whatever its case.
  bool HeadHas(std::string_view text) const;
};

class LoopbackHttpServer;

// One accepted connection, in the hands of the script. Ends, closed, when the script returns.
class LoopbackPeer {
 public:
  LoopbackPeer(LoopbackHttpServer* server, int fd, int index) : server_(server), fd_(fd), index_(index) {}
  ~LoopbackPeer();
  LoopbackPeer(const LoopbackPeer&) = delete;

  // Which connection this is, from 1.
  int index() const { return index_; }

  // The next whole request; nullopt when the connection ends before. Understands Content-Length only.
  std::optional<LoopbackRequest> Read();
  // Whatever comes next; empty at the end.
  std::string ReadSome();
  // False when the client has hung up.
  bool Write(std::string_view bytes);
  // A whole answer. `headers`: whole lines with their ends.
  void Reply(int status, std::string_view body, std::string_view headers = {});
  // Waits until the client hangs up or the server is destroyed.
  void WaitForEnd();
  // Ends the connection with RST instead of FIN.
  void Reset();
  // Ends it without close_notify, which a plain return sends under TLS.
  void Cut();
  int fd() const { return fd_; }

 private:
  friend class LoopbackHttpServer;
  bool Handshake(SSL_CTX* context);
  bool Fill();

  LoopbackHttpServer* const server_;
  const int fd_;
  const int index_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
  bool cut_ = false;
  std::string buffer_;
  int requests_ = 0;
};

// Each connection is served by a thread of its own, which runs the script.
class LoopbackHttpServer {
 public:
  using Script = std::function<void(LoopbackPeer&)>;
  struct Options {
    const LoopbackTls* tls = nullptr;  // nullptr: plain
    std::string protocol = "http/1.1";
    int receive_buffer = 0;  // of the sockets; 0: the system's
  };

  explicit LoopbackHttpServer(Script script) : LoopbackHttpServer(std::move(script), Options()) {}
  LoopbackHttpServer(Script script, Options options);
  ~LoopbackHttpServer();

  int port() const { return port_; }
  std::string Url(std::string_view path) const;

  // So far. Requests count when their head is read.
  int connections() const { return connections_; }
  int requests() const { return requests_; }
  int posts() const { return posts_; }

  // A script that answers everything with 200 and `body`, keeping connections open.
  static Script Answer(std::string body);

 private:
  friend class LoopbackPeer;
  void Accept();

  struct Served {
    int fd;
    std::thread thread;
  };

  const Script script_;
  const Options options_;
  std::shared_ptr<SSL_CTX> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::atomic<int> posts_{0};
  std::mutex mutex_;
  std::list<Served> served_;  // by mutex_
  bool stopping_ = false;     // by mutex_
  std::thread acceptor_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_LOOPBACK_HTTP_SERVER_H_
