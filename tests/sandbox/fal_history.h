#ifndef ZOETROPE_TESTS_SANDBOX_FAL_HISTORY_H_
#define ZOETROPE_TESTS_SANDBOX_FAL_HISTORY_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// fal's history of requests, instead of https://api.fal.ai/v1:
//
//   GET /fal/platform/v1/models/requests/by-endpoint   ?endpoint_id, start, end, status, request_id,
//                                                       expand=payloads, limit, cursor
//
// The newest end first. It is sorted and bounded by when requests ended, so what still runs is not in it.
Reply HandleFalHistory(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_FAL_HISTORY_H_
