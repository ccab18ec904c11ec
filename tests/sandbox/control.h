#ifndef ZOETROPE_TESTS_SANDBOX_CONTROL_H_
#define ZOETROPE_TESTS_SANDBOX_CONTROL_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// What tests use and providers do not have:
//
//   GET  /_sandbox/health
//   GET  /_sandbox/ledger[?provider=&prompt_contains=&summary=1]
//   POST /_sandbox/reset                      forgets jobs, counts, pictures and faults
//   GET, PUT /_sandbox/faults                 the fault script
//   GET  /_sandbox/webhooks                   what is owed and what was delivered
Reply HandleControl(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_CONTROL_H_
