#include "tests/load/watch_swarm.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "client/job_state.h"

namespace zoetrope::testing {
namespace {

constexpr std::size_t kWordsMax = 100;
constexpr std::int64_t kNotifyEvery = 100;
// Before a stream that was refused or interrupted is opened anew.
constexpr int kPauseMs = 50;
constexpr int kSlowWindowBytes = 16;

// Maps are written in any order otherwise.
std::size_t ContentsOf(const v1::Job& job) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream text(&bytes);
    google::protobuf::io::CodedOutputStream coded(&text);
    coded.SetSerializationDeterministic(true);
    job.SerializeToCodedStream(&coded);
  }
  return std::hash<std::string>()(bytes);
}

}  // namespace

std::string StreamRules::SeeJob(const v1::Job& job, std::int64_t revision, bool snapshot) {
  if (job.id() != job_id_) return absl::StrCat("is about another job: `", job.id(), "`, revision ", revision);
  if (job.revision() != revision) return "says one revision and carries another";
  if (ended_ && !snapshot) return absl::StrCat("goes on with revision ", revision, " after the end");
  if (snapshot && (any_ || at_)) return "has a snapshot in the middle";
  if (!snapshot && !at_) return "does not begin with a snapshot";
  if (!snapshot && revision != *at_ + 1) return absl::StrCat("goes from revision ", *at_, " to ", revision);
  at_ = revision;
  any_ = true;
  ended_ = client::IsTerminal(job.state());
  held_ = job.state() == v1::JOB_STATE_HELD;
  return "";
}

std::string StreamRules::See(const v1::WatchJobResponse& message) {
  switch (message.event_case()) {
    case v1::WatchJobResponse::kSnapshot:
      return SeeJob(message.snapshot().job(), message.snapshot().job().revision(), true);
    case v1::WatchJobResponse::kRevision:
      return SeeJob(message.revision().job(), message.revision().revision(), false);
    case v1::WatchJobResponse::kHeartbeat:
      if (at_ && message.heartbeat().revision() < *at_) return "has a heartbeat of the past";
      return "";
    case v1::WatchJobResponse::kProgress:
    case v1::WatchJobResponse::kLog:
      return ended_ ? "tells of progress after the end" : "";
    default:
      return "has an empty message";
  }
}

std::string StreamRules::End(const grpc::Status& status) const {
  if (status.ok() && !ended_)
    return absl::StrCat("ends well at revision ", at_.value_or(0), " before the job does");
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "";
    default:
      return absl::StrCat("ends with ", static_cast<int>(status.error_code()), " ", status.error_message());
  }
}

struct WatchSwarm::Watcher {
  int pause_ms = 0;  // before the next event is read
  std::string job_id;
  std::optional<std::int64_t> after;  // cursor of the next stream
  bool resumes = false;               // the job is not over for this watcher
};

// One stream. Deletes itself after its end.
class WatchSwarm::Stream : public grpc::ClientReadReactor<v1::WatchJobResponse> {
 public:
  Stream(WatchSwarm* swarm, Watcher* watcher, std::shared_ptr<v1::VideoGeneration::Stub> stub)
      : swarm_(swarm), watcher_(watcher), stub_(std::move(stub)), rules_(watcher->job_id, watcher->after) {}

  void Start() {
    request_.set_job_id(watcher_->job_id);
    if (watcher_->after) request_.set_after_revision(*watcher_->after);
    stub_->async()->WatchJob(&context_, &request_, this);
    // A slow reader has no read under way while it is busy.
    AddHold();
    StartRead(&message_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    const std::string wrong = rules_.See(message_);
    swarm_->OnEvent(*watcher_, message_, rules_, wrong);
    // What is held may wait for a person for ever.
    const bool held = rules_.held();
    if (!wrong.empty() || held || swarm_->stopping() || swarm_->Draws(swarm_->options_.cut_chance)) {
      context_.TryCancel();
      cut_ = true;
      return RemoveHold();
    }
    if (watcher_->pause_ms == 0) return StartRead(&message_);
    swarm_->loop_.PostAt(swarm_->clock_.TimeNow() + absl::Milliseconds(watcher_->pause_ms),
                         [this] { StartRead(&message_); });
  }

  void OnDone(const grpc::Status& status) override {
    // What a caller has cut off has no end of its own.
    swarm_->OnEnd(*watcher_, cut_ ? grpc::Status::CANCELLED : status, cut_, rules_);
    delete this;
  }

 private:
  WatchSwarm* const swarm_;
  Watcher* const watcher_;
  const std::shared_ptr<v1::VideoGeneration::Stub> stub_;
  StreamRules rules_;
  grpc::ClientContext context_;
  v1::WatchJobRequest request_;
  v1::WatchJobResponse message_;
  bool cut_ = false;
};

WatchSwarm::WatchSwarm(std::uint64_t seed, SwarmOptions options) : options_(options), random_(seed) {
  for (int i = 0; i < options_.watchers; ++i) {
    watchers_.push_back(std::make_unique<Watcher>());
    if (random_.Chance(options_.slow_share)) {
      watchers_.back()->pause_ms = options_.slow_ms * (random_.Chance(0.5) ? 1 : 100);
    }
  }
}

WatchSwarm::~WatchSwarm() { Stop(); }

void WatchSwarm::AddJob(const std::string& job_id) {
  std::lock_guard lock(mutex_);
  jobs_.push_back(job_id);
  if (jobs_.size() > options_.jobs_kept) jobs_.pop_front();
}

void WatchSwarm::Connect(const std::string& address) {
  bool start = false;
  {
    std::lock_guard lock(mutex_);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::VideoGeneration::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    // Else a reader's machine takes in as much as a whole history, and nobody can tell that it is slow.
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kSlowWindowBytes);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    slow_stub_ = v1::VideoGeneration::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    start = !std::exchange(started_, true);
    if (start) open_ = options_.watchers;
  }
  if (!start) return;
  for (const auto& watcher : watchers_) OpenLater(*watcher, 0);
}

