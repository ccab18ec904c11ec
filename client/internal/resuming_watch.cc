#include "client/internal/resuming_watch.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "client/error_details.h"
#include "client/internal/rpc_error.h"
#include "client/job_state.h"

namespace zoetrope::client {

ResumingWatch::ResumingWatch(std::shared_ptr<v1::VideoGeneration::StubInterface> stub,
                             ClientOptions client_options, WatchOptions watch, CallOptions call)
    : stub_(std::move(stub)),
      options_(std::move(client_options)),
      watch_(std::move(watch)),
      call_(std::move(call)),
      end_(options_.environment->Now() + call_.timeout.value_or(absl::InfiniteDuration())),
      last_revision_(watch_.after_revision),
      last_heard_(options_.environment->Now()) {}

ResumingWatch::~ResumingWatch() {
  if (!reader_) return;
  context_->get()->TryCancel();
  (void)reader_->Finish();
}

absl::StatusOr<std::optional<v1::WatchJobResponse>> ResumingWatch::Next() {
  while (!final_) {
    if (!reader_) Open();
    v1::WatchJobResponse event;
    bool gap = false;
    if (reader_->Read(&event)) {
      const Verdict verdict = Judge(event);
      if (verdict == Verdict::kHandOut) return event;
      if (verdict == Verdict::kDrop) continue;
      gap = true;
    }
    absl::Status status = Close(gap);
    if (call_.cancellation && call_.cancellation->cancelled()) {
      final_ = absl::CancelledError("the caller ended the watch");
    } else if (Complete() || (status.ok() && !last_state_)) {
      final_ = absl::OkStatus();
    } else if (!Resumable(status)) {
      final_ = std::move(status);
    } else {
      status = WaitBeforeResume(status);
      if (!status.ok()) final_ = std::move(status);
    }
  }
  if (final_->ok()) return std::nullopt;
  return *final_;
}

void ResumingWatch::Open() {
  v1::WatchJobRequest request;
  request.set_job_id(watch_.job_id);
  request.set_until(watch_.until);
  if (last_revision_) request.set_after_revision(*last_revision_);
  const absl::Duration left = end_ - options_.environment->Now();
  context_ = std::make_unique<CallContext>(call_, std::min(left, options_.watch_stream_age));
  reader_ = stub_->WatchJob(context_->get(), request);
  ++streams_without_event_;
}

ResumingWatch::Verdict ResumingWatch::Judge(const v1::WatchJobResponse& event) {
  last_heard_ = options_.environment->Now();
  switch (event.event_case()) {
    case v1::WatchJobResponse::kSnapshot:
      return JudgeJob(event.snapshot().job(), event.snapshot().job().revision(), /*snapshot=*/true);
    case v1::WatchJobResponse::kRevision:
      return JudgeJob(event.revision().job(), event.revision().revision(), /*snapshot=*/false);
    case v1::WatchJobResponse::kProgress:
    case v1::WatchJobResponse::kLog:
      streams_without_event_ = 0;
      return Verdict::kHandOut;
    default:  // A heartbeat, or a kind that a newer server knows.
      return Verdict::kDrop;
  }
}

ResumingWatch::Verdict ResumingWatch::JudgeJob(const v1::Job& job, int64_t revision, bool snapshot) {
  if (last_revision_ && revision <= *last_revision_) return Verdict::kDrop;
  // A revision that does not follow the last would hide those between: the stream is dropped and asked for
  // them again.
  if (last_revision_ && !snapshot && revision != *last_revision_ + 1) return Verdict::kGap;
  last_revision_ = revision;
  last_state_ = job.state();
  last_settlement_ = job.cost().settlement();
  streams_without_event_ = 0;
  return Verdict::kHandOut;
}

absl::Status ResumingWatch::Close(bool gap) {
  if (gap) context_->get()->TryCancel();
  // Finish waits for messages that were sent but not read; after TryCancel it does not.
  absl::Status status = StatusFromGrpc(reader_->Finish());
  reader_.reset();
  context_.reset();
  if (gap) return absl::UnavailableError("the stream skipped a revision");
  return status;
}

bool ResumingWatch::Complete() const {
  if (!last_state_ || !IsTerminal(*last_state_)) return false;
  return watch_.until != v1::WATCH_UNTIL_SETTLED || IsFinal(last_settlement_);
}

bool ResumingWatch::Resumable(const absl::Status& status) const {
  const ErrorDetails details = GetErrorDetails(status);
  switch (status.code()) {
    case absl::StatusCode::kOk:  // The end of a stream, but not of the job.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:  // The stream's age, or the watch's end, which is looked at
                                               // next.
      return true;
    // What the service itself says carries a reason. Without one these are torn connections and resets on the
    // way.
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kCancelled:
      return details.reason.empty();
    // A stream that was too slow for too long, or one too many: the server says when to come back.
    case absl::StatusCode::kResourceExhausted:
      return details.reason == "STREAM_LIMIT" && details.retry_delay.has_value();
    default:
      return false;
  }
}

absl::Status ResumingWatch::WaitBeforeResume(const absl::Status& broken) {
  Environment& environment = *options_.environment;
  const Cancellation never;
  const Cancellation& cancellation = call_.cancellation ? *call_.cancellation : never;
  const int attempt = std::max(1, streams_without_event_);
  absl::Duration delay = BackoffDelay(options_.watch_retry, attempt, environment.RandomBits());
  if (const auto asked = GetErrorDetails(broken).retry_delay) delay += *asked;
  const absl::Time now = environment.Now();
  if (now + delay >= end_) return absl::DeadlineExceededError("the time limit of the watch is over");
  if (now + delay >= last_heard_ + options_.watch_patience) {
    if (!broken.ok()) return broken;
    return absl::InternalError("the server ends the stream although the job has not ended");
  }
  environment.SleepFor(delay, cancellation);
  if (cancellation.cancelled()) return absl::CancelledError("the caller ended the watch");
  return absl::OkStatus();
}

}  // namespace zoetrope::client
