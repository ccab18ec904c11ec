// A lane of one process.
#ifndef ZOETROPE_SERVER_ENGINE_LOCAL_LANE_H_
#define ZOETROPE_SERVER_ENGINE_LOCAL_LANE_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/engine/account.h"
#include "server/engine/breaker.h"
#include "server/engine/lane.h"
#include "server/engine/retry_budget.h"
#include "server/engine/token_bucket.h"

namespace zoetrope {

class LocalLane : public LaneGate {
 public:
  // `executor` and `clock` must outlive this; tasks that are left on the executor afterwards do nothing.
  LocalLane(LaneLimits limits, Executor* executor, Clock* clock);

  void Request(const std::string& job_id, std::function<void()> granted) override;
  void Release(const std::string& job_id) override;
  void Occupy(const std::string& job_id) override;
  void Report(LaneSignal signal, std::optional<absl::Duration> retry_after) override;
  void OnProbeDue(std::function<void(const std::string& job_id)> probe) override;
  void Probed(std::optional<LaneSignal> signal, std::optional<absl::Duration> retry_after) override;
  void AskForProbe(const std::string& job_id) override;
  bool TakeRepetition() override;
  absl::Time ReserveRepetition() override;
  void SetLimits(const LaneLimits& limits) override;
  LaneHealth Health() const override;

 private:
  // Grants what can be granted, and sees to it that it is called again when more can.
  void Pump();
  void Pause(absl::Time until, FailureReason why);
  // When the next permit can be given; now, if one can.
  absl::Time NextChance(absl::Time now);
  void PumpAt(absl::Time when);
  // Has a probe sent if one is due.
  void Probe(absl::Time now);
  // A job that waits; empty: none does.
  std::string WhoWaits();

  LaneLimits limits_;
  Executor* const executor_;
  Clock* const clock_;
  TokenBucket bucket_;
  Breaker breaker_;
  RetryBudget repetitions_;
  absl::Time paused_until_ = absl::InfinitePast();
  FailureReason paused_for_ = FailureReason::kProviderRateLimited;
  std::deque<std::string> queue_;  // may name jobs that have left `waiting_`
  std::unordered_map<std::string, std::function<void()>> waiting_;
  std::unordered_set<std::string> permits_;
  absl::Time pump_at_ = absl::InfiniteFuture();
  std::function<void(const std::string&)> probe_;
  std::string asker_;     // waits without wanting a permit; empty: no one does
  bool probing_ = false;  // from the decision to probe until it has ended
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_LOCAL_LANE_H_