void WatchSwarm::OpenLater(Watcher& watcher, int millis) {
  loop_.PostAt(clock_.TimeNow() + absl::Milliseconds(millis), [this, &watcher] { Open(watcher); });
}

void WatchSwarm::Open(Watcher& watcher) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    --open_;
    return changed_.notify_all();
  }
  if (jobs_.empty()) {
    lock.unlock();
    return OpenLater(watcher, kPauseMs);
  }
  if (!watcher.resumes) {
    watcher.job_id = jobs_[random_.Below(jobs_.size())];
    // From the beginning, from where it stands, or from anywhere.
    watcher.after.reset();
    const auto seen = seen_.find(watcher.job_id);
    const std::int64_t last = seen == seen_.end() ? 0 : seen->second;
    const std::uint64_t way = random_.Below(3);
    if (way == 0) watcher.after = 0;
    // Of a job that has ended there is nothing after the last revision, not even a message.
    if (way == 1)
      watcher.after = static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(last) + 1));
    watcher.resumes = true;
  }
  ++figures_.streams;
  auto* const stream = new Stream(this, &watcher, watcher.pause_ms > 0 ? slow_stub_ : stub_);
  lock.unlock();
  stream->Start();
}

bool WatchSwarm::Draws(double chance) { return random_.Chance(chance); }

bool WatchSwarm::stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void WatchSwarm::BreakLocked(const std::string& what) {
  if (broken_.size() < kWordsMax) broken_.push_back(what);
}

void WatchSwarm::OnEvent(Watcher& watcher, const v1::WatchJobResponse& message, const StreamRules& rules,
                         const std::string& wrong) {
  const v1::Job* job = message.has_snapshot()   ? &message.snapshot().job()
                       : message.has_revision() ? &message.revision().job()
                                                : nullptr;
  const std::size_t contents = job != nullptr ? ContentsOf(*job) : 0;
  std::lock_guard lock(mutex_);
  if (!wrong.empty()) BreakLocked(absl::StrCat(watcher.job_id, ": a stream ", wrong));
  if (job == nullptr) return;
  watcher.after = rules.at();
  watcher.resumes = !rules.held();
  const auto [known, fresh] = contents_.emplace(std::pair(watcher.job_id, job->revision()), contents);
  if (!fresh && known->second != contents) {
    BreakLocked(absl::StrCat(watcher.job_id, ": two contents of revision ", job->revision()));
  }
  std::int64_t& seen = seen_[watcher.job_id];
  seen = std::max(seen, job->revision());
  if (client::IsTerminal(job->state())) {
    std::int64_t& end = ends_.try_emplace(watcher.job_id, job->revision()).first->second;
    end = std::min(end, job->revision());
  }
  // Whoever waits for a number of events does not mind a few more.
  if (++figures_.events % kNotifyEvery == 0 || !broken_.empty()) changed_.notify_all();
}

void WatchSwarm::OnEnd(Watcher& watcher, const grpc::Status& status, bool cut, const StreamRules& rules) {
  int pause = 0;
  {
    std::lock_guard lock(mutex_);
    // A cursor at the end of a job that is over: there was nothing left to say.
    const auto end = ends_.find(watcher.job_id);
    const bool nothing_left = status.ok() && end != ends_.end() && watcher.after.value_or(0) >= end->second;
    const std::string wrong = nothing_left ? "" : rules.End(status);
    if (!wrong.empty()) BreakLocked(absl::StrCat(watcher.job_id, ": a stream ", wrong));
    if (rules.ended() && status.ok()) ++figures_.completed;
    if (status.ok()) watcher.resumes = false;
    figures_.cut += cut;
    // Where nothing can be written, not even why it ends, the server can only cancel.
    const bool cancelled = !cut && status.error_code() == grpc::StatusCode::CANCELLED;
    figures_.slow_ended += cancelled || status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
    figures_.interrupted += status.error_code() == grpc::StatusCode::UNAVAILABLE;
    if (!status.ok() && !cut) pause = kPauseMs;
  }
  OpenLater(watcher, pause);
}

void WatchSwarm::Stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.wait(lock, [this] { return open_ == 0; });
}

void WatchSwarm::WaitFor(std::int64_t events) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return figures_.events >= events || !broken_.empty(); });
}

SwarmFigures WatchSwarm::figures() const {
  std::lock_guard lock(mutex_);
  return figures_;
}

std::vector<std::string> WatchSwarm::broken() const {
  std::lock_guard lock(mutex_);
  return broken_;
}

std::map<std::string, std::int64_t> WatchSwarm::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace zoetrope::testing
