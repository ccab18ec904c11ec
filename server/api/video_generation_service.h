// The public service: translates, hands over, answers. It decides nothing that a file beside it could decide
// without gRPC.
#ifndef ZOETROPE_SERVER_API_VIDEO_GENERATION_SERVICE_H_
#define ZOETROPE_SERVER_API_VIDEO_GENERATION_SERVICE_H_

#include <functional>
#include <string>

#include "grpcpp/grpcpp.h"
#include "server/api/admission.h"
#include "server/api/call_scope.h"
#include "server/api/page_token.h"
#include "server/api/ports.h"
#include "server/api/rpc_observer.h"
#include "server/api/status.h"
#include "server/api/submit.h"
#include "server/api/unary_reply.h"
#include "server/http/http_client.h"
#include "server/store/retention.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope {

// All of it outlives the service.
struct ServiceParts {
  const Admission* admission = nullptr;
  SubmitParts submit;
  WatchPort* watch = nullptr;
  HttpClient* http = nullptr;
  RpcObserver* observer = nullptr;
  absl::Duration ended_jobs_kept = RetentionOptions().finished_jobs;
  Tracer tracer = {};
  // Told when a whole video has gone to a caller. Called on any thread; must not block. May be null.
  std::function<void(const std::string& job_id, int output, absl::Time expire_time)> saved = nullptr;
};

// The callback kind of every call, and WatchJob with its messages as bytes: the hub encodes an event once for
// all streams.
using VideoGenerationCallbacks =
    v1::VideoGeneration::WithRawCallbackMethod_WatchJob<v1::VideoGeneration::WithCallbackMethod_Submit<
        v1::VideoGeneration::WithCallbackMethod_GetCost<v1::VideoGeneration::WithCallbackMethod_GetSpend<
            v1::VideoGeneration::WithCallbackMethod_GetJob<v1::VideoGeneration::WithCallbackMethod_ListJobs<
                v1::VideoGeneration::WithCallbackMethod_CancelJob<
                    v1::VideoGeneration::WithCallbackMethod_ListModels<
                        v1::VideoGeneration::WithCallbackMethod_DownloadVideo<
                            v1::VideoGeneration::Service>>>>>>>>>;

// Thread-safe: gRPC calls from many threads, and none of them waits here.
class VideoGenerationService final : public VideoGenerationCallbacks {
 public:
  explicit VideoGenerationService(ServiceParts parts);

  // As the Submitter's.
  void Drain() { submitter_.Drain(); }
  void Hold() { submitter_.Hold(); }
  void Open() { submitter_.Open(); }

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::SubmitRequest* request,
                                   v1::SubmitResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchJob(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* GetCost(grpc::CallbackServerContext* context, const v1::GetCostRequest* request,
                                    v1::GetCostResponse* response) override;
  grpc::ServerUnaryReactor* GetSpend(grpc::CallbackServerContext* context, const v1::GetSpendRequest* request,
                                     v1::GetSpendResponse* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context, const v1::GetJobRequest* request,
                                   v1::GetJobResponse* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context, const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context,
                                      const v1::CancelJobRequest* request,
                                      v1::CancelJobResponse* response) override;
  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerWriteReactor<v1::DownloadVideoResponse>* DownloadVideo(
      grpc::CallbackServerContext* context, const v1::DownloadVideoRequest* request) override;

 private:
  using Reply = UnaryReply;

  Reply ReplyTo(Rpc rpc, grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor);
  CallScope ScopeOf(Rpc rpc, grpc::CallbackServerContext* context) const {
    return CallScope(rpc, parts_.observer, parts_.submit.clock, TraceOf(parts_.tracer, *context));
  }

  void QuoteCost(std::string tenant, const v1::QuoteSubject& subject, v1::GetCostResponse* response,
                 Reply reply);
  // Answers with the job as it is.
  void ReadCancelled(const std::string& tenant, const std::string& job_id, v1::CancelJobResponse* response,
                     Reply reply);

  const ServiceParts parts_;
  const PageTokens tokens_;
  const StatusWriter statuses_;
  Submitter submitter_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_VIDEO_GENERATION_SERVICE_H_
