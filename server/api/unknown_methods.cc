#include "server/api/unknown_methods.h"

#include "grpcpp/grpcpp.h"

namespace zoetrope {
namespace {

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  Refusal() { Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "there is no such method")); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* UnknownMethods::CreateReactor(grpc::GenericCallbackServerContext*) {
  if (observer_ != nullptr) observer_->OnUnknownMethod();
  return new Refusal();  // deletes itself when gRPC is done with it
}

}  // namespace zoetrope
