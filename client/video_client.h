#ifndef ZOETROPE_CLIENT_VIDEO_CLIENT_H_
#define ZOETROPE_CLIENT_VIDEO_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "client/channel.h"
#include "client/error_details.h"
#include "client/job_state.h"
#include "client/video_client_interface.h"

namespace zoetrope::client {

// Client of a zoetrope server over a channel; see VideoClientInterface for what each call promises.
//
// Cheap to make and to destroy; the connection belongs to the channel, which may be shared. A watch may
// outlive the client.
class VideoClient : public VideoClientInterface {
 public:
  using Options = ClientOptions;

  // `channel` is best made by MakeChannel.
  explicit VideoClient(std::shared_ptr<grpc::Channel> channel, Options options = {});
  ~VideoClient() override;

  absl::StatusOr<v1::SubmitResponse> Submit(v1::SubmitRequest request, const CallOptions& call = {}) override;
  std::unique_ptr<JobWatch> Watch(const WatchOptions& watch, const CallOptions& call = {}) override;
  absl::StatusOr<v1::Job> Get(const std::string& job_id, const CallOptions& call = {}) override;
  absl::StatusOr<v1::ListJobsResponse> List(const v1::ListJobsRequest& request,
                                            const CallOptions& call = {}) override;
  absl::StatusOr<v1::Job> Cancel(const std::string& job_id, const CallOptions& call = {}) override;
  absl::StatusOr<v1::GetCostResponse> GetCost(const v1::GetCostRequest& request,
                                              const CallOptions& call = {}) override;
  absl::StatusOr<v1::GetSpendResponse> GetSpend(const v1::GetSpendRequest& request,
                                                const CallOptions& call = {}) override;
  absl::StatusOr<v1::ListModelsResponse> ListModels(const v1::ListModelsRequest& request,
                                                    const CallOptions& call = {}) override;
  absl::StatusOr<DownloadResult> Download(const v1::DownloadVideoRequest& request, DownloadSink& sink,
                                          const CallOptions& call = {}) override;
  absl::StatusOr<HealthState> Health(const std::string& service = "", const CallOptions& call = {}) override;

 private:
  struct Connection;
  const std::unique_ptr<const Connection> connection_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_VIDEO_CLIENT_H_
