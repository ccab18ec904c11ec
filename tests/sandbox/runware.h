#ifndef ZOETROPE_TESTS_SANDBOX_RUNWARE_H_
#define ZOETROPE_TESTS_SANDBOX_RUNWARE_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// Runware at POST /runware/v1 (https://runware.ai/docs/platform/introduction): the body is an array of tasks,
// the reply
// {"data": […], "errors": […]}. Tasks: authentication, ping, videoInference, getResponse, getTaskDetails,
// imageUpload, mediaStorage.
//
// The same path takes a WebSocket, as wss://ws-api.runware.ai/v1 does: the first message authenticates, and
// each message is an array of tasks.
//
// The client names its task (taskUUID). A name that was accepted once is refused with conflictTaskUUID; a
// task that failed validation does not use its name up. A reply is 200 as long as any task has something to
// say, otherwise it has the status of its first error.
Reply HandleRunware(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_RUNWARE_H_
