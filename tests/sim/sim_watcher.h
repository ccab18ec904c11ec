// A caller that watches a job, is cut off now and then, and goes on from the last revision that it saw.
#ifndef ZOETROPE_TESTS_SIM_SIM_WATCHER_H_
#define ZOETROPE_TESTS_SIM_SIM_WATCHER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/events/watch_hub.h"

namespace zoetrope::testing {

// What the hub of a simulation sends: a letter for the kind, the revision, and whether the job is terminal.
std::string EncodeForSim(const WatchEvent& event);

class SimWatcher : public std::enable_shared_from_this<SimWatcher> {
 public:
  SimWatcher(std::string job_id, bool from_start) : job_id_(std::move(job_id)) {
    if (from_start) cursor_ = 0;
  }

  // Watches at `hub`, from where it was.
  void Connect(WatchHub* hub);
  // The connection breaks, or the hub's process has died (then the hub is not called any more).
  void Disconnect(bool hub_is_gone);

  bool connected() const { return hub_ != nullptr; }
  bool done() const { return done_; }
  const std::string& job_id() const { return job_id_; }
  // Rules of the stream that did not hold.
  const std::vector<std::string>& broken() const { return broken_; }

 private:
  void Send(EncodedEvent event);
  void Finish(absl::Status status);

  const std::string job_id_;
  std::optional<std::int64_t> cursor_;
  bool saw_terminal_ = false;
  bool done_ = false;
  WatchHub* hub_ = nullptr;
  std::shared_ptr<WatchStream> link_;
  WatchHub::StreamId id_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SIM_SIM_WATCHER_H_
