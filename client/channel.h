#ifndef ZOETROPE_CLIENT_CHANNEL_H_
#define ZOETROPE_CLIENT_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace zoetrope::client {

// How to reach a server.
struct ChannelOptions {
  // Whether the connection is encrypted and the server must prove its name.
  bool tls = false;
  // PEM text of the authorities to trust; empty: those of the machine. Only with `tls`.
  std::string root_certificates_pem;
  // PEM text of the certificate, with what it was issued by, and of its key, that the client shows where the
  // server asks for one; both or neither. Only with `tls`.
  std::string certificate_pem;
  std::string key_pem;
  // Most time for one try to connect, encryption included; at least 1 s. A server that is there and slow has
  // all of it: calls wait meanwhile, for as long as they may. One that is not there refuses, which is known
  // at once.
  absl::Duration connect_timeout = absl::Seconds(60);
  // How often an idle connection is probed while calls run. Never below 60 s, because servers close
  // connections that are probed more often than they allow.
  absl::Duration keepalive_time = absl::Seconds(60);
  // How long an answer to a probe may take before the connection counts as dead.
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // Largest message that is accepted; a page of a thousand jobs is larger than gRPC's own 4 MiB.
  int max_receive_bytes = 64 << 20;
};

// A channel with settings that suit this service: calls are spread over all addresses of `target`
// (round_robin), dead connections are noticed, and gRPC's own retries have no policy, because VideoClient
// repeats calls itself. Connects at the first call, not here; a channel may serve any number of clients and
// threads.
//
// `target` is a gRPC target such as `127.0.0.1:7468`, `dns:///zoetrope.example:443` or
// `unix:/run/zoetrope.sock`.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const ChannelOptions& options = {});

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_CHANNEL_H_
