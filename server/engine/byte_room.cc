#include "server/engine/byte_room.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

namespace zoetrope {

struct ByteRoom::Wish {
  std::function<void(std::shared_ptr<Place>)> enter;
};

struct ByteRoom::State {
  struct Waiting {
    std::size_t bytes;
    std::weak_ptr<Wish> wish;
  };

  // Lets those in who fit, one after another. What they give back meanwhile, here or on other threads, is
  // seen by the one who is at it: a long queue takes no stack.
  static void LetIn(const std::shared_ptr<State>& self, std::unique_lock<std::mutex> lock) {
    if (std::exchange(self->letting_in, true)) return;
    while (!self->waiting.empty()) {
      const Waiting& next = self->waiting.front();
      Ticket wish = next.wish.lock();
      if (wish != nullptr && next.bytes > self->left) break;
      const std::size_t bytes = next.bytes;
      self->waiting.pop_front();
      if (wish == nullptr) continue;
      self->left -= bytes;
      lock.unlock();
      wish->enter(std::make_shared<Place>(self, bytes));
      wish.reset();
      lock.lock();
    }
    self->letting_in = false;
  }

  static void GiveBack(const std::shared_ptr<State>& self, std::size_t bytes) {
    std::unique_lock lock(self->mutex);
    self->left += bytes;
    LetIn(self, std::move(lock));
  }

  std::mutex mutex;
  std::size_t bytes_max = 0;
  std::size_t left = 0;
  std::deque<Waiting> waiting;  // in the order of asking
  bool letting_in = false;
};

ByteRoom::Place::Place(std::shared_ptr<State> state, std::size_t bytes)
    : state_(std::move(state)), bytes_(bytes) {}

ByteRoom::Place::~Place() { State::GiveBack(state_, bytes_); }

void ByteRoom::Place::Shrink(std::size_t bytes) {
  if (bytes >= bytes_) return;
  State::GiveBack(state_, bytes_ - bytes);
  bytes_ = bytes;
}

ByteRoom::ByteRoom(std::size_t bytes_max) : state_(std::make_shared<State>()) {
  state_->bytes_max = bytes_max;
  state_->left = bytes_max;
}

ByteRoom::~ByteRoom() {
  std::lock_guard lock(state_->mutex);
  state_->waiting.clear();
}

std::shared_ptr<ByteRoom::Place> ByteRoom::TryTake(std::size_t bytes) {
  std::lock_guard lock(state_->mutex);
  const std::size_t wanted = std::min(bytes, state_->bytes_max);
  if (!state_->waiting.empty() || wanted > state_->left) return nullptr;
  auto place = std::make_shared<Place>(state_, wanted);
  state_->left -= wanted;
  return place;
}

ByteRoom::Ticket ByteRoom::Ask(std::size_t bytes, std::function<void(std::shared_ptr<Place>)> enter) {
  auto ticket = std::make_shared<Wish>(Wish{std::move(enter)});
  std::unique_lock lock(state_->mutex);
  state_->waiting.push_back({std::min(bytes, state_->bytes_max), ticket});
  State::LetIn(state_, std::move(lock));
  return ticket;
}

}  // namespace zoetrope
