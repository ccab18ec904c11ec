#include "server/base/loop_executor.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace zoetrope {
namespace {

// A wall clock that is set forward is noticed after this.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);

}  // namespace

LoopExecutor::LoopExecutor(Clock* clock, std::string name) : clock_(clock), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

LoopExecutor::~LoopExecutor() { Shutdown(); }

void LoopExecutor::Post(std::function<void()> task) {
  bool was_idle = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    was_idle = ready_.empty();
    ready_.push_back(std::move(task));
  }
  if (was_idle) wake_.notify_one();
}

void LoopExecutor::PostAt(absl::Time when, std::function<void()> task) {
  bool is_first = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    // In two statements: the operands of == may be evaluated in either order, and begin() must come second.
    const auto added = timers_.emplace(when, std::move(task));
    is_first = added == timers_.begin();
  }
  if (is_first) wake_.notify_one();
}

std::size_t LoopExecutor::depth() const {
  std::lock_guard lock(mutex_);
  return ready_.size() + batch_left_.load();
}

void LoopExecutor::Shutdown() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  ready_.clear();
  timers_.clear();
}

absl::Time LoopExecutor::TakeDueLocked(std::vector<std::function<void()>>& batch) {
  if (timers_.empty()) return absl::InfiniteFuture();
  const absl::Time now = clock_->TimeNow();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    batch.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
  return timers_.empty() ? absl::InfiniteFuture() : timers_.begin()->first;
}

void LoopExecutor::Run() {
  std::vector<std::function<void()>> batch;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    batch.swap(ready_);
    const absl::Time next = TakeDueLocked(batch);
    if (batch.empty()) {
      if (next == absl::InfiniteFuture()) {
        wake_.wait(lock);
      } else {
        const absl::Duration pause = std::min(next - clock_->TimeNow(), kLongestSleep);
        wake_.wait_for(lock, absl::ToChronoNanoseconds(std::max(pause, absl::ZeroDuration())));
      }
      continue;
    }
    lock.unlock();
    batch_left_ = batch.size();
    for (auto& task : batch) {
      if (stopping_) break;
      task();
      --batch_left_;
    }
    batch.clear();
    lock.lock();
  }
}

}  // namespace zoetrope
