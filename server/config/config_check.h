// Rules that a configuration keeps beyond its shape. Pure.
#ifndef ZOETROPE_SERVER_CONFIG_CONFIG_CHECK_H_
#define ZOETROPE_SERVER_CONFIG_CONFIG_CHECK_H_

#include <string>
#include <vector>

#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// What is wrong, at the path of the value that is in the way, as in `providers[1].base_url`.
struct ConfigProblem {
  std::string path;
  std::string message;

  bool operator==(const ConfigProblem&) const = default;
};

// Whether an account, or a budget, may be called so: 1 to 64 characters of a-z, 0-9, `_`, `-`.
bool IsConfiguredName(const std::string& name);

// Every contradiction of `config`, whose defaults are filled in. Empty: it can be used.
std::vector<ConfigProblem> CheckConfig(const config::v1::Config& config);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_CONFIG_CHECK_H_
