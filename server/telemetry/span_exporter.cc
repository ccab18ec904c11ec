#include "server/telemetry/span_exporter.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "server/providers/http_classes.h"

namespace zoetrope {
namespace {

constexpr absl::Duration kFirstPause = absl::Seconds(1);
constexpr int kPauseDoublings = 5;
constexpr std::size_t kAnswerBytes = 64u << 10;

constexpr absl::Duration kLongestPause = absl::Minutes(1);

// What an answer says; without one `status` is 0.
struct Answer {
  int status = 0;
  std::optional<absl::Duration> retry_after = std::nullopt;
  std::size_t rejected = 0;  // spans that it did not take, though it answered well
};

// The answers after which OTLP wants a client to come again.
bool IsPassing(int status) {
  return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

// `partialSuccess.rejectedSpans`, which JSON may have as a text.
std::size_t RejectedIn(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return 0;
  const auto partial = json.find("partialSuccess");
  if (partial == json.end() || !partial->is_object()) return 0;
  const auto count = partial->find("rejectedSpans");
  std::int64_t number = 0;
  if (count != partial->end() && count->is_number_integer()) number = count->get<std::int64_t>();
  if (count != partial->end() && count->is_string() && !absl::SimpleAtoi(count->get<std::string>(), &number))
    return 0;
  return number > 0 ? static_cast<std::size_t>(number) : 0;
}

Answer AnswerOf(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr) return {};
  return {response->status, RetryAfter(*response), RejectedIn(response->body)};
}

}  // namespace

class SpanExporter::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(HttpClient* http, Executor* executor, Clock* clock, Random* random, SpanExporterOptions options,
       Count count)
      : http_(http),
        executor_(executor),
        clock_(clock),
        random_(random),
        options_(std::move(options)),
        count_(std::move(count)) {}

  void Add(Span span) {
    std::size_t waiting = 0;
    bool dropped = false;
    {
      std::lock_guard lock(mutex_);
      dropped = queue_.size() >= options_.queue_max;
      if (!dropped) queue_.push_back(std::move(span));
      waiting = queue_.size();
    }
    if (dropped) return count_(SpanFate::kQueueFull, 1);
    // The first one of a batch starts its clock, and the last one sends it.
    if (waiting == options_.batch_max) {
      executor_->Post(Task(&Core::SendNext));
    } else if (waiting == 1) {
      executor_->PostAt(clock_->TimeNow() + options_.delay, Task(&Core::SendNext));
    }
  }

  std::size_t depth() const {
    std::lock_guard lock(mutex_);
    return queue_.size();
  }

  void Flush(std::function<void()> done) {
    executor_->Post([self = shared_from_this(), done = std::move(done)]() mutable {
      self->flushed_ = std::move(done);
      self->pausing_ ? self->GoOn() : self->SendNext();
    });
  }

 private:
  std::function<void()> Task(void (Core::*step)()) {
    return [weak = weak_from_this(), step] {
      if (const auto self = weak.lock()) (*self.*step)();
    };
  }

  // --- On the executor ---

  void SendNext() {
    if (!sending_.empty()) return;
    {
      std::lock_guard lock(mutex_);
      const auto end =
          queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.batch_max));
      sending_.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    if (sending_.empty()) {
      if (auto done = std::exchange(flushed_, nullptr)) done();
      return;
    }
    tries_ = 0;
    body_ = EncodeOtlp(options_.resource, sending_);
    Send();
  }

  void Send() {
    ++tries_;
    HttpRequest request{HttpMethod::kPost, Repeat::kHarmless, options_.url, options_.headers, body_};
    request.headers.push_back({"Content-Type", "application/json"});
    const CallOptions call{.timeout = options_.timeout,
                           .body_bytes_max = kAnswerBytes,
                           .url_rule = {.allow_plain_http = true, .allow_private_hosts = true}};
    http_->Start(std::move(request), call, [weak = weak_from_this()](HttpResult result) {
      const auto self = weak.lock();
      if (!self) return;
      self->executor_->Post([weak, answer = AnswerOf(result)] {
        if (const auto still = weak.lock()) still->OnAnswer(answer);
      });
    });
  }

  void OnAnswer(const Answer& answer) {
    const bool passing = IsPassing(answer.status);
    if (passing && tries_ < options_.tries && flushed_ == nullptr) {
      pausing_ = true;
      return executor_->PostAt(clock_->TimeNow() + PauseAfter(answer), Task(&Core::GoOn));
    }
    if (answer.status >= 200 && answer.status < 300) {
      const std::size_t rejected = std::min(answer.rejected, sending_.size());
      if (rejected < sending_.size()) count_(SpanFate::kExported, sending_.size() - rejected);
      if (rejected > 0) count_(SpanFate::kRefused, rejected);
    } else {
      count_(passing ? SpanFate::kUndelivered : SpanFate::kRefused, sending_.size());
    }
    sending_.clear();
    body_.clear();
    // What has come meanwhile is a batch, or its first one has started a clock that may be over.
    const std::size_t waiting = depth();
    if (waiting == 0 || waiting >= options_.batch_max || flushed_ != nullptr) return SendNext();
    executor_->PostAt(clock_->TimeNow() + options_.delay, Task(&Core::SendNext));
  }

  // Up to half as long again, so that servers that were sent away together do not come back together.
  absl::Duration PauseAfter(const Answer& answer) {
    const absl::Duration own = kFirstPause * (1 << std::min(tries_ - 1, kPauseDoublings));
    return std::min(answer.retry_after.value_or(own), kLongestPause) * (1 + UnitInterval(*random_) / 2);
  }

  // A flush may have ended the pause.
  void GoOn() {
    if (std::exchange(pausing_, false)) Send();
  }

  HttpClient* const http_;
  Executor* const executor_;
  Clock* const clock_;
  Random* const random_;
  const SpanExporterOptions options_;
  const Count count_;
  mutable std::mutex mutex_;
  std::deque<Span> queue_;  // under mutex_
  std::vector<Span> sending_;
  std::string body_;
  int tries_ = 0;
  bool pausing_ = false;  // until it is tried again
  std::function<void()> flushed_;
};

SpanExporter::SpanExporter(HttpClient* http, Executor* executor, Clock* clock, Random* random,
                           SpanExporterOptions options, Count count)
    : core_(std::make_shared<Core>(http, executor, clock, random, std::move(options), std::move(count))) {}

SpanExporter::~SpanExporter() = default;

void SpanExporter::Add(Span span) { core_->Add(std::move(span)); }
std::size_t SpanExporter::depth() const { return core_->depth(); }
void SpanExporter::Flush(std::function<void()> done) { core_->Flush(std::move(done)); }

}  // namespace zoetrope
