// Vtrix's errors: five codes of a Sora task, codes of an empty account, and bodies of many shapes.
#ifndef ZOETROPE_SERVER_PROVIDERS_VTRIX_VTRIX_ERRORS_H_
#define ZOETROPE_SERVER_PROVIDERS_VTRIX_VTRIX_ERRORS_H_

#include <string_view>

#include "server/http/http_message.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_value.h"

namespace zoetrope {

// The error of a body, wherever it stands: `error` as a text or an object, `status` as an object, or plain
// members. A task's code is spelled as on the provider's page (`014001095`), however the body has it: JSON
// has no number with a leading zero. The reason comes from the code, and from words where those tell more:
// under `status` 2xx (a task's own error), 400, 402, 403 and 422.
ErrorText VtrixErrorIn(const JsonValue& body, int status);

// Whether `code` means that the account has no money.
bool IsVtrixBalance(std::string_view code);

// Whether `code` means that no task was created.
bool IsVtrixCreationError(std::string_view code);

// What an answer other than a task says in HTTP's terms: 402 for an account without money; the body's own
// code where HTTP says that all is well; else the status. What leaves a submission open (5xx, 408, 409) stays
// what it is.
int VtrixStatusOf(const HttpResponse& response, const JsonValue& body, const ErrorText& error);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_VTRIX_VTRIX_ERRORS_H_
