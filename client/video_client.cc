#include "client/video_client.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/synchronization/notification.h"
#include "client/internal/call.h"
#include "client/internal/download_reader.h"
#include "client/internal/resuming_watch.h"
#include "client/internal/rpc_error.h"
#include "client/internal/unary_call.h"
#include "client/request_id.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::client {

using Stub = v1::VideoGeneration::StubInterface;

struct VideoClient::Connection {
  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<Stub> stub;
  ClientOptions options;

  // One call that is answered once, repeated as the policy says.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request, const CallOptions& call) const {
    return CallUnary(*stub, method, request, options, call);
  }
};

VideoClient::VideoClient(std::shared_ptr<grpc::Channel> channel, Options options)
    : connection_([&] {
        if (!options.environment) options.environment = SystemEnvironment();
        auto connection = std::make_unique<Connection>();
        connection->stub = v1::VideoGeneration::NewStub(channel);
        connection->channel = std::move(channel);
        connection->options = std::move(options);
        return connection;
      }()) {}

VideoClient::~VideoClient() = default;

absl::StatusOr<v1::SubmitResponse> VideoClient::Submit(v1::SubmitRequest request, const CallOptions& call) {
  // A dry run makes no job, hence needs no id to be repeated.
  if (request.request_id().empty() && !request.validate_only()) {
    request.set_request_id(MakeRequestId(*connection_->options.environment));
  }
  auto response = connection_->Call(&Stub::Submit, request, call);
  if (response.ok() || request.request_id().empty()) return response;
  absl::Status status = response.status();
  AttachRequestId(status, request.request_id());
  return status;
}

std::unique_ptr<JobWatch> VideoClient::Watch(const WatchOptions& watch, const CallOptions& call) {
  return std::make_unique<ResumingWatch>(connection_->stub, connection_->options, watch, call);
}

absl::StatusOr<v1::Job> VideoClient::Get(const std::string& job_id, const CallOptions& call) {
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  auto response = connection_->Call(&Stub::GetJob, request, call);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_job());
}

absl::StatusOr<v1::ListJobsResponse> VideoClient::List(const v1::ListJobsRequest& request,
                                                       const CallOptions& call) {
  return connection_->Call(&Stub::ListJobs, request, call);
}

absl::StatusOr<v1::Job> VideoClient::Cancel(const std::string& job_id, const CallOptions& call) {
  v1::CancelJobRequest request;
  request.set_job_id(job_id);
  auto response = connection_->Call(&Stub::CancelJob, request, call);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_job());
}

absl::StatusOr<v1::GetCostResponse> VideoClient::GetCost(const v1::GetCostRequest& request,
                                                         const CallOptions& call) {
  return connection_->Call(&Stub::GetCost, request, call);
}

absl::StatusOr<v1::GetSpendResponse> VideoClient::GetSpend(const v1::GetSpendRequest& request,
                                                           const CallOptions& call) {
  return connection_->Call(&Stub::GetSpend, request, call);
}

absl::StatusOr<v1::ListModelsResponse> VideoClient::ListModels(const v1::ListModelsRequest& request,
                                                               const CallOptions& call) {
  return connection_->Call(&Stub::ListModels, request, call);
}

absl::StatusOr<DownloadResult> VideoClient::Download(const v1::DownloadVideoRequest& request,
                                                     DownloadSink& sink, const CallOptions& call) {
  const ClientOptions& options = connection_->options;
  DownloadResult result;
  // The sink's errors must come back as they are, even UNAVAILABLE: repeating cannot mend them.
  absl::Status refused;
  const absl::Status status =
      RunWithRetry(*options.environment, options.retry, call.timeout.value_or(options.download_timeout), call,
                   [&](grpc::ClientContext* context) -> absl::Status {
                     const auto stream = connection_->stub->DownloadVideo(context, request);
                     DownloadReader reader(sink);
                     v1::DownloadVideoResponse message;
                     while (refused.ok() && stream->Read(&message)) refused = reader.Take(message);
                     if (!refused.ok()) context->TryCancel();
                     const grpc::Status end = stream->Finish();
                     if (!refused.ok()) return absl::AbortedError("refused");
                     if (!end.ok()) return StatusFromGrpc(end);
                     auto whole = reader.Finish();
                     if (!whole.ok()) return whole.status();
                     result = *std::move(whole);
                     return absl::OkStatus();
                   });
  if (!refused.ok()) return refused;
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<HealthState> VideoClient::Health(const std::string& service, const CallOptions& call) {
  // Same wire form as HealthCheckRequest {string service = 1} and HealthCheckResponse {ServingStatus status =
  // 1}: no second copy of grpc.health.v1 in a program that has its own.
  using google::protobuf::Int32Value;
  using google::protobuf::StringValue;
  grpc::TemplatedGenericStub<StringValue, Int32Value> stub(connection_->channel);
  StringValue request;
  request.set_value(service);
  Int32Value response;
  const ClientOptions& options = connection_->options;
  const absl::Status status = RunWithRetry(
      *options.environment, {.max_attempts = 1}, call.timeout.value_or(options.call_timeout), call,
      [&](grpc::ClientContext* context) {
        absl::Notification done;
        grpc::Status end;
        stub.UnaryCall(context, "/grpc.health.v1.Health/Check", {}, &request, &response, [&](grpc::Status s) {
          end = std::move(s);
          done.Notify();
        });
        done.WaitForNotification();
        return StatusFromGrpc(end);
      });
  if (!status.ok()) return status;
  if (response.value() == 1) return HealthState::kServing;
  return response.value() == 2 ? HealthState::kNotServing : HealthState::kUnknown;
}

absl::Status WatchEach(VideoClientInterface& client, const WatchOptions& watch, const CallOptions& call,
                       const std::function<bool(const v1::WatchJobResponse&)>& on_event) {
  const std::unique_ptr<JobWatch> events = client.Watch(watch, call);
  while (true) {
    const auto event = events->Next();
    if (!event.ok()) return event.status();
    if (!event->has_value() || !on_event(**event)) return absl::OkStatus();
  }
}

absl::Status ForEachJob(VideoClientInterface& client, v1::ListJobsRequest request, const CallOptions& call,
                        const std::function<bool(const v1::Job&)>& on_job) {
  while (true) {
    const auto page = client.List(request, call);
    if (!page.ok()) return page.status();
    for (const v1::Job& job : page->jobs()) {
      if (!on_job(job)) return absl::OkStatus();
    }
    if (page->next_page_token().empty()) return absl::OkStatus();
    request.set_page_token(page->next_page_token());
  }
}

}  // namespace zoetrope::client
