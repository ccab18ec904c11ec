#include "server/api/download_reactor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr std::size_t kChunkBytes = 64u << 10;
constexpr absl::Duration kDownloadTimeout = absl::Hours(1);
constexpr std::size_t kContentTypeChars = 100;
constexpr absl::Duration kBusyRetry = absl::Seconds(10);

// A provider's word goes on only as far as it is a media type.
std::string CleanType(std::string_view type) {
  const bool clean = type.size() <= kContentTypeChars &&
                     std::all_of(type.begin(), type.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return clean ? std::string(type) : std::string();
}

}  // namespace

DownloadReactor::DownloadReactor(HttpClient* http, Clock* clock, const StatusWriter* statuses,
                                 CallScope scope, Saved saved)
    : http_(http),
      clock_(clock),
      statuses_(statuses),
      scope_(scope),
      saved_(std::move(saved)),
      digest_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
}

std::shared_ptr<DownloadReactor> DownloadReactor::Make(HttpClient* http, Clock* clock,
                                                       const StatusWriter* statuses, CallScope scope,
                                                       Saved saved) {
  std::shared_ptr<DownloadReactor> reactor(
      new DownloadReactor(http, clock, statuses, scope, std::move(saved)));
  reactor->grpc_self_ = reactor;
  return reactor;
}

void DownloadReactor::Fail(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  EndLocked(statuses_->ToGrpc("DownloadVideo", status, scope_.trace()));
}

void DownloadReactor::Begin(DownloadPlan plan) {
  {
    std::lock_guard lock(mutex_);
    if (gone_) return;
    expire_time_ = plan.expire_time;
    with_credential_ = plan.with_credential;
    http_self_ = grpc_self_;
  }
  const CallOptions options{.timeout = kDownloadTimeout,
                            .body_bytes_max = static_cast<std::size_t>(limits::kDownloadBytes),
                            .url_rule = plan.url_rule};
  const HttpClient::CallId call = http_->StartDownload(std::move(plan.request), options, this);
  // `this` lives on: the client's OnDone may have come, but whoever called Begin holds a share.
  bool resume = false;
  bool cancel = false;
  {
    std::lock_guard lock(mutex_);
    call_ = call;
    resume = std::exchange(resume_early_, false);
    cancel = gone_;
  }
  if (cancel) {
    http_->Cancel(call);
  } else if (resume) {
    http_->Resume(call);
  }
}

bool DownloadReactor::OnHeaders(const HttpResponse& head) {
  std::lock_guard lock(mutex_);
  if (gone_) return false;
  if (head.status != 200) {
    failure_ = StatusOfAnswer(head.status, with_credential_, clock_->TimeNow() >= expire_time_);
    return false;
  }
  header_.emplace();
  header_->set_content_type(CleanType(head.Header("content-type").value_or("")));
  std::int64_t length = 0;
  // A length that is none is as good as no length.
  if (absl::SimpleAtoi(ToAbsl(head.Header("content-length").value_or("")), &length) && length >= 0 &&
      !head.Header("content-encoding")) {
    expected_bytes_ = length;
    header_->set_size_bytes(length);
  }
  AdvanceLocked();
  return true;
}

BodySink::Flow DownloadReactor::OnBytes(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  if (gone_) return Flow::kStop;
  if (waiting_.size() >= kChunkBytes) {
    paused_ = true;
    return Flow::kPause;
  }
  EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
  received_bytes_ += static_cast<std::int64_t>(bytes.size());
  waiting_.append(bytes);
  AdvanceLocked();
  return Flow::kContinue;
}

void DownloadReactor::OnDone(std::optional<TransportError> error) {
  std::shared_ptr<DownloadReactor> self;
  std::lock_guard lock(mutex_);
  self = std::move(http_self_);
  over_ = true;
  const bool whole = !error && (!expected_bytes_ || *expected_bytes_ == received_bytes_);
  if (error && error->fault == TransportFault::kBusy && !failure_) {
    failure_ = WithRetryDelay(MakeError(v1::ERROR_REASON_STREAM_LIMIT, "too many downloads are under way"),
                              kBusyRetry);
  }
  if (!whole && !failure_) failure_ = BrokenOff(clock_->TimeNow() >= expire_time_);
  AdvanceLocked();
}

void DownloadReactor::AdvanceLocked() {
  if (writing_ || ended_ || gone_) return;
  message_.Clear();
  if (header_) {
    *message_.mutable_header() = *std::move(header_);
    header_.reset();
    return WriteLocked();
  }
  if (!waiting_.empty()) {
    if (waiting_.size() <= kChunkBytes) {
      message_.set_chunk(std::exchange(waiting_, {}));
    } else {
      message_.set_chunk(waiting_.substr(0, kChunkBytes));
      waiting_.erase(0, kChunkBytes);
    }
    return WriteLocked();
  }
  if (!over_) return;
  if (failure_) return EndLocked(statuses_->ToGrpc("DownloadVideo", *failure_, scope_.trace()));
  if (trailer_sent_) {
    saved_(expire_time_);
    return EndLocked(grpc::Status::OK);
  }
  trailer_sent_ = true;
  message_.mutable_trailer()->set_size_bytes(received_bytes_);
  message_.mutable_trailer()->set_sha256(DigestLocked());
  WriteLocked();
}

void DownloadReactor::WriteLocked() {
  writing_ = true;
  StartWrite(&message_);
}

void DownloadReactor::EndLocked(grpc::Status status) {
  if (ended_) return;
  ended_ = true;
  status_ = std::move(status);
  Finish(status_);
}

std::optional<HttpClient::CallId> DownloadReactor::LeaveLocked() {
  gone_ = true;
  if (!writing_) EndLocked(grpc::Status::CANCELLED);
  return over_ ? std::nullopt : call_;
}

std::string DownloadReactor::DigestLocked() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(digest_.get(), bytes, &size);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes), size));
}

void DownloadReactor::OnWriteDone(bool ok) {
  std::optional<HttpClient::CallId> cancel;
  std::optional<HttpClient::CallId> resume;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok) scope_.Sent();
    if (!ok || gone_) {
      cancel = LeaveLocked();
    } else {
      AdvanceLocked();
      if (paused_ && waiting_.size() < kChunkBytes) {
        paused_ = false;
        resume = call_;
        resume_early_ = !call_;
      }
    }
  }
  if (cancel) http_->Cancel(*cancel);
  if (resume) http_->Resume(*resume);
}

void DownloadReactor::OnCancel() {
  std::optional<HttpClient::CallId> cancel;
  {
    std::lock_guard lock(mutex_);
    cancel = LeaveLocked();
  }
  if (cancel) http_->Cancel(*cancel);
}

void DownloadReactor::OnDone() {
  scope_.Ended(status_.error_code());
  const std::shared_ptr<DownloadReactor> self = std::move(grpc_self_);
}

}  // namespace zoetrope
