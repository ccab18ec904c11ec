#ifndef ZOETROPE_TESTS_SANDBOX_RUNPOD_JOB_H_
#define ZOETROPE_TESTS_SANDBOX_RUNPOD_JOB_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// The job object that /status, /runsync, /cancel and the webhook share.
Json RunpodJob(const Request& request, const Job& job, JobState state);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_RUNPOD_JOB_H_
