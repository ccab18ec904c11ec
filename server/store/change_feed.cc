#include "server/store/change_feed.h"

#include <mutex>
#include <utility>
#include <vector>

namespace zoetrope {

struct ChangeFeed::Listener {
  std::mutex calling;                       // held during a call
  std::function<void(const Change&)> call;  // empty once the subscription is over
};

// The list is replaced, never changed, so that Publish can walk along it while others come and go.
struct ChangeFeed::Listeners {
  using List = std::vector<std::shared_ptr<Listener>>;

  std::shared_ptr<const List> Get() {
    std::lock_guard lock(mutex);
    return list;
  }

  std::mutex mutex;
  std::shared_ptr<const List> list = std::make_shared<const List>();
};

class ChangeFeed::Handle : public JobStore::Subscription {
 public:
  Handle(std::shared_ptr<Listeners> listeners, std::shared_ptr<Listener> listener)
      : listeners_(std::move(listeners)), listener_(std::move(listener)) {}

  ~Handle() override {
    {
      std::lock_guard lock(listeners_->mutex);
      auto list = std::make_shared<Listeners::List>(*listeners_->list);
      std::erase(*list, listener_);
      listeners_->list = std::move(list);
    }
    std::lock_guard lock(listener_->calling);
    listener_->call = nullptr;
  }

 private:
  const std::shared_ptr<Listeners> listeners_;
  const std::shared_ptr<Listener> listener_;
};

ChangeFeed::ChangeFeed() : listeners_(std::make_shared<Listeners>()) {}
ChangeFeed::~ChangeFeed() = default;

std::unique_ptr<JobStore::Subscription> ChangeFeed::Subscribe(std::function<void(const Change&)> listener) {
  auto added = std::make_shared<Listener>();
  added->call = std::move(listener);
  {
    std::lock_guard lock(listeners_->mutex);
    auto list = std::make_shared<Listeners::List>(*listeners_->list);
    list->push_back(added);
    listeners_->list = std::move(list);
  }
  return std::make_unique<Handle>(listeners_, std::move(added));
}

void ChangeFeed::Publish(const Change& change) {
  const auto list = listeners_->Get();
  for (const std::shared_ptr<Listener>& listener : *list) {
    std::lock_guard lock(listener->calling);
    if (listener->call) listener->call(change);
  }
}

}  // namespace zoetrope
