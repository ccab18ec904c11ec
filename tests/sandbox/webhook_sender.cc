#include "tests/sandbox/webhook_sender.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <utility>

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxUnderWay = 64;
constexpr std::int64_t kLookMs = 20;
constexpr std::uint32_t kMaxAnswerHeader = 16u << 10;

// A line break in a value would begin a header of the client's choice.
bool IsOneLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

std::string RequestText(const WebhookTarget& target, const OutgoingWebhook& out) {
  std::string text =
      "POST " + target.target + " HTTP/1.1\r\nHost: " + target.host +
      "\r\nUser-Agent: zoetrope-sandbox\r\nContent-Type: application/json\r\nConnection: close\r\n" +
      "Content-Length: " + std::to_string(out.body.size()) + "\r\n";
  for (const auto& [name, value] : out.headers) text.append(name).append(": ").append(value).append("\r\n");
  return text + "\r\n" + out.body;
}

}  // namespace

std::optional<WebhookTarget> ParseWebhookUrl(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!StartsWith(url, kScheme) || !IsOneLine(url)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find('#'));
  const std::size_t end = std::min(url.find_first_of("/?"), url.size());
  WebhookTarget target;
  target.host = std::string(url.substr(0, end));
  target.target = std::string(url.substr(end));
  if (target.target.empty() || target.target.front() != '/') target.target.insert(0, "/");
  std::string_view host = target.host;
  std::uint16_t port = 80;
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.back() != ']') {
    const std::string_view digits = host.substr(colon + 1);
    const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || last != digits.data() + digits.size()) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const asio::ip::address address = asio::ip::make_address(std::string(host), error);
  if (error || !address.is_loopback()) return std::nullopt;
  target.endpoint = {address, port};
  return target;
}

// One POST: connect, write, read the status, close.
class WebhookSender::Delivery : public std::enable_shared_from_this<WebhookSender::Delivery> {
 public:
  Delivery(WebhookSender* sender, OutgoingWebhook out)
      : sender_(sender), out_(std::move(out)), socket_(*sender->io_), timer_(*sender->io_) {}

  void Start(const WebhookTarget& target) {
    text_ = RequestText(target, out_);
    parser_.header_limit(kMaxAnswerHeader);
    timer_.expires_after(std::chrono::milliseconds(sender_->timeout_ms_));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->End(0);
    });
    socket_.async_connect(target.endpoint, [self = shared_from_this()](error_code error) {
      if (error) return self->End(0);
      asio::async_write(self->socket_, asio::buffer(self->text_), [self](error_code failed, std::size_t) {
        if (failed) return self->End(0);
        http::async_read_header(self->socket_, self->buffer_, self->parser_,
                                [self](error_code broken, std::size_t) {
                                  self->End(broken ? 0 : static_cast<int>(self->parser_.get().result_int()));
                                });
      });
    });
  }

  void Drop() {
    over_ = true;
    error_code ignored;
    timer_.cancel(ignored);
    socket_.close(ignored);
  }

 private:
  void End(int status) {
    if (over_) return;
    Drop();
    const std::shared_ptr<Delivery> alive = shared_from_this();
    sender_->deliveries_.erase(alive);
    sender_->answered_(std::move(out_), status);
  }

  WebhookSender* sender_;
  OutgoingWebhook out_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::string text_;
  boost::beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  bool over_ = false;
};

WebhookSender::WebhookSender(asio::io_context* io, Take take, Answered answered, std::int64_t timeout_ms)
    : io_(io), take_(std::move(take)), answered_(std::move(answered)), timeout_ms_(timeout_ms), timer_(*io) {}

WebhookSender::~WebhookSender() { Stop(); }

void WebhookSender::Start() { Look(); }

void WebhookSender::Look() {
  for (OutgoingWebhook& out : take_(kMaxUnderWay - deliveries_.size())) {
    const std::optional<WebhookTarget> target = ParseWebhookUrl(out.webhook.url);
    if (!target) {
      answered_(std::move(out), -1);
      continue;
    }
    auto delivery = std::make_shared<Delivery>(this, std::move(out));
    deliveries_.insert(delivery);
    delivery->Start(*target);
  }
  timer_.expires_after(std::chrono::milliseconds(kLookMs));
  timer_.async_wait([this](error_code error) {
    if (!error && !stopped_) Look();
  });
}

void WebhookSender::Stop() {
  if (std::exchange(stopped_, true)) return;
  error_code ignored;
  timer_.cancel(ignored);
  for (const std::shared_ptr<Delivery>& delivery : deliveries_) delivery->Drop();
  deliveries_.clear();
}

}  // namespace zoetrope::sandbox
