// What zoetroped does without serving.
#ifndef ZOETROPE_SERVER_OFFLINE_H_
#define ZOETROPE_SERVER_OFFLINE_H_

#include <optional>
#include <string>

#include "server/config/flags.h"
#include "server/config/inputs.h"

namespace zoetrope {

// Prints or checks what the flags ask for: the configuration, or the catalogue's prices, for which it asks
// the providers that quote some; takes the accounts for that. The process's exit code; nullopt: they ask for
// nothing of the kind.
std::optional<int> RunOffline(const Flags& flags, Inputs& inputs, const std::string& user_agent);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_OFFLINE_H_
