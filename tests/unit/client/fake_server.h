#ifndef ZOETROPE_TESTS_UNIT_CLIENT_FAKE_SERVER_H_
#define ZOETROPE_TESTS_UNIT_CLIENT_FAKE_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::client {

// A VideoGeneration server in this process, on a port of its own, whose every answer a test writes as a
// function. A method without one answers UNIMPLEMENTED. Requests of Submit and WatchJob are kept for the test
// to look at.
class FakeServer : public v1::VideoGeneration::Service {
 public:
  using WatchWriter = grpc::ServerWriter<v1::WatchJobResponse>;
  using DownloadWriter = grpc::ServerWriter<v1::DownloadVideoResponse>;

  FakeServer();
  ~FakeServer() override;

  // As in `127.0.0.1:40123`.
  const std::string& address() const { return address_; }

  std::vector<v1::SubmitRequest> submits();
  std::vector<v1::WatchJobRequest> watches();
  // Waits until a Submit has come in.
  void AwaitSubmit();

  std::function<grpc::Status(const v1::SubmitRequest&, v1::SubmitResponse*)> on_submit;
  std::function<grpc::Status(grpc::ServerContext*, const v1::WatchJobRequest&, WatchWriter*)> on_watch;
  std::function<grpc::Status(const v1::GetCostRequest&, v1::GetCostResponse*)> on_cost;
  std::function<grpc::Status(const v1::GetSpendRequest&, v1::GetSpendResponse*)> on_spend;
  std::function<grpc::Status(const v1::GetJobRequest&, v1::GetJobResponse*)> on_get;
  std::function<grpc::Status(const v1::ListJobsRequest&, v1::ListJobsResponse*)> on_list;
  std::function<grpc::Status(const v1::CancelJobRequest&, v1::CancelJobResponse*)> on_cancel;
  std::function<grpc::Status(const v1::ListModelsRequest&, v1::ListModelsResponse*)> on_models;
  std::function<grpc::Status(const v1::DownloadVideoRequest&, DownloadWriter*)> on_download;

  grpc::Status Submit(grpc::ServerContext*, const v1::SubmitRequest* request,
                      v1::SubmitResponse* response) override;
  grpc::Status WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                        WatchWriter* writer) override;
  grpc::Status GetCost(grpc::ServerContext*, const v1::GetCostRequest* request,
                       v1::GetCostResponse* response) override;
  grpc::Status GetSpend(grpc::ServerContext*, const v1::GetSpendRequest* request,
                        v1::GetSpendResponse* response) override;
  grpc::Status GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                      v1::GetJobResponse* response) override;
  grpc::Status ListJobs(grpc::ServerContext*, const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status CancelJob(grpc::ServerContext*, const v1::CancelJobRequest* request,
                         v1::CancelJobResponse* response) override;
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;
  grpc::Status DownloadVideo(grpc::ServerContext*, const v1::DownloadVideoRequest* request,
                             DownloadWriter* writer) override;

 private:
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  absl::Mutex mutex_;
  std::vector<v1::SubmitRequest> submits_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::WatchJobRequest> watches_ ABSL_GUARDED_BY(mutex_);
};

// An error as the service makes it: one ErrorInfo with `reason`, and what else a test adds.
struct RichError {
  grpc::StatusCode code;
  std::string message;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> metadata = {};
  std::vector<std::pair<std::string, std::string>> field_violations = {};
  absl::Duration retry_delay = absl::ZeroDuration();

  operator grpc::Status() const;
};

// A job in a state, at a revision, a number of seconds after 2026-11-20T05:00:00Z.
v1::Job MakeJob(v1::JobState state, int64_t revision);
v1::WatchJobResponse Snapshot(const v1::Job& job);
v1::WatchJobResponse Revision(const v1::Job& job);
v1::Money Usd(int64_t units, int32_t nanos);

// The messages of a whole download of `bytes`, in chunks of `chunk_bytes`.
std::vector<v1::DownloadVideoResponse> DownloadOf(const std::string& bytes, size_t chunk_bytes = 1000);

// The first bytes of an MP4 file, and then some.
std::string VideoBytes();

}  // namespace zoetrope::client

#endif  // ZOETROPE_TESTS_UNIT_CLIENT_FAKE_SERVER_H_
