#include "server/base/error.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "server/base/strings.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

namespace rpc = internal::v1;

constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";
constexpr char kQuotaFailureUrl[] = "type.googleapis.com/google.rpc.QuotaFailure";
constexpr char kResourceInfoUrl[] = "type.googleapis.com/google.rpc.ResourceInfo";
constexpr std::string_view kEnumPrefix = "ERROR_REASON_";
// An error travels in HTTP/2 trailers, of which gRPC's clients take 8 KiB; beyond it they lose the whole
// error. The message is there twice, and everything but the first copy grows by a third for base64.
constexpr std::size_t kViolationsBytes = 3072;
constexpr std::size_t kMessageBytes = 512;

// Deterministic, so that equal errors have equal bytes: metadata is a map, whose order is otherwise another
// one each time.
void Attach(absl::Status& status, const char* url, const google::protobuf::Message& detail) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    detail.SerializeToCodedStream(&coded);
  }
  status.SetPayload(url, absl::Cord(bytes));
}

template <typename Detail>
bool Read(const absl::Status& status, const char* url, Detail& detail) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() && detail.ParseFromString(std::string(*payload));
}

}  // namespace

absl::StatusCode CodeOf(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_INVALID_FIELD:
    case v1::ERROR_REASON_UNSUPPORTED_PARAMETER:
    case v1::ERROR_REASON_PAGE_TOKEN_INVALID:
    case v1::ERROR_REASON_QUOTE_INVALID:
      return absl::StatusCode::kInvalidArgument;
    case v1::ERROR_REASON_MODEL_NOT_FOUND:
    case v1::ERROR_REASON_JOB_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case v1::ERROR_REASON_MODEL_RETIRED:
    case v1::ERROR_REASON_NO_PROVIDER:
    case v1::ERROR_REASON_MAX_COST_EXCEEDED:
    case v1::ERROR_REASON_PRICE_UNKNOWN:
    case v1::ERROR_REASON_JOB_TERMINAL:
    case v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE:
    case v1::ERROR_REASON_RESULT_LOST:
    case v1::ERROR_REASON_ATTEMPT_NOT_HELD:
    case v1::ERROR_REASON_ATTEMPT_RESOLVED:
    case v1::ERROR_REASON_PROVIDER_JOB_TAKEN:
    case v1::ERROR_REASON_BACKUP_RUNNING:
    case v1::ERROR_REASON_QUOTE_EXPIRED:
    case v1::ERROR_REASON_CHARGE_NOT_SETTLED:
      return absl::StatusCode::kFailedPrecondition;
    case v1::ERROR_REASON_REQUEST_ID_REUSED:
    case v1::ERROR_REASON_BACKUP_EXISTS:
      return absl::StatusCode::kAlreadyExists;
    case v1::ERROR_REASON_QUEUE_FULL:
    case v1::ERROR_REASON_STREAM_LIMIT:
    case v1::ERROR_REASON_BUDGET_EXCEEDED:
    case v1::ERROR_REASON_PRINCIPAL_LIMIT_EXCEEDED:
      return absl::StatusCode::kResourceExhausted;
    case v1::ERROR_REASON_DRAINING:
    case v1::ERROR_REASON_STORE_UNAVAILABLE:
    case v1::ERROR_REASON_PROVIDER_UNAVAILABLE:
    case v1::ERROR_REASON_AUTHENTICATION_UNAVAILABLE:
      return absl::StatusCode::kUnavailable;
    case v1::ERROR_REASON_REVISION_IN_FUTURE:
      return absl::StatusCode::kOutOfRange;
    case v1::ERROR_REASON_CREDENTIAL_MISSING:
    case v1::ERROR_REASON_CREDENTIAL_INVALID:
      return absl::StatusCode::kUnauthenticated;
    case v1::ERROR_REASON_ROLE_REQUIRED:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

std::string ReasonName(v1::ErrorReason reason) {
  return v1::ErrorReason_Name(reason).substr(kEnumPrefix.size());
}

absl::Status MakeError(v1::ErrorReason reason, std::string message, const Metadata& metadata) {
  absl::Status status(CodeOf(reason), message);
  rpc::ErrorInfo info;
  info.set_reason(ReasonName(reason));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  Attach(status, kErrorInfoUrl, info);
  return status;
}

absl::Status MakeFieldError(v1::ErrorReason reason, const std::vector<FieldViolation>& violations,
                            const Metadata& metadata) {
  rpc::BadRequest bad_request;
  std::string message;
  std::size_t shown = 0;
  for (const FieldViolation& violation : violations) {
    if (bad_request.ByteSizeLong() + violation.field.size() + violation.description.size() > kViolationsBytes)
      break;
    rpc::FieldViolation* added = bad_request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
    if (message.size() > kMessageBytes) continue;
    absl::StrAppend(&message, message.empty() ? "" : "; ", violation.field, ": ", violation.description);
    ++shown;
  }
  if (shown < violations.size()) absl::StrAppend(&message, "; and ", violations.size() - shown, " more");
  absl::Status status = MakeError(reason, message, metadata);
  Attach(status, kBadRequestUrl, bad_request);
  return status;
}

absl::Status WithMetadata(absl::Status error, const std::string& key, std::string value) {
  rpc::ErrorInfo info;
  if (!Read(error, kErrorInfoUrl, info)) return error;
  (*info.mutable_metadata())[key] = std::move(value);
  Attach(error, kErrorInfoUrl, info);
  return error;
}

absl::Status WithRetryDelay(absl::Status error, absl::Duration delay) {
  rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  info.mutable_retry_delay()->set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(delay) % 1'000'000'000));
  Attach(error, kRetryInfoUrl, info);
  return error;
}

absl::Status WithQuotaViolation(absl::Status error, std::string subject, std::string description) {
  rpc::QuotaFailure failure;
  rpc::QuotaViolation* const violation = failure.add_violations();
  violation->set_subject(std::move(subject));
  violation->set_description(std::move(description));
  Attach(error, kQuotaFailureUrl, failure);
  return error;
}

absl::Status JobNotFound(std::string_view job_id) {
  absl::Status status =
      MakeError(v1::ERROR_REASON_JOB_NOT_FOUND, "no such job", {{"job_id", std::string(job_id)}});
  rpc::ResourceInfo info;
  info.set_resource_type("zoetrope.v1.Job");
  info.set_resource_name(std::string(job_id));
  info.set_description("no job of this tenant has this id");
  Attach(status, kResourceInfoUrl, info);
  return status;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  rpc::ErrorInfo info;
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (Read(status, kErrorInfoUrl, info))
    v1::ErrorReason_Parse(std::string(kEnumPrefix) + info.reason(), &reason);
  return reason;
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  rpc::BadRequest bad_request;
  std::vector<FieldViolation> violations;
  if (!Read(status, kBadRequestUrl, bad_request)) return violations;
  for (const auto& violation : bad_request.field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  return violations;
}

}  // namespace zoetrope
