#include "server/api/admission.h"

#include <string_view>
#include <utility>

#include "server/base/error.h"

namespace zoetrope {
namespace {

constexpr char kAuthorization[] = "authorization";
// The names in a peer's certificate by which a principal may be meant. The common name is not among them: RFC
// 9525 has given it up.
constexpr const char* kCertificateNames[] = {GRPC_PEER_URI_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME};

std::string_view ViewOf(const grpc::string_ref& text) { return {text.data(), text.size()}; }

absl::Status RoleRequired(const char* role, const char* why) {
  return MakeError(v1::ERROR_REASON_ROLE_REQUIRED, why, {{"role", role}});
}

}  // namespace

Admission::Allowed Admission::Known(const grpc::ServerContextBase& context) const {
  const std::shared_ptr<const Authenticator> authenticator = parts_.authenticator->Get();
  if (!authenticator->asks()) return authenticator->Authenticate({}, absl::InfinitePast());
  Credentials credentials;
  const auto& metadata = context.client_metadata();
  for (auto [it, end] = metadata.equal_range(kAuthorization); it != end; ++it)
    credentials.authorization.push_back(ViewOf(it->second));
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  if (peer != nullptr && peer->IsPeerAuthenticated()) {
    for (const char* property : kCertificateNames) {
      for (const grpc::string_ref& name : peer->FindPropertyValues(property))
        credentials.certificate_names.push_back(ViewOf(name));
    }
  }
  return authenticator->Authenticate(credentials, parts_.clock->TimeNow());
}

Admission::Allowed Admission::Caller(const grpc::ServerContextBase& context) const {
  Allowed known = Known(context);
  if (known.ok() && (*known)->tenant.empty())
    known = RoleRequired("caller", "this principal has no tenant, and so no jobs");
  return Counted(std::move(known));
}

Admission::Allowed Admission::Submitter(const grpc::ServerContextBase& context) const {
  Allowed caller = Caller(context);
  if (!caller.ok()) return caller;
  if (absl::Status status = parts_.usage->Submit(**caller, parts_.clock->TimeNow()); !status.ok())
    return Counted(Allowed(std::move(status)));
  return caller;
}

Admission::Allowed Admission::Operator(const grpc::ServerContextBase& context) const {
  Allowed known = Known(context);
  if (known.ok() && !(*known)->is_operator) known = RoleRequired("operator", "this is for the operator");
  return Counted(std::move(known));
}

}  // namespace zoetrope
