// The configuration file, the environment and the flags → one checked message.
#ifndef ZOETROPE_SERVER_CONFIG_CONFIG_LOADER_H_
#define ZOETROPE_SERVER_CONFIG_CONFIG_LOADER_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/catalogue/file_problem.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// What a variable of the environment holds; nullopt: it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// That of this process.
std::optional<std::string> ProcessVariable(const std::string& name);

// What flags, or else the environment, put in place of what the file says. nullopt: nothing.
struct Overrides {
  std::optional<std::string> listen;          // ZOETROPE_LISTEN
  std::optional<std::string> metrics_listen;  // ZOETROPE_METRICS_LISTEN
  std::optional<std::string> admin_listen;    // ZOETROPE_ADMIN_LISTEN
  std::optional<std::string> store;           // ZOETROPE_STORE: path of the SQLite file
};

// `flags`, and what the environment says where they say nothing.
Overrides WithEnvironment(Overrides flags, const Environment& environment);

// A configuration with every default filled in, or all problems of the file, each with its place.
struct ConfigResult {
  config::v1::Config config;  // to be used only where there are no problems
  std::vector<FileProblem> problems;
};

// Reads `yaml`, which may be empty. `file` is its name, for problems. Pure but for `environment`.
ConfigResult LoadConfig(std::string_view file, std::string_view yaml, const Overrides& overrides,
                        const Environment& environment);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_CONFIG_LOADER_H_
