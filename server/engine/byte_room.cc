#include "server/engine/byte_room.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

namespace zoetrope {

struct ByteRoom::State {
  struct Waiting {
    std::size_t bytes;
    std::function<void(Place)> enter;
  };

  // Lets those in who fit, one after another. What they give back meanwhile, here or on other threads, is
  // seen by the one who is at it: a long queue takes no stack.
  static void LetIn(const std::shared_ptr<State>& self, std::unique_lock<std::mutex> lock) {
    if (std::exchange(self->letting_in, true)) return;
    while (!self->waiting.empty() && self->waiting.front().bytes <= self->left) {
      Waiting next = std::move(self->waiting.front());
      self->waiting.pop_front();
      self->left -= next.bytes;
      lock.unlock();
      const auto give_back = [self, bytes = next.bytes](void*) {
        std::unique_lock again(self->mutex);
        self->left += bytes;
        LetIn(self, std::move(again));
      };
      next.enter(Place(self.get(), give_back));
      next.enter = nullptr;
      lock.lock();
    }
    self->letting_in = false;
  }

  std::mutex mutex;
  std::size_t bytes_max = 0;
  std::size_t left = 0;
  std::deque<Waiting> waiting;  // in the order of asking
  bool letting_in = false;
};

ByteRoom::ByteRoom(std::size_t bytes_max) : state_(std::make_shared<State>()) {
  state_->bytes_max = bytes_max;
  state_->left = bytes_max;
}

ByteRoom::~ByteRoom() {
  std::deque<State::Waiting> dropped;
  std::lock_guard lock(state_->mutex);
  dropped.swap(state_->waiting);
}

void ByteRoom::Ask(std::size_t bytes, std::function<void(Place)> enter) {
  if (bytes == 0) return enter(nullptr);
  std::unique_lock lock(state_->mutex);
  state_->waiting.push_back({std::min(bytes, state_->bytes_max), std::move(enter)});
  State::LetIn(state_, std::move(lock));
}

}  // namespace zoetrope
