// The configuration as the server understands it, for whoever wonders.
#ifndef ZOETROPE_SERVER_CONFIG_PRINT_CONFIG_H_
#define ZOETROPE_SERVER_CONFIG_PRINT_CONFIG_H_

#include <string>

#include "server/config/inputs.h"

namespace zoetrope {

// With what files, environment and flags have come to, as JSON in the field names of config.proto. Defaults
// that nobody has named are left out. A credential is where it is read from. `[redacted]` stands for the
// value of any that turns up elsewhere, and for what looks like one (RedactCredentials); what `${env:…}` has
// brought into an address is shown where it does not.
std::string PrintedConfig(const Inputs& inputs);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_PRINT_CONFIG_H_
