// Who calls.
#ifndef ZOETROPE_SERVER_API_TENANT_H_
#define ZOETROPE_SERVER_API_TENANT_H_

#include <string>

#include "grpcpp/grpcpp.h"

namespace zoetrope {

// The tenant in whose name a call is made. Every call is `default` until there is authentication; everything
// behind this function tells tenants apart already.
inline std::string TenantOf(const grpc::ServerContextBase& /*context*/) { return "default"; }

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_TENANT_H_
