// The threads that read.
#ifndef ZOETROPE_SERVER_STORE_READER_POOL_H_
#define ZOETROPE_SERVER_STORE_READER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/store/job_queries.h"

namespace zoetrope {

// One thread per set of queries; tasks begin in the order of posting.
class ReaderPool {
 public:
  using Task = std::function<void(JobQueries&)>;

  // Keeps at most `queued` tasks waiting.
  ReaderPool(std::vector<std::unique_ptr<JobQueries>> queries, std::size_t queued);
  // Runs what is posted, then ends.
  ~ReaderPool();

  // False: too many wait, and `task` was not taken. Any thread.
  [[nodiscard]] bool Post(Task task);

  // Runs `task`, which is short, before all that reads; never refuses. For telling callers that they were
  // refused.
  void PostUrgent(std::function<void()> task);

 private:
  void Run(JobQueries& queries);

  const std::vector<std::unique_ptr<JobQueries>> queries_;
  const std::size_t queued_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> urgent_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_READER_POOL_H_
