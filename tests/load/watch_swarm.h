// Many watchers of many jobs, who are cut off, come back, and are slow, on gRPC's callback client; and what
// they may see: each revision once, in order and without a gap, the same contents for everybody, and the end
// last.
#ifndef ZOETROPE_TESTS_LOAD_WATCH_SWARM_H_
#define ZOETROPE_TESTS_LOAD_WATCH_SWARM_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/loop_executor.h"
#include "server/base/real_clock.h"
#include "tests/support/seeded_random.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::testing {

// What one stream has said so far, against the rules. For one thread at a time.
class StreamRules {
 public:
  // `after`: the cursor that the stream was opened with; nullopt: none.
  StreamRules(std::string job_id, std::optional<std::int64_t> after)
      : job_id_(std::move(job_id)), at_(after) {}

  // What is wrong with the next message; empty: nothing.
  std::string See(const v1::WatchJobResponse& message);
  // What is wrong with such an end.
  std::string End(const grpc::Status& status) const;

  std::optional<std::int64_t> at() const { return at_; }  // last revision that was seen
  bool ended() const { return ended_; }                   // the job has
  bool held() const { return held_; }                     // the job is, as far as was seen

 private:
  std::string SeeJob(const v1::Job& job, std::int64_t revision, bool snapshot);

  const std::string job_id_;
  std::optional<std::int64_t> at_;
  bool any_ = false;
  bool ended_ = false;
  bool held_ = false;
};

struct SwarmFigures {
  std::int64_t events = 0;       // revisions and snapshots
  std::int64_t streams = 0;      // that were opened
  std::int64_t cut = 0;          // by their watcher
  std::int64_t slow_ended = 0;   // by the server, for a watcher who was too slow
  std::int64_t interrupted = 0;  // by the server going down
  std::int64_t completed = 0;    // jobs that a watcher has followed to the end
};

struct SwarmOptions {
  int watchers = 500;
  double cut_chance = 0.02;  // after an event
  double slow_share = 0.1;   // of the watchers
  int slow_ms = 20;          // what a slow one takes for an event; every other one a hundred times that
  std::size_t jobs_kept = 100'000;  // the newest ones, which watchers choose from
};

// Thread-safe. Jobs are added as they are made; each watcher goes from one to another, one that is not over
// to its end.
class WatchSwarm {
 public:
  WatchSwarm(std::uint64_t seed, SwarmOptions options);
  // Stops.
  ~WatchSwarm();

  void AddJob(const std::string& job_id);
  // From now on streams go to the server at `address`; begins the watching the first time.
  void Connect(const std::string& address);
  // No new streams; returns when all are over.
  void Stop();
  // Waits until so many events have come, or the rules were broken.
  void WaitFor(std::int64_t events);

  SwarmFigures figures() const;
  // What was against the rules, in words; at most a hundred.
  std::vector<std::string> broken() const;
  // The last revision of each job that anybody has seen.
  std::map<std::string, std::int64_t> seen() const;

 private:
  class Stream;
  struct Watcher;

  void Open(Watcher& watcher);
  void OpenLater(Watcher& watcher, int millis);
  void OnEvent(Watcher& watcher, const v1::WatchJobResponse& message, const StreamRules& rules,
               const std::string& wrong);
  // `cut`: by the watcher itself.
  void OnEnd(Watcher& watcher, const grpc::Status& status, bool cut, const StreamRules& rules);
  bool Draws(double chance);
  bool stopping() const;
  void BreakLocked(const std::string& what);

  const SwarmOptions options_;
  RealClock clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  SeededRandom random_;
  std::shared_ptr<v1::VideoGeneration::Stub> stub_;
  std::shared_ptr<v1::VideoGeneration::Stub> slow_stub_;  // takes nothing that nobody is about to read
  std::deque<std::string> jobs_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::map<std::pair<std::string, std::int64_t>, std::size_t> contents_;  // hash by job and revision
  std::map<std::string, std::int64_t> seen_;
  std::map<std::string, std::int64_t> ends_;  // first revision of each job at which it had ended
  SwarmFigures figures_;
  std::vector<std::string> broken_;
  int open_ = 0;  // streams, and watchers who wait to open one
  bool started_ = false;
  bool stopping_ = false;
  // Last: its tasks use all of the above.
  LoopExecutor loop_{&clock_, "swarm"};
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_LOAD_WATCH_SWARM_H_
