// Tells listeners about durable changes.
#ifndef ZOETROPE_SERVER_STORE_CHANGE_FEED_H_
#define ZOETROPE_SERVER_STORE_CHANGE_FEED_H_

#include <functional>
#include <memory>

#include "server/store/job_store.h"

namespace zoetrope {

// Thread-safe. Publish is called by one thread at a time.
class ChangeFeed {
 public:
  ChangeFeed();
  ~ChangeFeed();

  // See JobStore::Subscribe. The handle may outlive the feed; it must not be destroyed by its own listener,
  // for which its destruction would wait for ever.
  [[nodiscard]] std::unique_ptr<JobStore::Subscription> Subscribe(
      std::function<void(const Change&)> listener);

  // Calls every listener that was there when this began.
  void Publish(const Change& change);

 private:
  struct Listener;
  struct Listeners;
  class Handle;

  const std::shared_ptr<Listeners> listeners_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_STORE_CHANGE_FEED_H_
