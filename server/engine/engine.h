// The one loop that owns live jobs: it takes what happens, lets the pure job machine decide, makes the
// decision durable, and only then carries out its effects.
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/catalogue/catalogue.h"
#include "server/domain/budget.h"
#include "server/engine/account.h"
#include "server/engine/engine_observer.h"
#include "server/engine/job_follower.h"
#include "server/engine/job_standings.h"
#include "server/engine/lane.h"
#include "server/engine/places.h"
#include "server/events/event.h"
#include "server/http/http_client.h"
#include "server/store/job_store.h"

namespace zoetrope {

class CallbackUrls;
class TrackRecord;

struct EngineOptions {
  std::string owner;  // unique per process start
  std::size_t live_jobs_max = 100'000;
  int recovery_page = 500;
  // What the pictures of the submissions that are built and sent at the same time may take up at each
  // account, a third of it as they are. A submission whose pictures find no room waits, without a permit; one
  // that is larger than all goes alone.
  std::size_t picture_bytes_max = 64u << 20;
  absl::Duration store_retry = absl::Seconds(1);  // after a write or a read that failed
  // When the store was copied from the one of another server; InfinitePast: it was not. What a job that is as
  // old has planned may have been submitted by that one since.
  absl::Time copied_at = absl::InfinitePast();
  // From when an attempt was sent until it is abandoned where nobody has decided; infinite: never.
  absl::Duration hold_for = absl::Hours(24 * 7);
  // Whether a submission of unknown outcome may be sent once more where its job asks for that, so that both
  // may be paid for. What the operator says now counts, not what was said when the job was accepted.
  bool allow_retry_once = false;
  // Whether jobs may stay that no configured account can be asked for.
  bool allow_missing_accounts = false;
  std::vector<Budget> budgets;  // that attempts after the first must fit under
};

// What a reload of the configuration changes for the engine. The accounts are those of before, by name,
// dialect and adapter: what is under way at one goes on under what is new of it.
struct EngineSupply {
  std::shared_ptr<const Accounts> accounts;
  std::shared_ptr<const Catalogue> catalogue;
  std::vector<Budget> budgets;
};

// What the engine is made of; all of it outlives the engine.
struct EngineParts {
  JobStore* store = nullptr;
  HttpClient* http = nullptr;
  Executor* executor = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  const Accounts* accounts = nullptr;
  const Catalogue* catalogue = nullptr;
  const CallbackUrls* callbacks = nullptr;   // null: no provider is asked to call back
  ProgressSink* progress = nullptr;          // may be null
  EngineObserver* observer = nullptr;        // may be null
  std::vector<JobFollower*> followers = {};  // null ones are passed over
  TrackRecord* track_record = nullptr;       // may be null
  Log* log = nullptr;                        // may be null
};

// Public calls from any thread. Nothing here blocks.
class Engine {
 public:
  Engine(EngineParts parts, EngineOptions options);
  // The executor must have stopped, or run no task of this engine any more.
  ~Engine();

  // Name to create jobs under (NewJob.owner).
  const std::string& owner() const;

  // Takes a place for a job of `principal` that is about to be created, as Places::Take with live_jobs_max. A
  // place that is not used for Adopt must be given back.
  PlaceVerdict TryReservePlace(const std::string& principal, int principal_max);
  void ReturnPlace(const std::string& principal);

  // Takes over a job that Create has made durable in this engine's name; uses the place.
  void Adopt(LiveJob job);

  // Claims every live job of the store and goes on with it. Calls `done`, on the executor, when the store has
  // no more; jobs that are created meanwhile are not touched twice.
  void Recover(std::function<void(absl::Status)> done);

  // Calls `done`, on the executor, when no command of the job is waiting to be carried out here; at once when
  // the job is not ours.
  void WhenCommandsDone(std::string job_id, std::function<void()> done);

  // A provider has called back about an attempt. OK when what it says is durable, or is no news; NOT_FOUND:
  // there is no such attempt; INVALID_ARGUMENT: it says nothing that the dialect knows; UNAVAILABLE: it
  // should call again. `done` comes on the executor.
  void OnCallback(AttemptName attempt, std::string body, std::function<void(absl::Status)> done);

  // From now on jobs go by `supply`; what is on the wire ends as it was sent. Keeps it for as long as it is
  // needed. Calls `done`, on the executor, when it is in force.
  void Reload(EngineSupply supply, std::function<void()> done);

  // Stops starting anything new: no submission, no poll. Calls `done`, on the executor, when every submission
  // that is on the wire has been answered and recorded (bounded by the submit timeout).
  void Drain(std::function<void()> done);

  // Condition of each account, by name, as it was a moment ago.
  std::map<std::string, LaneHealth> Lanes() const;
  std::size_t live_job_count() const;
  // Where the live jobs are, by account.
  std::map<std::string, AccountStanding> Standings() const;

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_H_
