#include "tests/sandbox/websocket.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <deque>
#include <utility>

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// A client that asks faster than it reads.
constexpr std::size_t kMaxWaitingReplies = 1000;

class Session final : public WebSocket, public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Request upgrade, Handler handler, std::size_t max_message_bytes,
          std::function<void(const std::shared_ptr<WebSocket>&)> closed)
      : stream_(std::move(socket)),
        upgrade_(std::move(upgrade)),
        handler_(std::move(handler)),
        closed_(std::move(closed)) {
    stream_.read_message_max(max_message_bytes);
  }

  void Start() override {
    head_.method(http::verb::get);
    head_.target(upgrade_.path);
    head_.version(11);
    for (const auto& [name, value] : upgrade_.headers) head_.insert(name, value);
    stream_.async_accept(head_, [self = shared_from_this()](error_code error) {
      if (error) return self->Close();
      self->Read();
    });
  }

  void Close() override {
    if (std::exchange(over_, true)) return;
    error_code ignored;
    stream_.next_layer().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.next_layer().close(ignored);
    closed_(shared_from_this());
  }

 private:
  void Read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error || self->over_) return self->Close();
      Request message = self->upgrade_;
      message.method = "MESSAGE";
      message.body = boost::beast::buffers_to_string(self->buffer_.data());
      self->buffer_.consume(self->buffer_.size());
      self->Continue(self->handler_(message));
      if (!self->over_) self->Read();
    });
  }

  // Follows a reply that is not known yet until it is.
  void Continue(Reply reply) {
    if (!reply.next && reply.delay_ms <= 0) return Deliver(reply);
    auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor());
    timer->expires_after(std::chrono::milliseconds(reply.delay_ms));
    timer->async_wait([self = shared_from_this(), timer, reply = std::move(reply)](error_code error) {
      if (error || self->over_) return;
      if (reply.next) return self->Continue(reply.next());
      self->Deliver(reply);
    });
  }

  void Deliver(const Reply& reply) {
    for (const auto& header : reply.remember) {
      std::erase_if(upgrade_.headers, [&](const auto& known) { return known.first == header.first; });
      upgrade_.headers.push_back(header);
    }
    const bool breaks = reply.delivery != Delivery::kNormal && reply.delivery != Delivery::kDrip;
    if (breaks || waiting_.size() >= kMaxWaitingReplies) return Close();
    waiting_.push_back(reply.blob ? *reply.blob : reply.body);
    if (waiting_.size() == 1) Write();
  }

  void Write() {
    stream_.text(true);
    stream_.async_write(asio::buffer(waiting_.front()),
                        [self = shared_from_this()](error_code error, std::size_t) {
                          if (error || self->over_) return self->Close();
                          self->waiting_.pop_front();
                          if (!self->waiting_.empty()) self->Write();
                        });
  }

  boost::beast::websocket::stream<tcp::socket> stream_;
  Request upgrade_;
  http::request<http::empty_body> head_;
  Handler handler_;
  std::function<void(const std::shared_ptr<WebSocket>&)> closed_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> waiting_;  // the first is being written
  bool over_ = false;
};

}  // namespace

std::shared_ptr<WebSocket> MakeWebSocket(tcp::socket socket, Request upgrade, Handler handler,
                                         std::size_t max_message_bytes,
                                         std::function<void(const std::shared_ptr<WebSocket>&)> closed) {
  return std::make_shared<Session>(std::move(socket), std::move(upgrade), std::move(handler),
                                   max_message_bytes, std::move(closed));
}

bool AsksForWebSocket(const Request& request) {
  return request.method == "GET" && LowerCase(request.Header("upgrade")) == "websocket";
}

}  // namespace zoetrope::sandbox
