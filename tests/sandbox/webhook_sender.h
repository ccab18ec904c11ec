#ifndef ZOETROPE_TESTS_SANDBOX_WEBHOOK_SENDER_H_
#define ZOETROPE_TESTS_SANDBOX_WEBHOOK_SENDER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/webhook.h"

namespace zoetrope::sandbox {

// Where a webhook goes. Only this machine, and only plain HTTP: a simulator that posts wherever its clients
// say would be a tool for others.
struct WebhookTarget {
  boost::asio::ip::tcp::endpoint endpoint;
  std::string host;    // as the URL has it, for the Host header
  std::string target;  // path and query
};
std::optional<WebhookTarget> ParseWebhookUrl(std::string_view url);

// Posts what is due, a few at a time, on the io_context's thread. Looks every 20 ms.
class WebhookSender {
 public:
  using Take = std::function<std::vector<OutgoingWebhook>(std::size_t limit)>;
  using Answered = std::function<void(OutgoingWebhook, int status)>;

  // An answer that takes longer than `timeout_ms` is none.
  WebhookSender(boost::asio::io_context* io, Take take, Answered answered, std::int64_t timeout_ms = 15'000);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  void Start();
  // Drops what is under way. After it, nothing of this keeps the io_context running.
  void Stop();

 private:
  class Delivery;

  void Look();

  boost::asio::io_context* io_;
  Take take_;
  Answered answered_;
  std::int64_t timeout_ms_;
  boost::asio::steady_timer timer_;
  std::set<std::shared_ptr<Delivery>> deliveries_;
  bool stopped_ = false;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WEBHOOK_SENDER_H_
