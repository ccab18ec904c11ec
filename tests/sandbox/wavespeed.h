#ifndef ZOETROPE_TESTS_SANDBOX_WAVESPEED_H_
#define ZOETROPE_TESTS_SANDBOX_WAVESPEED_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// WaveSpeed's predictions at /wavespeed/api/v3 (https://wavespeed.ai/docs):
//
//   POST /wavespeed/api/v3/{model id}[?webhook=url]    flat input; enable_sync_mode waits for the end
//   GET  /wavespeed/api/v3/predictions/{id}[/result]
//
// and what wavespeed_account.h has. Every answer is {"code","message","data"}; a failed prediction is a
// success of the call.
Reply HandleWavespeed(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WAVESPEED_H_
