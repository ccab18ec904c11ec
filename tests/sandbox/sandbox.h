#ifndef ZOETROPE_TESTS_SANDBOX_SANDBOX_H_
#define ZOETROPE_TESTS_SANDBOX_SANDBOX_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// The whole simulator as a function from request to reply: finds the dialect by the prefix of the path, or by
// the name of the host (host_names.h). Knows nothing of sockets; HttpServer carries it.
Reply HandleRequest(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_SANDBOX_H_
