#include "client/cli/context.h"

#include <algorithm>

namespace zoetrope::cli {

client::CallOptions Context::Call() const {
  client::CallOptions call = {.cancellation = cancellation};
  if (end) call.timeout = std::max(*end - environment->Now(), absl::ZeroDuration());
  if (!flags.token_file.empty()) call.bearer = client::BearerFromFile(flags.token_file);
  if (!traceparent.empty()) call.metadata.emplace_back("traceparent", traceparent);
  return call;
}

Context Context::WithDataBeside() const {
  Terminal terminal = console.terminal;
  terminal.color_out = terminal.color_err;
  return {.console = {.out = console.err,
                      .err = console.err,
                      .terminal = terminal,
                      .format = console.format,
                      .quiet = console.quiet},
          .client = client,
          .admin = admin,
          .environment = environment,
          .cancellation = cancellation,
          .end = end,
          .flags = flags,
          .traceparent = traceparent,
          .is_admin = is_admin};
}

Context Context::AtAdmin() const {
  Context admin_context = *this;
  admin_context.is_admin = true;
  return admin_context;
}

std::string Context::Invocation() const {
  std::string command = "zoetrope";
  if (flags.server != GlobalFlags().server) command += " --server " + flags.server;
  if (!flags.ca_file.empty()) command += " --ca-file " + flags.ca_file;
  if (flags.tls && flags.ca_file.empty()) command += " --tls";
  if (!flags.cert_file.empty())
    command += " --cert-file " + flags.cert_file + " --key-file " + flags.key_file;
  if (!flags.token_file.empty()) command += " --token-file " + flags.token_file;
  return command;
}

}  // namespace zoetrope::cli
