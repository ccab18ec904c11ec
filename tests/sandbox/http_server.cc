#include "tests/sandbox/http_server.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string_view ReasonPhrase(int status) {
  if (status == 499) return "Client Closed Request";
  return View(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))));
}

Request ToRequest(http::request<http::string_body>&& message) {
  Request request;
  request.method = std::string(View(message.method_string()));
  SetTarget(View(message.target()), &request);
  for (const auto& field : message) {
    request.headers.emplace_back(LowerCase(View(field.name_string())), std::string(View(field.value())));
  }
  request.body = std::move(message.body());
  return request;
}

std::size_t BodySize(const Reply& reply) { return reply.blob ? reply.blob->size() : reply.body.size(); }

// As RFC 9110 §5.6.7 writes it.
std::string DateText() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return text.data();
}

std::string HeaderText(const Reply& reply, bool keep_alive) {
  std::string text;
  text.reserve(256);
  text.append("HTTP/1.1 ")
      .append(std::to_string(reply.status))
      .append(" ")
      .append(ReasonPhrase(reply.status));
  text.append("\r\nServer: zoetrope-sandbox\r\nDate: ").append(DateText());
  text.append("\r\nContent-Type: ").append(reply.content_type).append("\r\n");
  if (reply.delivery != Delivery::kStream) {
    text.append("Content-Length: ").append(std::to_string(BodySize(reply))).append("\r\n");
  }
  for (const auto& [name, value] : reply.headers) text.append(name).append(": ").append(value).append("\r\n");
  if (!keep_alive) text.append("Connection: close\r\n");
  return text.append("\r\n");
}

}  // namespace

// One connection: read a request, have it answered, write the reply, and so on. Owns itself by shared_ptr
// while an operation is under way.
class HttpServer::Session : public std::enable_shared_from_this<HttpServer::Session> {
 public:
  Session(HttpServer* server, tcp::socket socket)
      : server_(server),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        active_(SteadyClock::now()) {}

  void Start() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    ReadHeader();
  }

  void Close() {
    error_code ignored;
    timer_.cancel(ignored);
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    server_->sessions_.erase(shared_from_this());
  }

  bool IdleSince(SteadyClock::time_point limit) const { return reading_ && active_ < limit; }

 private:
  void ReadHeader() {
    parser_.emplace();
    parser_->body_limit(server_->limits_.body_bytes);
    parser_->header_limit(server_->limits_.header_bytes);
    reading_ = true;
    http::async_read_header(
        socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
          if (error) return self->Broken(error);
          self->active_ = SteadyClock::now();
          self->expects_ = boost::beast::iequals(self->parser_->get()[http::field::expect], "100-continue");
          if (!self->expects_) return self->ReadBody();
          self->header_ = "HTTP/1.1 100 Continue\r\n\r\n";
          asio::async_write(self->socket_, asio::buffer(self->header_),
                            [self](error_code failed, std::size_t) {
                              if (failed) return self->Close();
                              self->ReadBody();
                            });
        });
  }

  void ReadBody() {
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->Broken(error);
      self->reading_ = false;
      self->keep_alive_ = self->parser_->get().keep_alive();
      self->head_ = self->parser_->get().method() == http::verb::head;
      self->Answer();
    });
  }

  void Answer() {
    Request request = ToRequest(parser_->release());
    Reply reply = server_->Handle(request);
    if (reply.status != 101) return Continue(std::move(reply));
    const std::shared_ptr<Session> self = shared_from_this();
    server_->sessions_.erase(self);
    server_->Upgrade(std::move(socket_), std::move(request));
  }

  // The request could not be read: says so if it is the client's fault and ends the connection.
  void Broken(const error_code& error) {
    Reply reply;
    reply.body = R"({"error":"malformed request"})";
    if (error == http::error::body_limit) {
      reply.status = 413;
    } else if (error == http::error::header_limit) {
      reply.status = 431;
    } else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      reply.status = 400;
    } else {
      return Close();
    }
    keep_alive_ = false;
    Write(std::move(reply));
  }

  // Follows a reply that is not known yet until it is.
  void Continue(Reply reply) {
    if (reply.delivery == Delivery::kStream) return StartStream(std::move(reply));
    if (reply.next && reply.next_on_worker) {
      asio::post(server_->worker_, [self = shared_from_this(), next = std::move(reply.next)] {
        Reply ready = next();
        asio::post(self->socket_.get_executor(),
                   [self, ready = std::move(ready)]() mutable { self->Continue(std::move(ready)); });
      });
      return;
    }
    if (!reply.next && reply.delay_ms <= 0) return Write(std::move(reply));
    const std::int64_t delay = reply.delay_ms;
    After(delay, [self = shared_from_this(), reply = std::move(reply)]() mutable {
      if (reply.next) return self->Continue(reply.next());
      self->Write(std::move(reply));
    });
  }

  template <typename Then>
  void After(std::int64_t delay_ms, Then then) {
    timer_.expires_after(std::chrono::milliseconds(delay_ms));
    timer_.async_wait([then = std::move(then)](error_code error) mutable {
      if (!error) then();
    });
  }

  void Write(Reply reply) {
    reply_ = std::move(reply);
    header_ = HeaderText(reply_, keep_alive_);
    switch (reply_.delivery) {
      case Delivery::kClose:
        return Close();
      case Delivery::kReset:
        return Reset();
      case Delivery::kDrip:
        header_ += reply_.blob ? *reply_.blob : reply_.body;
        return Drip(0);
      case Delivery::kTruncated:
        return SendAndClose(BodyView().substr(0, BodySize(reply_) / 2));
      case Delivery::kHalfHeader:
        header_.resize(header_.size() / 2);
        return SendAndClose({});
      default:
        return Send();
    }
  }

  std::string_view BodyView() const { return reply_.blob ? *reply_.blob : reply_.body; }

  void Send() {
    const std::string_view body = head_ ? std::string_view() : BodyView();
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(header_),
                                                       asio::buffer(body.data(), body.size())};
    asio::async_write(socket_, buffers, [self = shared_from_this()](error_code error, std::size_t) {
      if (error || !self->keep_alive_) return self->Close();
      self->reply_ = {};
      self->active_ = SteadyClock::now();
      self->ReadHeader();
    });
  }

  void SendAndClose(std::string_view body) {
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(header_),
                                                       asio::buffer(body.data(), body.size())};
    asio::async_write(socket_, buffers,
                      [self = shared_from_this()](error_code, std::size_t) { self->Close(); });
  }

  void Drip(std::size_t at) {
    if (at >= header_.size()) {
      if (!keep_alive_) return Close();
      return ReadHeader();
    }
    asio::async_write(socket_, asio::buffer(header_.data() + at, 1),
                      [self = shared_from_this(), at](error_code error, std::size_t) {
                        if (error) return self->Close();
                        self->After(self->reply_.drip_ms, [self, at] { self->Drip(at + 1); });
                      });
  }

  // Linger with time 0 makes the kernel throw away what is queued and send RST.
  void Reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
    server_->sessions_.erase(shared_from_this());
  }

  void StartStream(Reply reply) {
    reply_ = std::move(reply);
    keep_alive_ = false;
    header_ = HeaderText(reply_, false) + reply_.body;
    StreamOn();
  }

  void StreamOn() {
    asio::async_write(socket_, asio::buffer(header_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error || !self->reply_.next) return self->Close();
                        self->After(self->reply_.delay_ms, [self] {
                          self->reply_ = self->reply_.next();
                          self->header_ = self->reply_.body;
                          self->StreamOn();
                        });
                      });
  }

  HttpServer* server_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  SteadyClock::time_point active_;
  Reply reply_;
  std::string header_;
  bool reading_ = false;
  bool keep_alive_ = true;
  bool head_ = false;
  bool expects_ = false;
};

