#ifndef ZOETROPE_TESTS_SANDBOX_VTRIX_H_
#define ZOETROPE_TESTS_SANDBOX_VTRIX_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// Vtrix's generations at /vtrix/model/v1 (https://doc.vtrix.ai/docs/api/openai/sora-2-i2v):
//
//   POST /vtrix/model/v1/generation            {"model", "input": [{"params": {…}}]}, or all of it flat:
//                                              the clients do this, the page shows that
//   POST /vtrix/model/v1/generation/sync       waits up to 15 minutes, then 504 with the id
//   POST /vtrix/model/v1/generation/precharge  the price of the same body
//   GET  /vtrix/model/v1/generation/task/{id}
//
// The marker is the header X-Request-Id.
Reply HandleVtrix(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_VTRIX_H_
