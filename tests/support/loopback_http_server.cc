#include "tests/support/loopback_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

namespace zoetrope::testing {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::size_t ContentLength(std::string_view head) {
  const std::string lower = Lower(head);
  const std::size_t at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : static_cast<std::size_t>(std::atoll(lower.c_str() + at + 17));
}

}  // namespace

bool LoopbackRequest::HeadHas(std::string_view text) const {
  return Lower(head).find(Lower(text)) != std::string::npos;
}

LoopbackPeer::~LoopbackPeer() {
  if (tls_ != nullptr && !cut_) SSL_shutdown(tls_.get());
  tls_.reset();
  ERR_clear_error();
}

bool LoopbackPeer::Handshake(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), fd_);
  return SSL_accept(tls_.get()) == 1;
}

bool LoopbackPeer::Fill() {
  std::array<char, 65'536> bytes;
  const long count = tls_ != nullptr ? SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                     : recv(fd_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<LoopbackRequest> LoopbackPeer::Read() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  LoopbackRequest request;
  request.head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  request.method = request.head.substr(0, request.head.find(' '));
  const std::size_t target = request.method.size() + 1;
  request.target = request.head.substr(target, request.head.find(' ', target) - target);
  request.nth = ++requests_;
  ++server_->requests_;
  if (request.method == "POST") ++server_->posts_;
  const std::size_t length = ContentLength(request.head);
  while (buffer_.size() < length) {
    if (!Fill()) return std::nullopt;
  }
  request.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return request;
}

std::string LoopbackPeer::ReadSome() {
  if (buffer_.empty()) Fill();
  return std::exchange(buffer_, {});
}

bool LoopbackPeer::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const long count = tls_ != nullptr ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                       : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void LoopbackPeer::Reply(int status, std::string_view body, std::string_view headers) {
  std::string text =
      "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  Write(text.append(headers).append("\r\n").append(body));
}

void LoopbackPeer::WaitForEnd() {
  while (Fill()) buffer_.clear();
}

void LoopbackPeer::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  cut_ = true;
}

void LoopbackPeer::Cut() { cut_ = true; }

LoopbackHttpServer::LoopbackHttpServer(Script script, Options options)
    : script_(std::move(script)), options_(std::move(options)) {
  if (options_.tls != nullptr) context_ = options_.tls->NewServerContext(options_.protocol);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (options_.receive_buffer > 0) {
    setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer, sizeof(options_.receive_buffer));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  listen(listener_, 4096);
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackHttpServer::~LoopbackHttpServer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Served& served : served_) shutdown(served.fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (Served& served : served_) {
    served.thread.join();
    close(served.fd);
  }
  close(listener_);
}

std::string LoopbackHttpServer::Url(std::string_view path) const {
  std::string url = options_.tls != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:";
  return url.append(std::to_string(port_)).append(path);
}

void LoopbackHttpServer::Accept() {
  // OpenSSL writes with write(2); a client that hung up must not end the test.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  for (int fd = 0; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    const int index = ++connections_;
    std::lock_guard lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    // Descriptors stay open until the end, shut down: a number that came back meanwhile would be shut down
    // for another's sake.
    served_.push_back({fd, std::thread([this, fd, index] {
                         {
                           LoopbackPeer peer(this, fd, index);
                           if (context_ == nullptr || peer.Handshake(context_.get())) script_(peer);
                           if (peer.cut_) {
                             // A reset needs a close, not a shutdown; connect(AF_UNSPEC) sends one on an open
                             // descriptor.
                             const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
                             linger now{};
                             socklen_t size = sizeof(now);
                             getsockopt(fd, SOL_SOCKET, SO_LINGER, &now, &size);
                             if (now.l_onoff != 0) connect(fd, &none, sizeof(none));
                           }
                         }
                         shutdown(fd, SHUT_RDWR);
                       })});
  }
}

LoopbackHttpServer::Script LoopbackHttpServer::Answer(std::string body) {
  return [body = std::move(body)](LoopbackPeer& peer) {
    while (peer.Read()) peer.Reply(200, body);
  };
}

}  // namespace zoetrope::testing
