// The real engine and the real watch hub behind the API's interfaces.
#ifndef ZOETROPE_SERVER_API_LIVE_PORTS_H_
#define ZOETROPE_SERVER_API_LIVE_PORTS_H_

#include <utility>

#include "server/api/ports.h"
#include "server/engine/engine.h"

namespace zoetrope {

class LiveEngine : public EnginePort {
 public:
  explicit LiveEngine(Engine* engine) : engine_(engine) {}

  const std::string& owner() const override { return engine_->owner(); }
  PlaceVerdict TryReservePlace(const std::string& principal, int principal_max) override {
    return engine_->TryReservePlace(principal, principal_max);
  }
  void ReturnPlace(const std::string& principal) override { engine_->ReturnPlace(principal); }
  void Adopt(LiveJob job) override { engine_->Adopt(std::move(job)); }
  void WhenCommandsDone(std::string job_id, std::function<void()> done) override {
    engine_->WhenCommandsDone(std::move(job_id), std::move(done));
  }
  std::map<std::string, LaneHealth> Lanes() const override { return engine_->Lanes(); }

 private:
  Engine* const engine_;
};

class LiveWatch : public WatchPort {
 public:
  explicit LiveWatch(WatchHub* hub) : hub_(hub) {}

  WatchHub::StreamId Open(WatchRequest request, std::shared_ptr<WatchStream> stream) override {
    return hub_->Open(std::move(request), std::move(stream));
  }
  void Ready(WatchHub::StreamId id) override { hub_->Ready(id); }
  void Close(WatchHub::StreamId id) override { hub_->Close(id); }

 private:
  WatchHub* const hub_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_LIVE_PORTS_H_
