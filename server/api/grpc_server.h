// A listener: TLS, hard limits, health, reflection, for the operator channelz, and an end in order.
#ifndef ZOETROPE_SERVER_API_GRPC_SERVER_H_
#define ZOETROPE_SERVER_API_GRPC_SERVER_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/api/unknown_methods.h"

namespace zoetrope {

// PEM files, looked at every second.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string client_ca;         // empty: no certificate is asked for
  bool client_required = false;  // else whoever has none may connect
};

class GrpcServer;

struct GrpcServerOptions {
  std::string listen = "127.0.0.1:7468";  // port 0: a free one
  bool allow_insecure_listen = false;     // else only addresses of this machine
  std::optional<TlsFiles> tls = {};       // nullopt: plain
  int streams_per_connection = 4'096;     // a low one starves unary calls on a channel full of watches
  std::size_t memory_bytes = std::size_t{1} << 30;
  int threads_max = 64;
  bool serving = true;                                       // what health says at first
  std::string service_name = "zoetrope.v1.VideoGeneration";  // by which health knows the service
  bool reflection = true;                                    // serves the descriptions of all that is served
  bool channelz = false;  // serves grpc.channelz.v1, which tells of every connection of the process
  RpcObserver* observer =
      nullptr;  // outlives the server; hears of methods that there are none of; may be null
  GrpcServer* health_mirror = nullptr;  // outlives the server; tells the same of health; may be null
};

class GrpcServer {
 public:
  // Serves `service`, which must outlive this; null: nothing but health. INVALID_ARGUMENT for an address that
  // others reach without permission, UNAVAILABLE when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options,
                                                           grpc::Service* service);

  // As Shutdown without grace.
  ~GrpcServer();

  // Where it listens, with the real port.
  const std::string& address() const { return address_; }
  int port() const { return port_; }

  // What grpc.health.v1 says of the server (``), of the service, and of `readiness`. `liveness` is SERVING
  // from the start to the end, whatever the store or the providers do: restarting would help neither.
  void SetServing(bool serving);
  // The same while something that the server needs is away: not serving until it is back, and not after an
  // end was announced by SetServing. Any thread.
  void SetReady(bool ready);

  // Takes no new call; ends those that are left after `grace`; waits until all are over. Calling it again
  // does nothing.
  void Shutdown(absl::Duration grace);

 private:
  GrpcServer(RpcObserver* observer, GrpcServer* health_mirror)
      : unknown_methods_(observer), health_mirror_(health_mirror) {}

  void TellHealthLocked();

  UnknownMethods unknown_methods_;
  GrpcServer* const health_mirror_;

  std::unique_ptr<grpc::Server> server_;
  std::mutex health_mutex_;
  bool serving_ = false;
  bool ready_ = true;
  std::string service_name_;
  std::string address_;
  int port_ = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_GRPC_SERVER_H_
