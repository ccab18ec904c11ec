// Which principal makes a call, and whether it may.
#ifndef ZOETROPE_SERVER_API_ADMISSION_H_
#define ZOETROPE_SERVER_API_ADMISSION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/api/rpc_observer.h"
#include "server/auth/authenticator.h"
#include "server/auth/principal_usage.h"
#include "server/base/clock.h"
#include "server/base/current.h"

namespace zoetrope {

// All of it outlives the calls.
struct AdmissionParts {
  const Current<Authenticator>* authenticator = nullptr;
  PrincipalUsage* usage = nullptr;
  Clock* clock = nullptr;
  RpcObserver* observer = nullptr;
};

// Every handler asks here first, and gets from here whose jobs it is about: there is no other source of a
// tenant. Thread-safe.
class Admission {
 public:
  using Allowed = absl::StatusOr<std::shared_ptr<const Principal>>;

  explicit Admission(const AdmissionParts& parts) : parts_(parts) {}

  // Of a call about jobs: as Authenticator::Authenticate, or ROLE_REQUIRED where the principal has no tenant.
  Allowed Caller(const grpc::ServerContextBase& context) const;
  // Of a Submit: the same, or PRINCIPAL_LIMIT_EXCEEDED.
  Allowed Submitter(const grpc::ServerContextBase& context) const;
  // Of a call that is the operator's: as Authenticator::Authenticate, or ROLE_REQUIRED.
  Allowed Operator(const grpc::ServerContextBase& context) const;
  // A stream of `principal`, for as long as what is returned is kept; PRINCIPAL_LIMIT_EXCEEDED.
  absl::StatusOr<std::shared_ptr<void>> OpenStream(const Principal& principal) const {
    return Counted(parts_.usage->OpenStream(principal));
  }

 private:
  Allowed Known(const grpc::ServerContextBase& context) const;
  // `result`, which is counted where it is a refusal.
  template <typename Result>
  Result Counted(Result result) const {
    if (!result.ok()) parts_.observer->OnRefused(result.status());
    return result;
  }

  const AdmissionParts parts_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_ADMISSION_H_
