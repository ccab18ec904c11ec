// The command line of zoetroped.
#ifndef ZOETROPE_SERVER_CONFIG_FLAGS_H_
#define ZOETROPE_SERVER_CONFIG_FLAGS_H_

#include <optional>
#include <string>
#include <variant>

#include "server/config/inputs.h"

namespace zoetrope {

// What a shell is told of a command line or a configuration that is wrong.
inline constexpr int kUsageExit = 2;

struct Flags {
  InputSource source;
  std::string port_file;
  std::string admin_port_file;
  std::string callback_port_file;
  bool check = false;
  bool print_config = false;
  bool check_prices = false;
  bool print_catalogue = false;
};

// The flags; or, where help was asked for or they are wrong, which has been said, the exit code.
std::variant<Flags, int> ParseFlags(int argc, char** argv, const std::string& version);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_FLAGS_H_
