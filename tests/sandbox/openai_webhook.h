#ifndef ZOETROPE_TESTS_SANDBOX_OPENAI_WEBHOOK_H_
#define ZOETROPE_TESTS_SANDBOX_OPENAI_WEBHOOK_H_

#include <string>
#include <vector>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// OpenAI's webhooks belong to the project and not to a request. What follows is how the official SDK for
// Python sets them up (openai-python 3.52.0, resources/webhooks/webhooks.py):
//
//   POST   /openai/v1/webhook_endpoints        {"name", "url", "event_types"}; shows the secret
//   GET    /openai/v1/webhook_endpoints[?limit=&after=]     newest first
//   GET    /openai/v1/webhook_endpoints/{id}
//   POST   /openai/v1/webhook_endpoints/{id}   changes what is given
//   POST   /openai/v1/webhook_endpoints/{id}/rotate_secret  shows the new one
//   DELETE /openai/v1/webhook_endpoints/{id}
//
// `parts` is the path after "/openai/v1/webhook_endpoints". The key was good.
Reply HandleOpenaiWebhooks(World* world, const Request& request, const std::vector<std::string>& parts);

// Notes that the end of this video is to be told to every endpoint that asked for such ends.
void OweOpenaiWebhooks(World* world, const Request& request, Job* job);

// What such an endpoint is told: {"id","object":"event","created_at","type","data":{"id"}}.
Json OpenaiEvent(const Job& job, JobState state);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_OPENAI_WEBHOOK_H_