HttpServer::HttpServer(asio::io_context* io, Handler handler, ServerLimits limits)
    : handler_(std::move(handler)), limits_(limits), acceptor_(*io), sweeper_(*io), backoff_(*io) {}

// The worker's results are posted to the io_context, so it must be idle before the sessions go.
HttpServer::~HttpServer() {
  Stop();
  worker_.join();
}

void HttpServer::Listen(const tcp::endpoint& endpoint) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(asio::socket_base::max_listen_connections);
  Accept();
  SweepIdle();
}

std::uint16_t HttpServer::port() const { return acceptor_.local_endpoint().port(); }

// A mistake of the simulator must not end it: whoever runs the tests should see which request it was.
Reply HttpServer::Handle(const Request& request) {
  Reply reply;
  try {
    return handler_(request);
  } catch (const std::exception& error) {
    reply.status = 500;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = std::string("zoetrope-sandbox: internal error: ") + error.what() + "\n";
  }
  return reply;
}

void HttpServer::Upgrade(tcp::socket socket, Request request) {
  auto websocket = MakeWebSocket(
      std::move(socket), std::move(request), [this](const Request& message) { return Handle(message); },
      limits_.body_bytes, [this](const std::shared_ptr<WebSocket>& over) { websockets_.erase(over); });
  websockets_.insert(websocket);
  websocket->Start();
}

void HttpServer::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (stopped_) return;
    if (error) {
      // Out of descriptors, most likely: trying again at once would spin.
      backoff_.expires_after(std::chrono::milliseconds(20));
      backoff_.async_wait([this](error_code cancelled) {
        if (!cancelled && !stopped_) Accept();
      });
      return;
    }
    // Above the limit the connection is dropped at once, which a client sees as an empty reply.
    if (sessions_.size() + websockets_.size() < limits_.connections) {
      auto session = std::make_shared<Session>(this, std::move(socket));
      sessions_.insert(session);
      session->Start();
    }
    Accept();
  });
}

// One timer for all connections: a timer per request would cost more than the request.
void HttpServer::SweepIdle() {
  sweeper_.expires_after(std::chrono::seconds(5));
  sweeper_.async_wait([this](error_code error) {
    if (error || stopped_) return;
    const auto limit = SteadyClock::now() - std::chrono::milliseconds(limits_.idle_ms);
    std::vector<std::shared_ptr<Session>> idle;
    for (const auto& session : sessions_) {
      if (session->IdleSince(limit)) idle.push_back(session);
    }
    for (const auto& session : idle) session->Close();
    SweepIdle();
  });
}

void HttpServer::Stop() {
  if (stopped_) return;
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  sweeper_.cancel(ignored);
  backoff_.cancel(ignored);
  const std::vector<std::shared_ptr<Session>> open(sessions_.begin(), sessions_.end());
  for (const auto& session : open) session->Close();
  const std::vector<std::shared_ptr<WebSocket>> upgraded(websockets_.begin(), websockets_.end());
  for (const auto& websocket : upgraded) websocket->Close();
}

}  // namespace zoetrope::sandbox
