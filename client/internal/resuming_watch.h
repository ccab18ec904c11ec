#ifndef ZOETROPE_CLIENT_INTERNAL_RESUMING_WATCH_H_
#define ZOETROPE_CLIENT_INTERNAL_RESUMING_WATCH_H_

#include <grpcpp/support/sync_stream.h>

#include <memory>

#include "client/internal/call.h"
#include "client/job_watch.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::client {

class ResumingWatch : public JobWatch {
 public:
  // `stub` outlives the watch; `client_options.environment` is set.
  ResumingWatch(std::shared_ptr<v1::VideoGeneration::StubInterface> stub, ClientOptions client_options,
                WatchOptions watch, CallOptions call);
  ~ResumingWatch() override;

  absl::StatusOr<std::optional<v1::WatchJobResponse>> Next() override;
  std::optional<int64_t> last_revision() const override { return last_revision_; }

 private:
  // What is to be done with a message.
  enum class Verdict { kHandOut, kDrop, kGap };

  void Open();
  Verdict Judge(const v1::WatchJobResponse& event);
  Verdict JudgeJob(const v1::Job& job, int64_t revision, bool snapshot);
  // Ends the stream and returns how it ended.
  absl::Status Close(bool gap);
  // Whether the job as last seen is where the watch was to end.
  bool Complete() const;
  // Whether another stream may bring what this one did not.
  bool Resumable(const absl::Status& status) const;
  // Waits before the next stream. Not OK: there will be none.
  absl::Status WaitBeforeResume(const absl::Status& broken);

  const std::shared_ptr<v1::VideoGeneration::StubInterface> stub_;
  const ClientOptions options_;
  const WatchOptions watch_;
  const CallOptions call_;
  const absl::Time end_;

  std::unique_ptr<CallContext> context_;
  std::unique_ptr<grpc::ClientReaderInterface<v1::WatchJobResponse>> reader_;
  std::optional<int64_t> last_revision_;
  std::optional<v1::JobState> last_state_;
  v1::SettlementState last_settlement_ = v1::SETTLEMENT_STATE_UNSPECIFIED;
  absl::Time last_heard_;
  int streams_without_event_ = 0;
  std::optional<absl::Status> final_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_INTERNAL_RESUMING_WATCH_H_
