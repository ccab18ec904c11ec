#include "server/store/reader_pool.h"

#include <pthread.h>

#include <utility>

namespace zoetrope {

ReaderPool::ReaderPool(std::vector<std::unique_ptr<JobQueries>> queries, std::size_t queued)
    : queries_(std::move(queries)), queued_max_(queued) {
  for (const auto& each : queries_) {
    threads_.emplace_back([this, &each] { Run(*each); });
    pthread_setname_np(threads_.back().native_handle(), "store-reader");
  }
}

ReaderPool::~ReaderPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ReaderPool::Post(Task task) {
  {
    std::lock_guard lock(mutex_);
    if (tasks_.size() >= queued_max_) return false;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void ReaderPool::PostUrgent(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    urgent_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void ReaderPool::Run(JobQueries& queries) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !urgent_.empty() || !tasks_.empty(); });
    if (!urgent_.empty()) {
      const std::function<void()> task = std::move(urgent_.front());
      urgent_.pop_front();
      lock.unlock();
      task();
    } else if (!tasks_.empty()) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task(queries);
    } else {
      return;
    }
    lock.lock();
  }
}

}  // namespace zoetrope
