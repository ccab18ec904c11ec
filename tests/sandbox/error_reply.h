#ifndef ZOETROPE_TESTS_SANDBOX_ERROR_REPLY_H_
#define ZOETROPE_TESTS_SANDBOX_ERROR_REPLY_H_

#include <string_view>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

Reply JsonReply(int status, const Json& body);

// An error as this provider words it. `message` overrides the usual text.
Reply ErrorReply(Provider provider, int status, std::string_view message = "");

// OpenAI's error object; an empty `param` or `code` is null.
Reply OpenaiError(int status, std::string_view type, std::string_view message, std::string_view param = "",
                  std::string_view code = "");

// WaveSpeed's envelope around an error: the status again, and a text.
Reply WavespeedError(int status, std::string_view message);

// Vtrix's error object.
Reply VtrixError(int status, std::string_view message);
// Its other form, for what concerns the account: `error_code` is 40200 … 40208.
Reply VtrixAccountError(int status, int error_code, std::string_view message);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_ERROR_REPLY_H_
