// A value that is replaced as a whole while others use it.
#ifndef ZOETROPE_SERVER_BASE_CURRENT_H_
#define ZOETROPE_SERVER_BASE_CURRENT_H_

#include <memory>
#include <mutex>
#include <utility>

namespace zoetrope {

// Whoever has taken a value keeps that one, and sees nothing of what comes after it. Thread-safe.
template <typename T>
class Current {
 public:
  explicit Current(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  // Never null where none was set.
  std::shared_ptr<const T> Get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void Set(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);  // the last user of the old one may be this; it goes after the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_CURRENT_H_
