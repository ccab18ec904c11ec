#include "server/http/curl_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace zoetrope {
namespace {

constexpr std::uint32_t kWakeTag = 2;  // beside the lanes' 0 and 1
constexpr std::size_t kIdleCallsMax = 1'024;
constexpr int kEventsPerWait = 256;

}  // namespace

CurlLoop::CurlLoop(CurlCall::Shared shared)
    : shared_(std::move(shared)),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      lanes_{CurlLane(CurlLaneKind::kShared, epoll_fd_, 0, shared_.config),
             CurlLane(CurlLaneKind::kPrivate, epoll_fd_, 1, shared_.config)},
      gates_{OriginGate(shared_.config.calls_per_origin_max), OriginGate(shared_.config.calls_per_origin_max),
             OriginGate(shared_.config.calls_per_origin_max)} {
  if (!ok()) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = std::uint64_t{kWakeTag} << 32;
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event);
}

CurlLoop::~CurlLoop() {
  if (thread_.joinable()) {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    eventfd_write(wake_fd_, 1);
    thread_.join();
  }
  if (epoll_fd_ >= 0) close(epoll_fd_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

void CurlLoop::Launch() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "http");
}

void CurlLoop::Start(CurlWork work) {
  const HttpClient::CallId id = work.id;
  Post({.kind = Command::Kind::kStart, .id = id, .work = std::move(work)});
}

void CurlLoop::Resume(HttpClient::CallId id) { Post({.kind = Command::Kind::kResume, .id = id, .work = {}}); }

void CurlLoop::Cancel(HttpClient::CallId id) { Post({.kind = Command::Kind::kCancel, .id = id, .work = {}}); }

void CurlLoop::Post(Command command) {
  bool must_wake = false;
  {
    std::lock_guard lock(mutex_);
    if (command.kind == Command::Kind::kStart) {
      const bool download = command.work.call_class() == CurlWork::kDownload;
      std::size_t& in_flight = download ? downloads_ : in_flight_;
      if (stopping_ ||
          in_flight >= (download ? shared_.config.downloads_max : shared_.config.in_flight_max)) {
        command.kind = stopping_ ? Command::Kind::kRefuse : Command::Kind::kRefuseBusy;
        command.work.request = {};  // what waits beyond the bound is small
      } else {
        ++in_flight;
      }
    }
    commands_.push_back(std::move(command));
    must_wake = std::exchange(asleep_, false);
  }
  if (must_wake) eventfd_write(wake_fd_, 1);
}

bool CurlLoop::TakeCommands() {
  std::lock_guard lock(mutex_);
  batch_.clear();
  batch_.swap(commands_);
  return stopping_;
}

void CurlLoop::Run() {
  // OpenSSL writes with write(2): without this a peer that hangs up during an upload would end the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

  while (!TakeCommands()) {
    for (Command& command : batch_) Execute(command);
    ExpireWaiting();
    BeginReady();
    for (CurlLane& lane : lanes_) {
      if (lane.TimeoutMillis() == 0) lane.OnTimeout();
      Reap(lane);
    }
    Wait();
  }
  CancelAll();
}

void CurlLoop::Execute(Command& command) {
  if (command.kind == Command::Kind::kStart) return Admit(std::move(command.work));
  if (command.kind == Command::Kind::kRefuse)
    return command.work.Fail({Delivery::kNotSent, TransportFault::kRefusedHere, "going down"});
  if (command.kind == Command::Kind::kRefuseBusy)
    return command.work.Fail({Delivery::kNotSent, TransportFault::kBusy, "too many calls under way"});
  if (const auto found = live_.find(command.id); found != live_.end()) {
    if (command.kind == Command::Kind::kResume) return found->second->Resume();
    return Finish(*found->second, CURLE_ABORTED_BY_CALLBACK, CurlStop::kCancelled);
  }
  if (command.kind == Command::Kind::kCancel && waiting_.contains(command.id)) {
    FailWaiting(command.id, {Delivery::kNotSent, TransportFault::kCancelled, "cancelled"});
  }
}

void CurlLoop::Admit(CurlWork work) {
  OriginGate& gate = gates_[work.call_class()];
  if (gate.TryEnter(WrittenOriginOf(work.request.url))) return Begin(std::move(work));
  const absl::Duration deadline = shared_.clock->Monotonic() + work.options.timeout;
  gate.Wait(WrittenOriginOf(work.request.url), work.id, deadline);
  const HttpClient::CallId id = work.id;
  waiting_.emplace(id, Waiting{std::move(work), deadline});
}

void CurlLoop::FailWaiting(HttpClient::CallId id, TransportError error) {
  const auto found = waiting_.find(id);
  CurlWork work = std::move(found->second.work);
  waiting_.erase(found);
  if (!gates_[work.call_class()].Forget(id)) LeaveGate(work);  // it was ready: had a place, and gives it on
  CountOne(work);
  work.Fail(std::move(error));
}

void CurlLoop::ExpireWaiting() {
  for (OriginGate& gate : gates_) {
    if (!gate.NextDeadline()) continue;
    for (const HttpClient::CallId id : gate.Expire(shared_.clock->Monotonic())) {
      const auto found = waiting_.find(id);
      CurlWork work = std::move(found->second.work);
      waiting_.erase(found);
      CountOne(work);
      work.Fail({Delivery::kNotSent, TransportFault::kTimeout, "no connection became free in time"});
    }
  }
}

