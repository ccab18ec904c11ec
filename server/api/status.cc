#include "server/api/status.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/strings.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

namespace rpc = internal::v1;

constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";
constexpr absl::Duration kStoreRetry = absl::Seconds(1);

}  // namespace

absl::Status StatusWriter::Presentable(std::string_view call, const absl::Status& status,
                                       const TraceContext& trace) const {
  if (status.ok() || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  const std::string incident = NewAttemptId(*random_);
  if (log_ != nullptr) {
    std::vector<LogField> fields = {{"call", std::string(call)},
                                    {"incident", incident},
                                    {"status", std::string(ToStd(status.message()))}};
    if (trace.valid()) fields.emplace_back("trace_id", TraceIdOf(trace));
    log_->Record(LogLevel::kError, "internal_error", fields);
  }
  return MakeError(v1::ERROR_REASON_INTERNAL,
                   absl::StrCat("a defect of the server; its log has incident ", incident),
                   {{"incident", incident}});
}

grpc::Status StatusWriter::ToGrpc(std::string_view call, const absl::Status& status,
                                  const TraceContext& trace) const {
  if (status.ok()) return grpc::Status::OK;
  absl::Status shown = Presentable(call, status, trace);
  if (trace.valid()) shown = WithMetadata(std::move(shown), "trace_id", TraceIdOf(trace));
  rpc::RpcStatus details;
  details.set_code(static_cast<int>(shown.code()));
  details.set_message(std::string(ToStd(shown.message())));
  shown.ForEachPayload([&details](absl::string_view type_url, const absl::Cord& payload) {
    google::protobuf::Any* any = details.add_details();
    any->set_type_url(std::string(ToStd(type_url)));
    any->set_value(std::string(payload));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(shown.code()), details.message(),
                      details.SerializeAsString());
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryInfoUrl);
  rpc::RetryInfo info;
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) return std::nullopt;
  return absl::Seconds(info.retry_delay().seconds()) + absl::Nanoseconds(info.retry_delay().nanos());
}

absl::Status StoreUnavailable(std::string_view what) {
  return WithRetryDelay(MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, std::string(what)), kStoreRetry);
}

absl::Status FromStore(const absl::Status& status, std::string_view job_id) {
  if (status.ok() || absl::IsDataLoss(status) || absl::IsInternal(status)) return status;
  if (absl::IsNotFound(status)) return JobNotFound(job_id);
  return StoreUnavailable("the store cannot answer now");
}

}  // namespace zoetrope
