// Text of a provider on its way to people: bounded, printable, without what looks like a credential.
#ifndef ZOETROPE_SERVER_PROVIDERS_PROVIDER_TEXT_H_
#define ZOETROPE_SERVER_PROVIDERS_PROVIDER_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/job.h"

namespace zoetrope {

// A message for a person: valid UTF-8 without control characters, blanks folded, at most
// limits::kProviderMessageChars code points. Providers quote rejected keys, and an adapter does not hold the
// key when it reads; so every run of 24 or more letters, digits, `_` and `-` with both a letter and a digit
// in it becomes `[removed]`. That takes some harmless ids with it.
std::string PrintableMessage(std::string_view text);

// The same for a code, a worker's name or a log level, within limits::kProviderCodeChars.
std::string PrintableCode(std::string_view text);

// What the words of a message tell about a failed generation, for providers that have no codes; nullopt:
// nothing.
std::optional<FailureReason> ReasonFromWords(std::string_view message);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_PROVIDER_TEXT_H_
