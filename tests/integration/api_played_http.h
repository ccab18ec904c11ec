// Downloads as a provider would give them, without a network.
#ifndef ZOETROPE_TESTS_INTEGRATION_API_PLAYED_HTTP_H_
#define ZOETROPE_TESTS_INTEGRATION_API_PLAYED_HTTP_H_

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/executor.h"
#include "server/http/http_client.h"

namespace zoetrope::testing {

// One download as a provider would give it.
struct PlayedDownload {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
  std::size_t piece = 16u << 10;
  bool breaks_off = false;  // after the body
  bool hangs = false;       // after the body, until it is cancelled
};

// Plays downloads on a thread of its own, pausing as it is told.
class PlayedHttp : public HttpClient {
 public:
  explicit PlayedHttp(Executor* executor) : executor_(executor) {}

  void Play(PlayedDownload download) {
    std::lock_guard lock(mutex_);
    script_ = std::move(download);
  }
  // The last request.
  HttpRequest request() {
    std::lock_guard lock(mutex_);
    return request_;
  }
  int pauses() {
    std::lock_guard lock(mutex_);
    return pauses_;
  }
  // Blocks until every download has had its OnDone.
  void WaitUntilIdle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return calls_.empty(); });
  }

  CallId Start(HttpRequest, CallOptions, Done) override { return 0; }

  CallId StartDownload(HttpRequest request, CallOptions, BodySink* sink) override {
    std::lock_guard lock(mutex_);
    request_ = std::move(request);
    const CallId id = ++last_id_;
    calls_[id] = Call{.script = script_, .sink = sink};
    executor_->Post([this, id] { Begin(id); });
    return id;
  }
  void Resume(CallId id) override {
    executor_->Post([this, id] { Continue(id); });
  }
  void Cancel(CallId id) override {
    executor_->Post([this, id] {
      End(id, TransportError{Delivery::kMaybeSent, TransportFault::kCancelled, ""});
    });
  }

 private:
  struct Call {
    PlayedDownload script;
    BodySink* sink = nullptr;
    std::size_t at = 0;
  };

  Call* Find(CallId id) {
    std::lock_guard lock(mutex_);
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : &found->second;
  }

  void Begin(CallId id) {
    Call* call = Find(id);
    if (call == nullptr) return;
    if (!call->sink->OnHeaders(
            {.status = call->script.status, .headers = call->script.headers, .body = ""})) {
      return End(id, TransportError{Delivery::kMaybeSent, TransportFault::kCancelled, ""});
    }
    Continue(id);
  }

  void Continue(CallId id) {
    Call* call = Find(id);
    if (call == nullptr) return;
    while (call->at < call->script.body.size()) {
      const std::string_view piece = std::string_view(call->script.body).substr(call->at, call->script.piece);
      const BodySink::Flow flow = call->sink->OnBytes(piece);
      if (flow == BodySink::Flow::kPause) {
        std::lock_guard lock(mutex_);
        ++pauses_;
        return;
      }
      if (flow == BodySink::Flow::kStop) {
        return End(id, TransportError{Delivery::kMaybeSent, TransportFault::kCancelled, ""});
      }
      call->at += piece.size();
    }
    if (call->script.hangs) return;
    if (call->script.breaks_off)
      return End(id, TransportError{Delivery::kMaybeSent, TransportFault::kReset, ""});
    End(id, std::nullopt);
  }

  void End(CallId id, std::optional<TransportError> error) {
    Call* call = Find(id);
    if (call == nullptr) return;
    call->sink->OnDone(std::move(error));
    std::lock_guard lock(mutex_);
    calls_.erase(id);
    idle_.notify_all();
  }

  Executor* const executor_;
  std::mutex mutex_;
  std::condition_variable idle_;
  PlayedDownload script_;
  HttpRequest request_{};
  std::map<CallId, Call> calls_;
  CallId last_id_ = 0;
  int pauses_ = 0;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_INTEGRATION_API_PLAYED_HTTP_H_
