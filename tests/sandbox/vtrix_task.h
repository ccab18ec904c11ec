#ifndef ZOETROPE_TESTS_SANDBOX_VTRIX_TASK_H_
#define ZOETROPE_TESTS_SANDBOX_VTRIX_TASK_H_

#include <string>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// The task as its calls show it: output and usage when completed, error when failed. Costs are texts.
Json VtrixTask(const Request& request, const Job& job, JobState state, std::int64_t now_ms);

// An amount as `usage.cost` has it: dollars with at least two decimals.
std::string VtrixAmount(std::int64_t nanos);

// What is wrong with the parameters, as one text; "" if nothing is.
std::string VtrixParamsError(const Endpoint& endpoint, const Json& params);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_VTRIX_TASK_H_
