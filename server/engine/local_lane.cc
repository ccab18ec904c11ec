#include "server/engine/local_lane.h"

#include <algorithm>
#include <utility>

#include "server/engine/probe_policy.h"

namespace zoetrope {
namespace {

// After a 429 without a time, and after a refusal of the credential or for lack of balance: long enough not
// to hammer, short enough that a mended account comes back by itself.
constexpr absl::Duration kThrottlePause = absl::Seconds(5);
constexpr absl::Duration kRejectedPause = absl::Seconds(30);
// What a provider may ask for; a mistaken one must not close its lane for a day.
constexpr absl::Duration kLongestPause = absl::Hours(1);
// After a probe that was not sent, because the job that it was for has gone.
constexpr absl::Duration kNextProbe = absl::Seconds(1);
constexpr std::size_t kNamesKept = 64;

// What a pause of an account is for; nullopt: such a signal is no reason for one.
std::optional<FailureReason> PauseFor(LaneSignal signal) {
  switch (signal) {
    case LaneSignal::kThrottled:
      return FailureReason::kProviderRateLimited;
    case LaneSignal::kRejected:
      return FailureReason::kProviderAuthFailed;
    case LaneSignal::kNoBalance:
      return FailureReason::kProviderBalanceExhausted;
    default:
      return std::nullopt;
  }
}

}  // namespace

LocalLane::LocalLane(LaneLimits limits, Executor* executor, Clock* clock)
    : limits_(limits),
      executor_(executor),
      clock_(clock),
      bucket_(limits.submissions_per_second, limits.submissions_burst),
      repetitions_(limits.repetitions) {}

void LocalLane::Request(const std::string& job_id, std::function<void()> granted) {
  if (permits_.contains(job_id)) {
    executor_->Post(std::move(granted));
    return;
  }
  if (waiting_.insert_or_assign(job_id, std::move(granted)).second) queue_.push_back(job_id);
  Pump();
}

void LocalLane::Release(const std::string& job_id) {
  waiting_.erase(job_id);
  // While the lane stands still nobody else takes out the names of those who have left.
  if (queue_.size() > kNamesKept + 2 * waiting_.size()) {
    std::erase_if(queue_, [this](const std::string& name) { return !waiting_.contains(name); });
  }
  if (permits_.erase(job_id) > 0) Pump();
}

void LocalLane::Occupy(const std::string& job_id) {
  waiting_.erase(job_id);
  permits_.insert(job_id);
}

void LocalLane::Report(LaneSignal signal, std::optional<absl::Duration> retry_after) {
  const absl::Time now = clock_->TimeNow();
  const std::optional<FailureReason> why = PauseFor(signal);
  if (signal == LaneSignal::kWorking) repetitions_.Earn(now);
  if (why) {
    Pause(now + retry_after.value_or(signal == LaneSignal::kThrottled ? kThrottlePause : kRejectedPause),
          *why);
  } else if (signal == LaneSignal::kFailing && retry_after) {
    Pause(now + *retry_after, FailureReason::kProviderError);
  }
  // An account that answers is alive, whatever it answers. One that was given up is back only when nothing of
  // its own is in the way: what found out about that would be a submission.
  if (!why || breaker_.StateAt(now) != Breaker::State::kHalfOpen)
    breaker_.Record(signal != LaneSignal::kFailing, now);
  Pump();
}

void LocalLane::Pause(absl::Time until, FailureReason why) {
  until = std::min(until, clock_->TimeNow() + kLongestPause);
  if (until <= paused_until_) return;
  paused_until_ = until;
  paused_for_ = why;
}

void LocalLane::OnProbeDue(std::function<void(const std::string& job_id)> probe) {
  probe_ = std::move(probe);
}

void LocalLane::Probed(std::optional<LaneSignal> signal, std::optional<absl::Duration> retry_after) {
  if (signal) {
    probing_ = false;
    return Report(*signal, retry_after);
  }
  executor_->PostAt(clock_->TimeNow() + kNextProbe, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    probing_ = false;
    Pump();
  });
}

