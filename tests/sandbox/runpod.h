#ifndef ZOETROPE_TESTS_SANDBOX_RUNPOD_H_
#define ZOETROPE_TESTS_SANDBOX_RUNPOD_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// RunPod's public endpoints, mounted at /runpod (https://docs.runpod.io/public-endpoints):
//
//   POST /runpod/v2/{endpoint}/run                     {"id","status":"IN_QUEUE"}
//   POST /runpod/v2/{endpoint}/runsync[?wait=ms]       waits, and may answer an unfinished job
//   GET  /runpod/v2/{endpoint}/status/{id}             also status-sync/{id}?wait=ms
//   POST /runpod/v2/{endpoint}/cancel/{id}
//   POST /runpod/v2/{endpoint}/retry/{id}
//   GET  /runpod/v2/{endpoint}/stream/{id}             {"status","stream":[{"output"}]}, each chunk once
//   POST /runpod/v2/{endpoint}/purge-queue
//   GET  /runpod/v2/{endpoint}/health                  without a key: 401 = exists, 404 = does not
Reply HandleRunpod(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_RUNPOD_H_
