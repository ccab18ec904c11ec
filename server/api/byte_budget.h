// How many bytes may be held at once.
#ifndef ZOETROPE_SERVER_API_BYTE_BUDGET_H_
#define ZOETROPE_SERVER_API_BYTE_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <memory>

namespace zoetrope {

// Thread-safe. What was taken may be given back after the budget is gone.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bytes_max) : left_(std::make_shared<std::atomic<std::size_t>>(bytes_max)) {}

  // Room for so many bytes, until the last copy of it is dropped; null: there is none.
  std::shared_ptr<void> Take(std::size_t bytes) {
    std::size_t left = left_->load();
    do {
      if (bytes > left) return nullptr;
    } while (!left_->compare_exchange_weak(left, left - bytes));
    return {static_cast<void*>(left_.get()), [left = left_, bytes](void*) { left->fetch_add(bytes); }};
  }

 private:
  const std::shared_ptr<std::atomic<std::size_t>> left_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_BYTE_BUDGET_H_
