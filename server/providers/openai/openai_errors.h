// OpenAI's error envelope and what its codes stand for (developers.openai.com: error codes; NOTES.md has
// those that only integrators have seen).
#ifndef ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_ERRORS_H_
#define ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_ERRORS_H_

#include <optional>

#include "absl/time/time.h"
#include "server/http/http_message.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_value.h"

namespace zoetrope {

// The `error` of a body: of the envelope that comes with an error status, and of a video that failed, which
// comes under 200. Empty code and message: none. The code is the type where there is no code.
ErrorText OpenaiErrorIn(int status, const JsonValue& body);

// How long to wait: `retry-after-ms`, which OpenAI's own clients look at first, else Retry-After. At most
// limits::kDeadlineMax.
std::optional<absl::Duration> OpenaiRetryAfter(const HttpResponse& response);

// Like ReadSubmitError. An account without money is refused under 429, and waiting does not help it: Refused.
SubmitOutcome ReadOpenaiRefusal(const HttpResponse& response, const Body& body, const ErrorText& error);

// Like ReadLaterError, with the same difference.
LaterError ReadOpenaiTrouble(const HttpResponse& response, const Body& body);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_OPENAI_OPENAI_ERRORS_H_
