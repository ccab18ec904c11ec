// The listener: hard limits, health, reflection, for the operator channelz, and an end in order.
#ifndef ZOETROPE_SERVER_API_GRPC_SERVER_H_
#define ZOETROPE_SERVER_API_GRPC_SERVER_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/api/unknown_methods.h"

namespace zoetrope {

struct GrpcServerOptions {
  std::string listen = "127.0.0.1:7468";  // port 0: a free one
  bool allow_insecure_listen = false;     // else only addresses of this machine
  int streams_per_connection = 4'096;     // a low one starves unary calls on a channel full of watches
  std::size_t memory_bytes = std::size_t{1} << 30;
  int threads_max = 64;
  bool serving = true;                                       // what health says at first
  std::string service_name = "zoetrope.v1.VideoGeneration";  // by which health knows the service
  // Serves grpc.channelz.v1 too, which tells of every connection of the process. gRPC then has every server
  // that is started later do so: for the last one.
  bool channelz = false;
  RpcObserver* observer =
      nullptr;  // outlives the server; hears of methods that there are none of; may be null
};

class GrpcServer {
 public:
  // Serves `service`, which must outlive this. INVALID_ARGUMENT for an address that others reach without
  // permission, UNAVAILABLE when the address cannot be had.
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
  explicit GrpcServer(RpcObserver* observer) : unknown_methods_(observer) {}

  UnknownMethods unknown_methods_;
  void TellHealth();

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
