#ifndef ZOETROPE_TESTS_SANDBOX_OPENAI_H_
#define ZOETROPE_TESTS_SANDBOX_OPENAI_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// OpenAI's videos at /openai/v1 (https://platform.openai.com/docs/api-reference/videos):
//
//   POST   /openai/v1/videos                 a form or JSON; answers the video object
//   GET    /openai/v1/videos[?limit=&order=&after=]
//   GET    /openai/v1/videos/{id}
//   DELETE /openai/v1/videos/{id}            finished ones only
//   GET    /openai/v1/videos/{id}/content[?variant=video|thumbnail|spritesheet]   needs the key, unlike a CDN
//   POST   /openai/v1/videos/{id}/remix      {"prompt"}; size and seconds are those of the source
//
// and the project's webhooks (openai_webhook.h).
//
// The API has no place for a client's own name of a request but the header X-Client-Request-Id, which it logs
// and which is therefore the marker here.
Reply HandleOpenai(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_OPENAI_H_
