#include "client/error_details.h"

#include <grpcpp/grpcpp.h>

#include <string_view>

#include "absl/strings/cord.h"
#include "client/internal/rpc_error.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope::client {
namespace {

namespace wire = ::zoetrope::internal::v1;

constexpr char kStatusUrl[] = "type.googleapis.com/google.rpc.Status";
constexpr char kRequestIdUrl[] = "zoetrope/client.request_id";

// Details go by their public names; only the part behind the last slash counts.
std::string_view TypeName(std::string_view url) {
  const size_t slash = url.rfind('/');
  return slash == std::string_view::npos ? url : url.substr(slash + 1);
}

void AddErrorInfo(const std::string& bytes, ErrorDetails& details) {
  wire::ErrorInfo info;
  if (!info.ParseFromString(bytes)) return;
  details.reason = info.reason();
  details.domain = info.domain();
  details.metadata.insert(info.metadata().begin(), info.metadata().end());
}

void AddRetryInfo(const std::string& bytes, ErrorDetails& details) {
  wire::RetryInfo info;
  if (!info.ParseFromString(bytes)) return;
  details.retry_delay =
      absl::Seconds(info.retry_delay().seconds()) + absl::Nanoseconds(info.retry_delay().nanos());
}

void AddBadRequest(const std::string& bytes, ErrorDetails& details) {
  wire::BadRequest request;
  if (!request.ParseFromString(bytes)) return;
  for (const auto& violation : request.field_violations()) {
    details.field_violations.push_back({violation.field(), violation.description()});
  }
}

void AddQuotaFailure(const std::string& bytes, ErrorDetails& details) {
  wire::QuotaFailure failure;
  if (!failure.ParseFromString(bytes)) return;
  for (const auto& violation : failure.violations()) {
    details.quota_violations.push_back({violation.subject(), violation.description()});
  }
}

void AddResourceInfo(const std::string& bytes, ErrorDetails& details) {
  wire::ResourceInfo info;
  if (!info.ParseFromString(bytes)) return;
  details.resource_type = info.resource_type();
  details.resource_name = info.resource_name();
}

}  // namespace

ErrorDetails GetErrorDetails(const absl::Status& status) {
  ErrorDetails details;
  if (const auto id = status.GetPayload(kRequestIdUrl)) details.request_id = std::string(*id);
  const auto payload = status.GetPayload(kStatusUrl);
  wire::RpcStatus parsed;
  if (!payload || !parsed.ParseFromString(std::string(*payload))) return details;
  for (const auto& detail : parsed.details()) {
    const std::string_view type = TypeName(detail.type_url());
    if (type == "google.rpc.ErrorInfo") AddErrorInfo(detail.value(), details);
    if (type == "google.rpc.RetryInfo") AddRetryInfo(detail.value(), details);
    if (type == "google.rpc.BadRequest") AddBadRequest(detail.value(), details);
    if (type == "google.rpc.QuotaFailure") AddQuotaFailure(detail.value(), details);
    if (type == "google.rpc.ResourceInfo") AddResourceInfo(detail.value(), details);
  }
  return details;
}

absl::Status StatusFromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  // The numbers of the two enums are the same by definition.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) result.SetPayload(kStatusUrl, absl::Cord(status.error_details()));
  return result;
}

void AttachRequestId(absl::Status& status, const std::string& request_id) {
  status.SetPayload(kRequestIdUrl, absl::Cord(request_id));
}

}  // namespace zoetrope::client