void CurlLoop::LeaveGate(const CurlWork& work) {
  if (const auto next = gates_[work.call_class()].Leave(WrittenOriginOf(work.request.url)))
    ready_.push_back(*next);
}

void CurlLoop::BeginReady() {
  // Beginning may fail and make the next one ready.
  while (!ready_.empty()) {
    const HttpClient::CallId id = ready_.front();
    ready_.pop_front();
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) continue;  // cancelled meanwhile
    Waiting waited = std::move(found->second);
    waiting_.erase(found);
    waited.work.options.timeout = waited.deadline - shared_.clock->Monotonic();
    Begin(std::move(waited.work));
  }
}

void CurlLoop::CountOne(const CurlWork& work) {
  std::lock_guard lock(mutex_);
  --(work.call_class() == CurlWork::kDownload ? downloads_ : in_flight_);
}

void CurlLoop::Begin(CurlWork work) {
  const bool is_shared = work.call_class() == CurlWork::kHarmlessCall;
  const auto kind = static_cast<std::size_t>(is_shared ? CurlLaneKind::kShared : CurlLaneKind::kPrivate);
  auto& idle = idle_[kind];
  std::unique_ptr<CurlCall> call;
  if (idle.empty()) {
    call = std::make_unique<CurlCall>(&shared_, &lanes_[kind]);
  } else {
    call = std::move(idle.back());
    idle.pop_back();
  }
  const absl::Status begun = call->Begin(work);
  if (!begun.ok()) {
    LeaveGate(work);
    CountOne(work);
    return work.Fail({Delivery::kNotSent, TransportFault::kRefusedHere, std::string(begun.message())});
  }
  CurlCall& begun_call = *call;
  live_.emplace(begun_call.work().id, std::move(call));
  if (!begun_call.lane().Add(begun_call.handle())) Finish(begun_call, CURLE_FAILED_INIT, CurlStop::kNone);
}

long CurlLoop::WaitMillis() {
  if (!ready_.empty()) return 0;
  long millis = -1;
  const auto sooner = [&](long one) { millis = millis < 0 ? one : std::min(millis, one); };
  for (CurlLane& lane : lanes_) {
    if (const long one = lane.TimeoutMillis(); one >= 0) sooner(one);
  }
  for (const OriginGate& gate : gates_) {
    if (const auto deadline = gate.NextDeadline()) {
      const absl::Duration left =
          std::clamp(*deadline - shared_.clock->Monotonic(), absl::ZeroDuration(), absl::Minutes(1));
      sooner(static_cast<long>(absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)))));
    }
  }
  return millis;
}

void CurlLoop::Wait() {
  for (CurlLane& lane : lanes_) lane.FlushInterest();
  long millis = WaitMillis();
  {
    std::lock_guard lock(mutex_);
    if (!commands_.empty() || stopping_) {
      millis = 0;
    } else {
      asleep_ = true;
    }
  }
  std::array<epoll_event, kEventsPerWait> events;
  const int count =
      epoll_wait(epoll_fd_, events.data(), kEventsPerWait, static_cast<int>(std::min(millis, 60'000L)));
  {
    std::lock_guard lock(mutex_);
    asleep_ = false;
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const auto tag = static_cast<std::uint32_t>(event.data.u64 >> 32);
    if (tag == kWakeTag) {
      eventfd_t ignored = 0;
      eventfd_read(wake_fd_, &ignored);
    } else {
      lanes_[tag].OnSocket(static_cast<int>(event.data.u64 & 0xffffffff), event.events);
    }
  }
  for (CurlLane& lane : lanes_) Reap(lane);
}

void CurlLoop::Reap(CurlLane& lane) {
  while (const auto ended = lane.NextEnded()) Finish(*ended->call, ended->code, CurlStop::kNone);
}

void CurlLoop::Finish(CurlCall& call, CURLcode code, CurlStop stop) {
  call.lane().Remove(call.handle());
  const auto found = live_.find(call.work().id);
  std::unique_ptr<CurlCall> owned = std::move(found->second);
  live_.erase(found);
  LeaveGate(owned->work());
  CountOne(owned->work());
  owned->End(code, stop);
  auto& idle = idle_[static_cast<std::size_t>(owned->lane().kind())];
  if (idle.size() < kIdleCallsMax) idle.push_back(std::move(owned));
}

void CurlLoop::CancelAll() {
  // What was taken but not begun first, then the rest in any order; `done`s that start more calls get them
  // refused here too.
  bool is_first = true;
  while (is_first || !batch_.empty()) {
    for (Command& command : batch_) {
      if (command.kind == Command::Kind::kStart) {
        command.work.Fail({Delivery::kNotSent, TransportFault::kCancelled, "going down"});
      } else if (command.kind == Command::Kind::kRefuse) {
        Execute(command);
      }
    }
    while (!waiting_.empty()) {
      FailWaiting(waiting_.begin()->first, {Delivery::kNotSent, TransportFault::kCancelled, "going down"});
    }
    while (!live_.empty()) Finish(*live_.begin()->second, CURLE_ABORTED_BY_CALLBACK, CurlStop::kCancelled);
    is_first = false;
    TakeCommands();
  }
}

}  // namespace zoetrope
