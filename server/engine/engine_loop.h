// The engine's inside: the table of live jobs, and how events, decisions, writes and effects follow.
//
// Everything here runs on the engine's executor unless it says otherwise. The rule that all rests on: an
// effect is carried out only after the state that asks for it is durable (Commit → OnCommitted → Run).
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_LOOP_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_LOOP_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/engine/effects.h"
#include "server/engine/engine.h"
#include "server/engine/entry.h"
#include "server/engine/job_machine.h"
#include "server/engine/job_standings.h"
#include "server/engine/nameless_sends.h"
#include "server/engine/poll_policy.h"
#include "server/engine/submission_loader.h"

namespace zoetrope {

class Engine::Loop : public std::enable_shared_from_this<Engine::Loop> {
 public:
  Loop(EngineParts parts, EngineOptions options);

  void Start();  // after construction, because it hands out weak pointers
  const EngineOptions& options() const { return options_; }

  class Callbacks;  // engine_callbacks.h: what providers tell by themselves
  Callbacks& callbacks() { return *callbacks_; }
  // --- Any thread ---
  void Post(std::function<void(Loop&)> task);
  PlaceVerdict TryReservePlace(const std::string& principal, int principal_max) {
    return places_.Take(principal, principal_max, options_.live_jobs_max);
  }
  void ReturnPlace(const std::string& principal) { places_.Give(principal); }
  std::size_t places() const { return places_.taken(); }
  std::map<std::string, LaneHealth> Lanes() const;
  const JobStandings& standings() const { return standings_; }

  // --- engine_loop.cc: the table and the flow ---
  void Adopt(LiveJob job);
  void Feed(const std::string& id, JobEvent event);
  void Drain(std::function<void()> done);
  void Reload(const EngineSupply& supply);

  // --- engine_recovery.cc: jobs that come from the store ---
  void Recover(std::string after_id, std::function<void(absl::Status)> done);
  void OnCommand(const std::string& job_id, bool expired = false);  // expired: the longest wait is over, too
  void WhenCommandsDone(const std::string& job_id, std::function<void()> done);

 private:
  using EntryPtr = std::shared_ptr<Entry>;
  class Prober;    // engine_prober.h: whether an account is back
  class Resolver;  // engine_resolver.h: submissions of unknown outcome
  class Charges;   // engine_charges.h: what is told after the end

  using Write = PendingWrite;

  // Runs `task` on the executor, if loop and entry are still there then. For callbacks of other threads.
  template <typename Task>
  auto Later(const EntryPtr& entry, Task task);
  absl::Time Now() const { return parts_.clock->TimeNow(); }
  EntryPtr Find(const std::string& id) const;

  // --- engine_loop.cc, engine_timers.cc ---
  EntryPtr Add(LiveJob job);
  void Drop(const EntryPtr& entry);
  void Advance(const EntryPtr& entry);
  void Idle(const EntryPtr& entry);
  MachineFacts Facts(const Entry& entry);
  void Commit(const EntryPtr& entry, std::shared_ptr<Write> write);
  void OnCommitted(const EntryPtr& entry, std::shared_ptr<Write> write, CommitOutcome outcome);
  void Reconcile(const EntryPtr& entry, std::shared_ptr<Write> write);
  void OnOverBudget(const EntryPtr& entry, Write& write);
  void OnDurable(const EntryPtr& entry, Write& write);
  void Sync(Entry& entry);
  void Run(const EntryPtr& entry, const Effect& effect);
  void SendingEnded(Entry& entry);
  void CheckDrained();
  void PublishLanes();
  void Arm(const EntryPtr& entry);
  void Disarm(Entry& entry);
  void ArmExecutor();
  void OnTimers();
  void Wake(const EntryPtr& entry);

  // --- engine_recovery.cc ---
  void Hydrate(const EntryPtr& entry);
  void OnRead(const EntryPtr& entry, absl::StatusOr<StoredJob> job);
  void LoadOffering(const EntryPtr& entry, const std::string& revision, std::function<void()> then);
  void LoadOfferingLater(const EntryPtr& entry, const std::string& revision, std::function<void()> then);
  void KeepEvidence(const Entry& entry, const Attempt& attempt);
  void KeepFact(const Evidence& fact);  // until it is kept
  void RecallWrittenOff(std::function<void(absl::Status)> done);
  void NotifyWaiters(const std::string& job_id);

  // --- engine_held.cc: decisions about held attempts ---
  void TakeWishes(Entry& entry);
  void LookForHolder(const EntryPtr& entry);
  void PassOver(const Entry& entry, const Decided& decided, const char* why);
  void AddExpiry(StoredJob& job);
  // Calls `otherwise` where nothing is known that it could be adopted by.
  void LookForEvidence(const AttemptName& attempt, std::function<void()> otherwise);
  void CheckHeld(absl::Time after_sent, std::string after_id);