void LocalLane::AskForProbe(const std::string& job_id) {
  asker_ = job_id;
  Pump();
}

bool LocalLane::TakeRepetition() { return repetitions_.Take(clock_->TimeNow()); }

absl::Time LocalLane::ReserveRepetition() { return repetitions_.Reserve(clock_->TimeNow()); }

void LocalLane::SetLimits(const LaneLimits& limits) {
  limits_ = limits;
  bucket_.SetRate(clock_->TimeNow(), limits.submissions_per_second, limits.submissions_burst);
  Pump();
}

LaneHealth LocalLane::Health() const {
  LaneHealth health;
  health.in_flight = static_cast<int>(permits_.size());
  health.waiting = static_cast<int>(waiting_.size());
  health.in_flight_max = limits_.concurrent_jobs_max;
  const absl::Time now = clock_->TimeNow();
  if (breaker_.StateAt(now) == Breaker::State::kOpen) {
    health.condition = LaneCondition::kBroken;
    health.retry_time = health.resume_time = breaker_.RetryTime();
    health.trouble = FailureReason::kProviderError;
  } else if (!waiting_.empty()) {
    health.condition = LaneCondition::kSaturated;
  }
  health.half_open = breaker_.StateAt(now) == Breaker::State::kHalfOpen;
  if (now < paused_until_ && paused_until_ > health.resume_time) {
    health.resume_time = paused_until_;
    health.trouble = paused_for_;
  }
  return health;
}

absl::Time LocalLane::NextChance(absl::Time now) {
  if (now < paused_until_) return paused_until_;
  switch (breaker_.StateAt(now)) {
    case Breaker::State::kOpen:
      return breaker_.RetryTime();
    case Breaker::State::kHalfOpen:
      // A submission is not what finds out whether the account is back. Whatever does ends here again.
      return absl::InfiniteFuture();
    case Breaker::State::kClosed:
      break;
  }
  if (static_cast<int>(permits_.size()) >= limits_.concurrent_jobs_max) return absl::InfiniteFuture();
  return bucket_.NextAt(now);
}

void LocalLane::Pump() {
  const absl::Time now = clock_->TimeNow();
  Probe(now);
  while (!waiting_.empty()) {
    const absl::Time chance = NextChance(now);
    if (chance > now) {
      PumpAt(chance);
      return;
    }
    const std::string job_id = std::move(queue_.front());
    queue_.pop_front();
    const auto found = waiting_.find(job_id);
    if (found == waiting_.end()) continue;
    bucket_.Take(now);
    permits_.insert(job_id);
    executor_->Post(std::move(found->second));
    waiting_.erase(found);
  }
  queue_.clear();
}

std::string LocalLane::WhoWaits() {
  if (waiting_.empty()) return asker_;
  while (!waiting_.contains(queue_.front())) queue_.pop_front();
  return queue_.front();
}

void LocalLane::Probe(absl::Time now) {
  if (probing_ || !probe_) return;
  if (breaker_.StateAt(now) == Breaker::State::kClosed) return asker_.clear();
  const std::string job_id = WhoWaits();
  if (job_id.empty()) return;
  const bool jobs_there = permits_.size() > permits_.count(job_id);
  const absl::Time due = NextProbe(breaker_, paused_until_, jobs_there);
  if (due > now) return PumpAt(due);
  probing_ = true;
  asker_.clear();
  executor_->Post([this, job_id, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) probe_(job_id);
  });
}

void LocalLane::PumpAt(absl::Time when) {
  if (when == absl::InfiniteFuture() || when >= pump_at_) return;
  pump_at_ = when;
  executor_->PostAt(when, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    pump_at_ = absl::InfiniteFuture();
    Pump();
  });
}

}  // namespace zoetrope
