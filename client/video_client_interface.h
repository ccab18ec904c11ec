#ifndef ZOETROPE_CLIENT_VIDEO_CLIENT_INTERFACE_H_
#define ZOETROPE_CLIENT_VIDEO_CLIENT_INTERFACE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/call_options.h"
#include "client/download.h"
#include "client/job_watch.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::client {

// What the server says about itself. A state that a newer server knows is kUnknown.
enum class HealthState { kUnknown, kServing, kNotServing };

// The calls of the service as a C++ program makes them. VideoClient is the real one; mock_video_client.h has
// one for tests.
//
// Every call blocks the thread that makes it, and may be made from any thread, from several at once. Messages
// are the caller's, before and after. An error is a status with the server's code and message;
// GetErrorDetails gives its reason, the fields that are wrong and when to come back.
//
// Calls that end with UNAVAILABLE are repeated with growing, random waits, not before the time that the
// server names. All of them may be: reading changes nothing, Cancel is idempotent, and Submit is by its
// request id. Nothing else is repeated.
class VideoClientInterface {
 public:
  virtual ~VideoClientInterface() = default;

  // Submits a job; it is durable when this returns OK. Where `request_id` is empty a random one is filled in,
  // the same for all tries, so that a lost answer never makes a second job. After an error
  // ErrorDetails.request_id is the id that was used: whether the job exists is then known by submitting the
  // same again with that id.
  virtual absl::StatusOr<v1::SubmitResponse> Submit(v1::SubmitRequest request, const CallOptions& call) = 0;

  // Starts to watch a job; see JobWatch. Connects at the first Next, and never fails before.
  virtual std::unique_ptr<JobWatch> Watch(const WatchOptions& watch, const CallOptions& call) = 0;

  // The job as it is now.
  virtual absl::StatusOr<v1::Job> Get(const std::string& job_id, const CallOptions& call) = 0;

  // One page of jobs, newest first. The next one is asked for with `page_token` = `next_page_token`, until
  // that is empty.
  virtual absl::StatusOr<v1::ListJobsResponse> List(const v1::ListJobsRequest& request,
                                                    const CallOptions& call) = 0;

  // Asks for the job to end; returns it as it is after the wish became durable, which may be before the end.
  virtual absl::StatusOr<v1::Job> Cancel(const std::string& job_id, const CallOptions& call) = 0;

  // What a generation would cost, or what a job has cost so far.
  virtual absl::StatusOr<v1::GetCostResponse> GetCost(const v1::GetCostRequest& request,
                                                      const CallOptions& call) = 0;

  // What this tenant's jobs were charged, added up.
  virtual absl::StatusOr<v1::GetSpendResponse> GetSpend(const v1::GetSpendRequest& request,
                                                        const CallOptions& call) = 0;

  // One page of models.
  virtual absl::StatusOr<v1::ListModelsResponse> ListModels(const v1::ListModelsRequest& request,
                                                            const CallOptions& call) = 0;

  // Passes the bytes of an output to `sink`, and returns OK only where length and SHA-256 are as the server
  // says. Holds one chunk at a time. A stream that breaks with UNAVAILABLE starts over, see
  // DownloadSink::Begin. Bytes that are missing or wrong are DATA_LOSS; an error of the sink is returned as
  // it is.
  virtual absl::StatusOr<DownloadResult> Download(const v1::DownloadVideoRequest& request, DownloadSink& sink,
                                                  const CallOptions& call) = 0;

  // Whether the server takes calls now (grpc.health.v1). Not repeated: the answer is about now. `service` may
  // be empty, for the server as a whole.
  virtual absl::StatusOr<HealthState> Health(const std::string& service, const CallOptions& call) = 0;
};

// Watches a job to its end in the calling thread and calls `on_event` for each event. Where that returns
// false the watch ends early, and the result is OK. Otherwise as JobWatch::Next.
absl::Status WatchEach(VideoClientInterface& client, const WatchOptions& watch, const CallOptions& call,
                       const std::function<bool(const v1::WatchJobResponse&)>& on_event);

// Reads all pages and calls `on_job` for each job, newest first, until it returns false.
absl::Status ForEachJob(VideoClientInterface& client, v1::ListJobsRequest request, const CallOptions& call,
                        const std::function<bool(const v1::Job&)>& on_job);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_VIDEO_CLIENT_INTERFACE_H_
