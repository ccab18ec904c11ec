#ifndef ZOETROPE_TESTS_SANDBOX_WEBHOOK_H_
#define ZOETROPE_TESTS_SANDBOX_WEBHOOK_H_

#include <string>
#include <vector>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/webhook_book.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// A POST that is to be made now.
struct OutgoingWebhook {
  Webhook webhook;
  Headers headers;
  std::string body;
};

// Notes that the job's end is to be told to `url`; nothing if that is "". The faults of the job decide
// whether it is told at all, twice, late or with a wrong signature. `secret` is the endpoint's, if it has
// one.
void OweWebhooks(World* world, const Request& request, Job* job, const std::string& url,
                 const std::string& secret = "");

// What is due, written and signed as its provider does, at most `limit`. Each must be given back to
// WebhookAnswered.
std::vector<OutgoingWebhook> TakeDueWebhooks(World* world, std::size_t limit);

// `status` of the answer; 0 if there was none, -1 if the URL was not allowed. What was not accepted is owed
// again, as often and after such pauses as the provider says.
void WebhookAnswered(World* world, OutgoingWebhook sent, int status);

// {"owed": n, "deliveries": [{"provider","id","url","status","try","at_ms"}]}
Json ShowWebhooks(const World& world);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WEBHOOK_H_
