// Everything per provider account: how many jobs at once, how fast, and whether at all.
#ifndef ZOETROPE_SERVER_ENGINE_LANE_H_
#define ZOETROPE_SERVER_ENGINE_LANE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/domain/attempt.h"
#include "server/engine/retry_budget.h"

namespace zoetrope {

// How much an account may be asked to do.
struct LaneLimits {
  int concurrent_jobs_max = 100;       // from the intent to send until the attempt ends
  double submissions_per_second = 20;  // refill of the token bucket
  int submissions_burst = 20;          // its size
  RetryRules repetitions;              // of calls that failed, relative to those that work
};

enum class LaneCondition { kOpen, kSaturated, kBroken };

struct LaneHealth {
  LaneCondition condition = LaneCondition::kOpen;
  int in_flight = 0;
  int waiting = 0;
  int in_flight_max = 0;
  absl::Time retry_time = absl::InfinitePast();  // when kBroken: the next try
  // Why nothing is sent before resume_time, whatever the condition; nullopt: nothing is in the way.
  std::optional<FailureReason> trouble;
  absl::Time resume_time = absl::InfinitePast();
  // It was given up, and may be back: nothing that may cost is sent before a harmless call has shown so.
  bool half_open = false;
};

// What the lanes have become at `now`, where nothing has happened to the accounts since that would have told.
inline std::map<std::string, LaneHealth> AsOf(absl::Time now, std::map<std::string, LaneHealth> lanes) {
  for (auto& [name, health] : lanes) {
    if (health.trouble && health.resume_time <= now) health.trouble.reset();
    if (health.condition != LaneCondition::kBroken || now < health.retry_time) continue;
    health.condition = LaneCondition::kOpen;
    health.half_open = true;
  }
  return lanes;
}

// What a call to the account showed about the account (not about the job).
enum class LaneSignal {
  kWorking,    // a complete answer that is no sign of trouble
  kFailing,    // no answer, or an answer of the 5xx kind; nothing is sent before the time given, where one is
  kThrottled,  // asked to slow down: nothing is sent before the time given
  kRejected,   // the credential is refused: nothing is sent for a while
  kNoBalance,  // there is no money in it: the same
};

// Whether a status (0: no answer) is a sign of trouble at the provider.
inline bool IsServerTrouble(int status) { return status >= 500 || status == 0; }

// What such a failure shows about the account rather than about the job; nullopt: nothing.
inline std::optional<LaneSignal> SignalOf(FailureReason reason) {
  switch (reason) {
    case FailureReason::kProviderAuthFailed:
      return LaneSignal::kRejected;
    case FailureReason::kProviderBalanceExhausted:
      return LaneSignal::kNoBalance;
    case FailureReason::kProviderRateLimited:
      return LaneSignal::kThrottled;
    default:
      return std::nullopt;
  }
}

// Admission to one account. Used on the engine's executor only; in-process now, shared over replicas later,
// which is why a permit is asked for and comes as a call.
class LaneGate {
 public:
  virtual ~LaneGate() = default;

  // Asks for a permit in the name of `job_id`; `granted` is called once, on the executor, not inside the
  // call, in the order of asking. Asking again before that replaces the callback and keeps the place.
  virtual void Request(const std::string& job_id, std::function<void()> granted) = 0;
  // Takes the wish back, or gives the permit back; neither: nothing happens.
  virtual void Release(const std::string& job_id) = 0;
  // A job that is at the provider already: counted, whatever the limits say. Should it wait, it does no more.
  virtual void Occupy(const std::string& job_id) = 0;

  // Of any call but a probe. `retry_after`: what the provider asked for, where it did.
  virtual void Report(LaneSignal signal, std::optional<absl::Duration> retry_after) = 0;

  // Who asks whether an account that was given up is back. `probe` is called on the executor, not inside a
  // call of this, when that is due, with a job that waits for it. It makes a call that costs nothing, and
  // Probed follows; until then it is not called again.
  virtual void OnProbeDue(std::function<void(const std::string& job_id)> probe) = 0;
  // How the probe has ended; nullopt: none was sent.
  virtual void Probed(std::optional<LaneSignal> signal, std::optional<absl::Duration> retry_after) = 0;
  // `job_id`, which wants no permit, waits for the account to be back as well.
  virtual void AskForProbe(const std::string& job_id) = 0;

  // Takes a repetition of a call that failed out of the account's budget, if there is one.
  virtual bool TakeRepetition() = 0;
  // The same of one that can wait: it is promised now; from when it may be made.
  virtual absl::Time ReserveRepetition() = 0;

  // Other limits from now on. What is there already stays, be it too much.
  virtual void SetLimits(const LaneLimits& limits) = 0;

  // As of now.
  virtual LaneHealth Health() const = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_LANE_H_
