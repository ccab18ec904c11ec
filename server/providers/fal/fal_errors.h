// fal's two error shapes and its list of types (docs.fal.ai: errors, request errors).
#ifndef ZOETROPE_SERVER_PROVIDERS_FAL_FAL_ERRORS_H_
#define ZOETROPE_SERVER_PROVIDERS_FAL_FAL_ERRORS_H_

#include "server/http/http_message.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_value.h"

namespace zoetrope {

// The error in a body (`detail` as text, list or object; `error` and `error_type` of a status) or in the
// X-Fal-Error-Type header. Empty code and message: none.
ErrorText FalErrorIn(const HttpResponse& response, const JsonValue& body);

// Whether it says that the job was cancelled by its owner.
bool IsFalCancellation(const ErrorText& error);

// Whether an answer at the result's URL says that there is none yet.
bool IsFalStillRunning(const HttpResponse& response, const ErrorText& error);

// Whether an error status at the result's URL is the model's own, and so the job's end, rather than fal's: of
// 4xx those that say something and are about the input; of 5xx those that name a type or the request, since a
// bare 502 comes from the edge.
bool IsFalModelError(const HttpResponse& response, const JsonValue& body, const ErrorText& error);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_FAL_FAL_ERRORS_H_
