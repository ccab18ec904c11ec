// What the API needs of the engine and the watch hub, as interfaces: its tests then need neither.
#ifndef ZOETROPE_SERVER_API_PORTS_H_
#define ZOETROPE_SERVER_API_PORTS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "server/engine/lane.h"
#include "server/engine/places.h"
#include "server/events/watch_hub.h"
#include "server/store/job_store.h"

namespace zoetrope {

// As Engine, whose comments hold. Thread-safe.
class EnginePort {
 public:
  virtual ~EnginePort() = default;
  virtual const std::string& owner() const = 0;
  virtual PlaceVerdict TryReservePlace(const std::string& principal, int principal_max) = 0;
  virtual void ReturnPlace(const std::string& principal) = 0;
  virtual void Adopt(LiveJob job) = 0;
  virtual void WhenCommandsDone(std::string job_id, std::function<void()> done) = 0;
  virtual std::map<std::string, LaneHealth> Lanes() const = 0;
};

// As WatchHub, whose comments hold. Thread-safe.
class WatchPort {
 public:
  virtual ~WatchPort() = default;
  virtual WatchHub::StreamId Open(WatchRequest request, std::shared_ptr<WatchStream> stream) = 0;
  virtual void Ready(WatchHub::StreamId id) = 0;
  virtual void Close(WatchHub::StreamId id) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_PORTS_H_