  // --- engine_prepare.cc: from a permit to a request that is ready ---
  void AskForPermit(const EntryPtr& entry);
  void LookAround(const EntryPtr& entry);
  void OnPermit(const EntryPtr& entry);
  void EnterRoom(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building);
  void Prepare(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building);
  void OnPrepareAnswer(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building,
                       const std::string& step, HttpResult result);
  void KeepStep(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building, const std::string& step,
                std::string value);
  void Build(const EntryPtr& entry, std::shared_ptr<PreparedSubmit> building);
  void CannotSend(const EntryPtr& entry, Failure failure, std::int32_t http_status = 0);
  void QueueAgain(const EntryPtr& entry);
  void BackToLane(const EntryPtr& entry, absl::Duration pause);
  template <typename Task>
  auto WhileBuilding(const EntryPtr& entry, const std::shared_ptr<PreparedSubmit>& building, Task task);

  // --- engine_calls.cc: what goes over the wire ---
  void SendSubmit(const EntryPtr& entry);
  void OnSubmitAnswer(const EntryPtr& entry, const PreparedSubmit& sent, HttpResult result);
  void SendPoll(const EntryPtr& entry);
  void OnPollAnswer(const EntryPtr& entry, const std::string& attempt_id, HttpResult result);
  void OnPollOutcome(const EntryPtr& entry, PollOutcome outcome, std::int32_t http_status);
  void OnNothingLearnt(const EntryPtr& entry, std::optional<absl::Duration> retry_after);
  void OnPending(const EntryPtr& entry, Pending pending);
  void SendCancel(const EntryPtr& entry);
  void OnCancelAnswer(const EntryPtr& entry, HttpResult result);
  void ShowLogs(const Entry& entry, const std::vector<ProviderLogLine>& logs);
  PollPlan PlanOf(const Entry& entry) const;
  JobInput InputOf(const Entry& entry) const;
  void CheckTime(const EntryPtr& entry);
  CallNote NoteOf(const Entry& entry, ProviderCall call) const;
  void Report(const CallNote& note, const HttpResult& result);
  LaneGate* LaneOf(const std::string& provider);
  // Why nothing is sent to the account for longer than a job would wait without a word; nullopt: it is up.
  std::optional<FailureReason> TroubleOf(const std::string& provider);

  EngineParts parts_;
  EngineOptions options_;
  EngineSupply supply_;  // since the first reload
  EngineObserver no_observer_;
  EngineObserver* observer_;
  std::unordered_map<std::string, EntryPtr> entries_;
  std::map<std::string, std::unique_ptr<LaneGate>> lanes_;
  NamelessSends nameless_;
  std::shared_ptr<Prober> prober_;
  std::shared_ptr<Resolver> resolver_;
  std::shared_ptr<Charges> charges_;
  std::shared_ptr<Callbacks> callbacks_;
  SubmissionLoader loader_;
  std::map<std::string, std::weak_ptr<const Offering>> offerings_;  // those that were changed, by revision
  std::multimap<std::string, std::function<void()>> waiters_;       // by job
  // By time, then in the order of arming. At most one per entry: what ends, or is armed anew, leaves none.
  std::map<std::pair<absl::Time, std::uint64_t>, std::weak_ptr<Entry>> timers_;
  std::uint64_t timer_count_ = 0;
  absl::Time armed_ = absl::InfiniteFuture();
  std::unique_ptr<JobStore::Subscription> subscription_;
  Places places_;
  int open_sends_ = 0;  // entries with `sending`
  bool draining_ = false;
  bool checking_held_ = false;
  JobStandings standings_;
  bool recovering_ = false;  // not all that is at the providers is counted yet
  std::function<void()> drained_;
  mutable std::mutex lanes_mutex_;
  std::map<std::string, LaneHealth> lane_health_;
};

template <typename Task>
auto Engine::Loop::Later(const EntryPtr& entry, Task task) {
  return [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry),
          task = std::move(task)](auto result) mutable {
    const auto self = weak.lock();
    if (!self) return;
    // std::function wants a copyable task; the result may be large, so it travels behind a pointer.
    auto shared = std::make_shared<decltype(result)>(std::move(result));
    self->parts_.executor->Post([weak, held, task, shared] {
      const auto loop = weak.lock();
      const auto still = held.lock();
      if (loop && still) task(*loop, still, std::move(*shared));
    });
  };
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_LOOP_H_
