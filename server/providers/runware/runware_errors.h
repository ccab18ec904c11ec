// Runware's error codes by family, as its own clients sort them (runware.ai/docs/platform/errors).
#ifndef ZOETROPE_SERVER_PROVIDERS_RUNWARE_RUNWARE_ERRORS_H_
#define ZOETROPE_SERVER_PROVIDERS_RUNWARE_RUNWARE_ERRORS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/providers/http_classes.h"
#include "server/providers/json_value.h"

namespace zoetrope {

enum class RunwareFamily {
  kConflict,  // this taskUUID was used before
  kCancelled,
  kNotFound,  // the task, or its result, is not there (any more)
  kSafety,
  kAuth,
  kQuota,
  kRateLimit,
  kModel,  // the model is not there (any more)
  kValidation,
  kTimeout,
  kProvider,
  kServer,
  kUnknown,
};

// By name, and beyond the names by prefix and ending; in any case of letters.
RunwareFamily RunwareFamilyOf(std::string_view code);

// The reason that a family stands for; nullopt where the status or the place must tell.
std::optional<FailureReason> ReasonOfRunwareFamily(RunwareFamily family);

struct RunwareError {
  ErrorText text;
  RunwareFamily family = RunwareFamily::kUnknown;
  bool about_poll = false;  // the look was refused, which tells nothing of the task
};

// The entry of `errors`, or the `error` of an item, as an error.
RunwareError ReadRunwareError(const JsonValue& entry);

// All errors of a reply that are about `task`, or about no task in particular: `errors` as a list, and the
// form with a single `error`. Errors of other tasks are left out.
std::vector<RunwareError> RunwareErrorsIn(const JsonValue& reply, std::string_view task);

// Whether two ids are the same UUID.
bool IsSameUuid(std::string_view a, std::string_view b);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_RUNWARE_RUNWARE_ERRORS_H_
