// Who may call and how, from the configuration.
#ifndef ZOETROPE_SERVER_CONFIG_AUTH_H_
#define ZOETROPE_SERVER_CONFIG_AUTH_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/auth/authenticator.h"
#include "server/config/config_check.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// What is wrong with `tls`, `auth` and the addresses that need them, each with the path of its field.
std::vector<ConfigProblem> CheckAuth(const config::v1::Config& config);

// What an address that other machines reach is open to: `authentication`, `encryption`, both, or, empty,
// nothing.
std::vector<std::string_view> LackedBy(const config::v1::Config& config, std::string_view address);

// Where the keys of issuers come from, by the issuer's name.
using KeySources = std::map<std::string, std::shared_ptr<KeySource>>;

// Those whom the configuration, which was checked, knows; each issuer has its source.
std::shared_ptr<const Authenticator> AuthenticatorOf(const config::v1::Config& config,
                                                     const KeySources& keys);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_AUTH_H_
