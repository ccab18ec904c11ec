#ifndef ZOETROPE_TESTS_SANDBOX_WEBHOOK_BOOK_H_
#define ZOETROPE_TESTS_SANDBOX_WEBHOOK_BOOK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

// Where a project wants to be told of all its jobs, where a provider does not ask for that with each request.
struct WebhookEndpoint {
  std::string id;
  std::string name;
  std::string url;
  std::vector<std::string> event_types;
  std::string secret;  // that its messages are signed with
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
};

// A message that is owed to a client when its job ends.
struct Webhook {
  std::uint64_t job = 0;  // seq
  int index = 0;          // Runware sends one message per result
  std::string url;
  std::string host;     // as the client addressed us: the URLs of the message are made of it
  bool secure = false;  // and of this, that it came by TLS
  std::string secret;   // of the endpoint; "" where the provider has one for everything
  int tried = 0;
  bool forged = false;  // its signature is wrong
};

// What became of one delivery.
struct WebhookDelivery {
  Provider provider = Provider::kRunpod;
  std::string id;  // of the job
  std::string url;
  int status = 0;  // 0 = no answer, -1 = never sent, because the URL is not one of this machine
  int tried = 0;   // 1 for the first
  std::int64_t at_ms = 0;
};

// What is still owed, by time, and the last deliveries. Bounded: beyond 100 000 debts new ones are dropped.
class WebhookBook {
 public:
  void Owe(Webhook webhook, std::int64_t due_ms);
  // Everything of this job that is owed later is due now.
  void Hurry(std::uint64_t job, std::int64_t now_ms);
  // Takes what is due, at most `limit`.
  std::vector<Webhook> TakeDue(std::int64_t now_ms, std::size_t limit);

  void Record(WebhookDelivery delivery);
  const std::deque<WebhookDelivery>& deliveries() const { return deliveries_; }  // the last 1000
  std::size_t owed() const { return owed_.size(); }
  void Clear();

 private:
  std::multimap<std::int64_t, Webhook> owed_;
  std::deque<WebhookDelivery> deliveries_;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WEBHOOK_BOOK_H_
