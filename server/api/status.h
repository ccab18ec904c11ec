// Our errors → gRPC's, with google.rpc.Status in `grpc-status-details-bin` (AIP-193), as stock clients read
// it.
#ifndef ZOETROPE_SERVER_API_STATUS_H_
#define ZOETROPE_SERVER_API_STATUS_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/base/trace.h"

namespace zoetrope {

// An error without an ErrorInfo is a defect: its text may hold anything, so it goes to the log under an
// incident id, and the caller gets INTERNAL with that id. Thread-safe. `log` may be null.
class StatusWriter {
 public:
  StatusWriter(Log* log, Random* random) : log_(log), random_(random) {}

  // `call` names the RPC, for the log. An error of a call that belongs to a trace names it (`trace_id`).
  grpc::Status ToGrpc(std::string_view call, const absl::Status& status,
                      const TraceContext& trace = {}) const;

  // What the caller is told of `status`: itself, or INTERNAL where it has no ErrorInfo.
  absl::Status Presentable(std::string_view call, const absl::Status& status,
                           const TraceContext& trace = {}) const;

 private:
  Log* const log_;
  Random* const random_;
};

// The delay of the error's RetryInfo; nullopt where there is none.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// What the store says about a job → what the caller is told: JOB_NOT_FOUND, or STORE_UNAVAILABLE with a
// RetryInfo. DATA_LOSS and INTERNAL stay as they are: defects.
absl::Status FromStore(const absl::Status& status, std::string_view job_id);

// STORE_UNAVAILABLE with a RetryInfo.
absl::Status StoreUnavailable(std::string_view what);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_STATUS_H_
