#include "client/cli/context.h"

namespace zoetrope::cli {

std::string Context::Invocation() const {
  std::string command = "zoetrope";
  if (flags.server != GlobalFlags().server) command += " --server " + flags.server;
  if (!flags.ca_file.empty()) command += " --ca-file " + flags.ca_file;
  if (flags.tls && flags.ca_file.empty()) command += " --tls";
  return command;
}

}  // namespace zoetrope::cli
