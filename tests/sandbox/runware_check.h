#ifndef ZOETROPE_TESTS_SANDBOX_RUNWARE_CHECK_H_
#define ZOETROPE_TESTS_SANDBOX_RUNWARE_CHECK_H_

#include <string>
#include <string_view>

#include "tests/sandbox/request_tables.h"

namespace zoetrope::sandbox {

// One entry of "errors". Empty texts are left out.
Json RunwareError(const Json& task, std::string_view code, std::string_view message,
                  std::string_view parameter = "");

// Everything that is wrong with a videoInference task: the fields of the table, and the rules between them
// that https://runware.ai/docs/models/openai-sora-2 states under "Compatibility & Validation". An empty array
// if nothing is.
Json CheckRunwareTask(const Endpoint& endpoint, const Json& task);

bool IsUuidV4(std::string_view text);

// The picture of the first frame as the task names it, or "".
std::string FirstFrame(const Json& task);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_RUNWARE_CHECK_H_
