#ifndef ZOETROPE_TESTS_SANDBOX_RUNWARE_ITEM_H_
#define ZOETROPE_TESTS_SANDBOX_RUNWARE_ITEM_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// {"taskType", "taskUUID"}: what every item about a task begins with.
Json RunwareItem(const Job& job);
// The entry of "errors" for a task that ran and failed.
Json RunwareFailure(const Job& job);
// One finished result of a task.
Json RunwareResult(const Request& request, const Job& job, int index);
// The body of the webhook about one result: flat, in no array, and without the status of a poll.
Json RunwareMessage(const Request& request, const Job& job, JobState state, int index);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_RUNWARE_ITEM_H_
