#include "tests/sandbox/tls_server.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "tests/sandbox/http2_session.h"

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr std::int64_t kHandshakeMs = 10'000;
// How long a client may take to answer a closing notice.
constexpr std::int64_t kCloseMs = 1'000;

// The first of ours that the client offers too.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                   unsigned offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x02h2\x08http/1.1";
  unsigned char* out = nullptr;
  const int result = SSL_select_next_proto(&out, size, kOurs, sizeof kOurs - 1, offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = out;
  return SSL_TLSEXT_ERR_OK;
}

bool ChoseHttp2(TlsStream* stream) {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(stream->native_handle(), &protocol, &size);
  return size == 2 && protocol[0] == 'h' && protocol[1] == '2';
}

// Bytes in both directions between a client and the plain server behind, until either ends.
class Relay final : public TlsConnection, public std::enable_shared_from_this<Relay> {
 public:
  Relay(TlsStream stream, tcp::endpoint behind,
        std::function<void(const std::shared_ptr<TlsConnection>&)> over)
      : client_(std::move(stream)),
        server_(client_.get_executor()),
        timer_(client_.get_executor()),
        behind_(behind),
        over_(std::move(over)) {}

  void Start() override {
    server_.async_connect(behind_, [self = shared_from_this()](error_code error) {
      if (error) return self->Close();
      error_code ignored;
      self->server_.set_option(tcp::no_delay(true), ignored);
      self->FromClient();
      self->FromServer();
    });
  }

  void Close() override {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    timer_.cancel(ignored);
    client_.lowest_layer().close(ignored);
    server_.close(ignored);
    over_(shared_from_this());
  }

 private:
  void FromClient() {
    client_.async_read_some(asio::buffer(up_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (error) return self->Close();
                              asio::async_write(self->server_, asio::buffer(self->up_.data(), size),
                                                [self](error_code failed, std::size_t) {
                                                  if (failed) return self->Close();
                                                  self->FromClient();
                                                });
                            });
  }

  void FromServer() {
    server_.async_read_some(asio::buffer(down_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (error == asio::error::connection_reset) return self->Reset();
                              if (error) return self->End();
                              asio::async_write(self->client_, asio::buffer(self->down_.data(), size),
                                                [self](error_code failed, std::size_t) {
                                                  if (failed) return self->Close();
                                                  self->FromServer();
                                                });
                            });
  }

  // A reset is passed on as one.
  void Reset() {
    error_code ignored;
    client_.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    Close();
  }

  void End() {
    if (closed_) return;
    timer_.expires_after(std::chrono::milliseconds(kCloseMs));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->Close();
    });
    client_.async_shutdown([self = shared_from_this()](error_code) { self->Close(); });
  }

  TlsStream client_;
  tcp::socket server_;
  asio::steady_timer timer_;
  tcp::endpoint behind_;
  std::function<void(const std::shared_ptr<TlsConnection>&)> over_;
  std::array<char, 16384> up_;
  std::array<char, 16384> down_;
  bool closed_ = false;
};

}  // namespace

// A client that has not agreed on keys and a protocol yet.
class TlsServer::Handshake final : public TlsConnection, public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(TlsServer* server, tcp::socket socket)
      : server_(server), stream_(std::move(socket), server->context_), timer_(stream_.get_executor()) {}

  void Start() override {
    timer_.expires_after(std::chrono::milliseconds(kHandshakeMs));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->Close();
    });
    stream_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
      if (error || self->closed_) return self->Close();
      self->Proceed();
    });
  }

  void Close() override {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    timer_.cancel(ignored);
    stream_.lowest_layer().close(ignored);
    server_->Forget(shared_from_this());
  }

 private:
  void Proceed() {
    error_code ignored;
    timer_.cancel(ignored);
    closed_ = true;
    const auto over = [server = server_](const std::shared_ptr<TlsConnection>& done) {
      server->Forget(done);
    };
    const std::shared_ptr<Handshake> self = shared_from_this();
    server_->Forget(self);
    if (ChoseHttp2(&stream_)) {
      server_->Begin(MakeHttp2Session(std::move(stream_), server_->handler_, server_->limits_,
                                      server_->worker_.get_executor(), over));
    } else {
      const tcp::endpoint behind(asio::ip::address_v4::loopback(), server_->plain_.port());
      server_->Begin(std::make_shared<Relay>(std::move(stream_), behind, over));
    }
  }

  TlsServer* server_;
  TlsStream stream_;
  asio::steady_timer timer_;
  bool closed_ = false;
};

TlsServer::TlsServer(asio::io_context* io, const TlsIdentity& identity, Handler handler, ServerLimits limits,
                     std::string* error)
    : handler_([inner = std::move(handler)](const Request& request) {
        // The name that proxies use: URLs in replies must say https too.
        Request secure = request;
        secure.headers.emplace_back("x-forwarded-proto", "https");
        return inner(secure);
      }),
      limits_(limits),
      plain_(io, handler_, limits),
      context_(asio::ssl::context::tls_server),
      acceptor_(*io) {
  error_code wrong;
  context_.use_certificate_chain(asio::buffer(identity.certificate), wrong);
  if (!wrong) context_.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem, wrong);
  if (!wrong && SSL_CTX_check_private_key(context_.native_handle()) != 1) {
    *error = "the key does not belong to the certificate";
    return;
  }
  *error = wrong ? wrong.message() : "";
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(context_.native_handle(), ChooseProtocol, nullptr);
}

// The worker's results are posted to the io_context, so it must be idle before the connections go.
TlsServer::~TlsServer() {
  Stop();
  worker_.join();
}

void TlsServer::Listen(const tcp::endpoint& endpoint) {
  plain_.Listen({asio::ip::address_v4::loopback(), 0});
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(asio::socket_base::max_listen_connections);
  Accept();
}

std::uint16_t TlsServer::port() const { return acceptor_.local_endpoint().port(); }

void TlsServer::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (stopped_ || error == asio::error::operation_aborted) return;
    if (!error && connections_.size() < limits_.connections) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      Begin(std::make_shared<Handshake>(this, std::move(socket)));
    }
    Accept();
  });
}

void TlsServer::Begin(std::shared_ptr<TlsConnection> connection) {
  if (stopped_) return;
  connections_.insert(connection);
  connection->Start();
}

void TlsServer::Stop() {
  if (std::exchange(stopped_, true)) return;
  error_code ignored;
  acceptor_.close(ignored);
  const std::vector<std::shared_ptr<TlsConnection>> open(connections_.begin(), connections_.end());
  for (const auto& connection : open) connection->Close();
  plain_.Stop();
}

}  // namespace zoetrope::sandbox
