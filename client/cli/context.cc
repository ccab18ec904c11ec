#include "client/cli/context.h"

#include <algorithm>

namespace zoetrope::cli {

client::CallOptions Context::Call() const {
  client::CallOptions call = {.cancellation = cancellation};
  if (end) call.timeout = std::max(*end - environment->Now(), absl::ZeroDuration());
  return call;
}

std::string Context::Invocation() const {
  std::string command = "zoetrope";
  if (flags.server != GlobalFlags().server) command += " --server " + flags.server;
  if (!flags.ca_file.empty()) command += " --ca-file " + flags.ca_file;
  if (flags.tls && flags.ca_file.empty()) command += " --tls";
  return command;
}

}  // namespace zoetrope::cli
