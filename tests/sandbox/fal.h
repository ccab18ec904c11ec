#ifndef ZOETROPE_TESTS_SANDBOX_FAL_H_
#define ZOETROPE_TESTS_SANDBOX_FAL_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// fal's queue at /fal/queue and its blocking twin at /fal/run (https://fal.ai/docs/model-endpoints/queue):
//
//   POST /fal/queue/{model id} {"status":"IN_QUEUE","request_id",…,"status_url",…} GET
//   /fal/queue/{owner}/{app}/requests/{id}/status[?logs=1]   202 while unfinished, 200 COMPLETED GET
//   /fal/queue/{owner}/{app}/requests/{id}/status/stream     the same as Server-Sent Events GET
//   /fal/queue/{owner}/{app}/requests/{id}[/response]        the model's own reply: here failures show their
//   status PUT  /fal/queue/{owner}/{app}/requests/{id}/cancel POST /fal/run/{model id} holds the connection
//   until the end
//
// There is no FAILED status: a failed request is COMPLETED, and its result is a 4xx or 5xx.
Reply HandleFal(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_FAL_H_
