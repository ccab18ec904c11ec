// Answers calls of methods that there are none of, so that they are counted.
#ifndef ZOETROPE_SERVER_API_UNKNOWN_METHODS_H_
#define ZOETROPE_SERVER_API_UNKNOWN_METHODS_H_

#include "grpcpp/generic/async_generic_service.h"
#include "server/api/rpc_observer.h"

namespace zoetrope {

// UNIMPLEMENTED at once, whatever the call brings; nothing of it is read. Thread-safe.
class UnknownMethods final : public grpc::CallbackGenericService {
 public:
  // `observer` outlives this; may be null.
  explicit UnknownMethods(RpcObserver* observer) : observer_(observer) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

 private:
  RpcObserver* const observer_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_UNKNOWN_METHODS_H_
