// The configuration for the provider simulator, which `--sandbox URL` stands for.
#ifndef ZOETROPE_SERVER_CONFIG_SANDBOX_H_
#define ZOETROPE_SERVER_CONFIG_SANDBOX_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/config/config_loader.h"

namespace zoetrope {

// The text of deploy/config/sandbox.yaml.
std::string_view SandboxConfigText();

// OK where `url` is an http URL of this machine and nothing but its origin: the rules that this configuration
// loosens (plain http, private hosts, dead models) must not be loosened towards anything else.
absl::Status CheckSandboxUrl(const std::string& url);

// `environment` with the variable that the text takes the address from.
Environment WithSandboxUrl(Environment environment, std::string url);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_SANDBOX_H_
