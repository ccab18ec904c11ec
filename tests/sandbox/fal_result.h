#ifndef ZOETROPE_TESTS_SANDBOX_FAL_RESULT_H_
#define ZOETROPE_TESTS_SANDBOX_FAL_RESULT_H_

#include <string>
#include <vector>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// {"detail": [{"loc", "msg", "type", …}]} for the fields that are wrong, as pydantic words them.
Json FalDetail(const std::vector<Violation>& violations, const Json& input);
Json FalPictureDetail(const std::string& field, const std::string& error_type);

// `error` and `error_type` of the status of a failed job; both "" if the status does not tell (validation).
struct FalError {
  std::string error;
  std::string error_type;
};
FalError FalStatusError(const Job& job, JobState state);

// The result as the model would have answered: 200 with the video, or the failure. For a final job only.
Reply FalResult(const Request& request, const Job& job, JobState state);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_FAL_RESULT_H_
