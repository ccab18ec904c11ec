#ifndef ZOETROPE_CLIENT_INTERNAL_RPC_ERROR_H_
#define ZOETROPE_CLIENT_INTERNAL_RPC_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace grpc {
class Status;
}

namespace zoetrope::client {

// The same error as an absl::Status, with the details of the wire attached for GetErrorDetails.
absl::Status StatusFromGrpc(const grpc::Status& status);

// Attaches the id that a failed submission went out with.
void AttachRequestId(absl::Status& status, const std::string& request_id);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_INTERNAL_RPC_ERROR_H_
