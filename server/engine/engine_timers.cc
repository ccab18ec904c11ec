#include <algorithm>

#include "server/engine/engine_charges.h"
#include "server/engine/engine_loop.h"
#include "server/engine/engine_resolver.h"

namespace zoetrope {

void Engine::Loop::Arm(const EntryPtr& entry) {
  absl::Time when = std::min({entry->poll_at, entry->lane_at, entry->cancel_at});
  if (entry->search) when = std::min(when, entry->search->next_at);
  if (entry->charge) when = std::min(when, entry->charge->next_at);
  if (!entry->ended && (entry->phase == AttemptPhase::kPlanned || entry->phase == AttemptPhase::kAcked)) {
    // Past the deadline the polls themselves look at it.
    if (entry->deadline > Now()) when = std::min(when, entry->deadline);
  }
  if (when == entry->armed_for) return;
  Disarm(*entry);
  if (when == absl::InfiniteFuture()) return;
  entry->armed_for = when;
  entry->timer = ++timer_count_;
  timers_.emplace(std::pair(when, entry->timer), entry);
  ArmExecutor();
}

void Engine::Loop::Disarm(Entry& entry) {
  if (entry.armed_for == absl::InfiniteFuture()) return;
  timers_.erase({entry.armed_for, entry.timer});
  entry.armed_for = absl::InfiniteFuture();
}

void Engine::Loop::ArmExecutor() {
  if (timers_.empty() || timers_.begin()->first.first >= armed_) return;
  armed_ = timers_.begin()->first.first;
  parts_.executor->PostAt(armed_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnTimers();
  });
}

void Engine::Loop::OnTimers() {
  armed_ = absl::InfiniteFuture();
  const absl::Time now = Now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const EntryPtr entry = timers_.begin()->second.lock();
    timers_.erase(timers_.begin());
    if (!entry) continue;
    entry->armed_for = absl::InfiniteFuture();
    Wake(entry);
  }
  ArmExecutor();
}

void Engine::Loop::Wake(const EntryPtr& entry) {
  const absl::Time now = Now();
  if (entry->lane_at <= now) {
    entry->lane_at = absl::InfiniteFuture();
    AskForPermit(entry);
  }
  if (entry->cancel_at <= now) {
    entry->cancel_at = absl::InfiniteFuture();
    SendCancel(entry);
  }
  if (!entry->ended && now >= entry->deadline) {
    if (entry->phase == AttemptPhase::kPlanned) return Feed(entry->id, DeadlinePassed{});
    if (entry->phase == AttemptPhase::kAcked)
      entry->poll_at = now;  // the last poll, after which the deadline counts
  }
  if (entry->poll_at <= now) {
    entry->poll_at = absl::InfiniteFuture();
    SendPoll(entry);
  }
  if (entry->search && entry->search->next_at <= now) resolver_->Wake(entry);
  if (entry->charge && entry->charge->next_at <= now) charges_->Ask(entry);
  if (!entry->busy) Arm(entry);
}

}  // namespace zoetrope
