// Errors that a program can read: a canonical code, one reason of a closed list, and details.
//
// An error is an absl::Status whose payloads are google.rpc messages under their public type URLs (AIP-193);
// api/ copies them to the wire as they are. Everything that a caller may see is built here, so there is
// exactly one ErrorInfo in each.
#ifndef ZOETROPE_SERVER_BASE_ERROR_H_
#define ZOETROPE_SERVER_BASE_ERROR_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "zoetrope/v1/error_reason.pb.h"

namespace zoetrope {

// Domain of all our reasons.
inline constexpr std::string_view kErrorDomain = "zoetrope";

// One field of a request, by its path (`generation.duration`), and the rule that it breaks.
struct FieldViolation {
  std::string field;
  std::string description;

  bool operator==(const FieldViolation&) const = default;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

// The canonical code that the contract gives `reason`.
absl::StatusCode CodeOf(v1::ErrorReason reason);

// The name that the wire carries: `JOB_NOT_FOUND`.
std::string ReasonName(v1::ErrorReason reason);

// An error with one ErrorInfo. `message` holds no secret and no text from a provider; each variable of it is
// in `metadata`.
absl::Status MakeError(v1::ErrorReason reason, std::string message, const Metadata& metadata = {});

// The same with a BadRequest that lists `violations`, as far as they fit into what gRPC carries; the message
// is built from the first.
absl::Status MakeFieldError(v1::ErrorReason reason, const std::vector<FieldViolation>& violations,
                            const Metadata& metadata = {});

// `error` with a RetryInfo. `error` must come from MakeError.
absl::Status WithRetryDelay(absl::Status error, absl::Duration delay);

// `error` with a QuotaFailure of one violation. `error` must come from MakeError.
absl::Status WithQuotaViolation(absl::Status error, std::string subject, std::string description);

// `error` with one more entry in the metadata of its ErrorInfo. `error` must come from MakeError.
absl::Status WithMetadata(absl::Status error, const std::string& key, std::string value);

// JOB_NOT_FOUND with a ResourceInfo.
absl::Status JobNotFound(std::string_view job_id);

// Reads the reason back; ERROR_REASON_UNSPECIFIED where there is none.
v1::ErrorReason ReasonOf(const absl::Status& status);

// Reads the violations back.
std::vector<FieldViolation> ViolationsOf(const absl::Status& status);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_ERROR_H_
