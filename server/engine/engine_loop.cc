#include "server/engine/engine_loop.h"

#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/engine/engine_callbacks.h"
#include "server/engine/engine_charges.h"
#include "server/engine/engine_prober.h"
#include "server/engine/engine_resolver.h"
#include "server/engine/local_lane.h"
#include "server/engine/track_record.h"
#include "server/engine/wishes.h"
#include "server/route/budget.h"

namespace zoetrope {
namespace {

// Each one is the operator's, so it is told and not only counted.
void LogOverruns(Log& log, const LiveJob& job, const JobState& after) {
  for (std::size_t i = 0; i < after.attempts.size(); ++i) {
    const Attempt& attempt = after.attempts[i];
    const bool known = i < job.state.attempts.size() && job.state.attempts[i].overrun == attempt.overrun;
    // What is only assumed nobody has charged.
    if (attempt.overrun <= Money() || known || attempt.cost_source == CostSource::kReservation) continue;
    log.Warning("charged_more_than_promised",
                JobFields(job.id, job.trace,
                          {{"attempt_id", attempt.id},
                           {"provider", attempt.provider},
                           {"offering", attempt.offering},
                           {"settled_usd", FormatMoney(attempt.settled.value_or(Money()))},
                           {"overrun_usd", FormatMoney(attempt.overrun)},
                           {"consequence", "the operator bears it, and the caller does not"}}));
  }
}

// A submission that keeps failing to leave is tried again after two minutes at the latest.
constexpr int kSendBackoffDoublings = 7;

}  // namespace

Engine::Loop::Loop(EngineParts parts, EngineOptions options)
    : parts_(parts),
      options_(std::move(options)),
      observer_(parts.observer != nullptr ? parts.observer : &no_observer_),
      prober_(std::make_shared<Prober>(this)),
      resolver_(std::make_shared<Resolver>(this)),
      charges_(std::make_shared<Charges>(this)),
      callbacks_(std::make_shared<Callbacks>(this)),
      loader_(parts_.store, options_.picture_bytes_max) {
  std::erase(parts_.followers, nullptr);
  for (const Account& account : parts_.accounts->all()) {
    lanes_[account.name] = std::make_unique<LocalLane>(account.lane, parts_.executor, parts_.clock);
    prober_->Serve(account.name, lanes_[account.name].get());
  }
  PublishLanes();
}

void Engine::Loop::Start() {
  subscription_ = parts_.store->Subscribe([weak = weak_from_this()](const Change& change) {
    if (!change.command) return;
    if (const auto self = weak.lock()) self->Post([id = change.job_id](Loop& loop) { loop.OnCommand(id); });
  });
}

void Engine::Loop::Post(std::function<void(Loop&)> task) {
  parts_.executor->Post([weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(*self);
  });
}

std::map<std::string, LaneHealth> Engine::Loop::Lanes() const {
  std::lock_guard lock(lanes_mutex_);
  return AsOf(Now(), lane_health_);
}

void Engine::Loop::PublishLanes() {
  std::lock_guard lock(lanes_mutex_);
  for (const auto& [name, lane] : lanes_) lane_health_[name] = lane->Health();
}

Engine::Loop::EntryPtr Engine::Loop::Find(const std::string& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second;
}

// --- The table ---

Engine::Loop::EntryPtr Engine::Loop::Add(LiveJob job) {
  auto entry = std::make_shared<Entry>();
  entry->id = job.id;
  entry->trace = job.trace;
  entry->principal = job.principal;
  entry->live = std::make_unique<LiveJob>(std::move(job));
  entries_[entry->id] = entry;
  Sync(*entry);
  return entry;
}

void Engine::Loop::Drop(const EntryPtr& entry) {
  SendingEnded(*entry);
  if (LaneGate* lane = entry->account != nullptr ? LaneOf(entry->account->name) : nullptr)
    lane->Release(entry->id);
  Disarm(*entry);
  standings_.Left(entry->id, entry->standing);
  if (entries_.erase(entry->id) > 0) ReturnPlace(entry->principal);
  NotifyWaiters(entry->id);
}

void Engine::Loop::Adopt(LiveJob job) {
  if (entries_.contains(job.id)) return ReturnPlace(job.principal);
  const std::string revision = job.state.attempts.back().offering_revision;
  const EntryPtr entry = Add(std::move(job));
  standings_.Is(entry->id, entry->live->create_time, entry->live->state, Now(), entry->standing);
  entry->events.emplace_back(Resumed{});
  TakeWishes(*entry);
  LoadOffering(entry, revision, [this, entry] { Advance(entry); });
}

// --- Event → decision → disk → effects ---

void Engine::Loop::Feed(const std::string& id, JobEvent event) {
  const EntryPtr entry = Find(id);
  if (!entry) return;
  entry->events.push_back(std::move(event));
  Advance(entry);
}

void Engine::Loop::Advance(const EntryPtr& entry) {
  while (!entry->busy) {
    if (entry->refresh || (!entry->events.empty() && !entry->live)) return Hydrate(entry);
    if (entry->events.empty()) return Idle(entry);
    if (IsUncheckedAdoption(entry->events.front())) return LookForHolder(entry);
    auto write = std::make_shared<Write>();
    write->event = std::move(entry->events.front());
    entry->events.erase(entry->events.begin());
    write->decision = Step(*entry->live, write->event, Facts(*entry));
    if (write->decision.changed) return Commit(entry, std::move(write));
    entry->over_budget.clear();
    if (const auto* decided = std::get_if<Decided>(&write->event)) PassOver(*entry, *decided, "not held");
    for (const Effect& effect : write->decision.effects) Run(entry, effect);
  }
}

void Engine::Loop::Idle(const EntryPtr& entry) {
  NotifyWaiters(entry->id);
  if (entry->phase != AttemptPhase::kIntent) SendingEnded(*entry);
  if (entry->forget) return Drop(entry);
  entry->events
      .shrink_to_fit();  // gives the room back: one event is as large as all the rest of a waiting job
  if (entry->phase == AttemptPhase::kAcked || entry->charge) entry->live.reset();
  Arm(entry);
}

MachineFacts Engine::Loop::Facts(const Entry& entry) {
  MachineFacts facts;
  facts.now = Now();
  facts.copied_at = options_.copied_at;
  facts.may_retry_once = options_.allow_retry_once;
  if (entry.account != nullptr) {
    facts.capabilities = &entry.account->adapter->capabilities();
    facts.habit = &entry.account->bills;
  }
  facts.offering = entry.offering.get();
  for (std::string& id : facts.fresh_attempt_ids) id = NewAttemptId(*parts_.random);
  for (const Candidate& candidate : entry.live->candidates) {
    const Offering* offering = parts_.catalogue->FindOffering(candidate.offering);
    const Account* const account = parts_.accounts->Find(candidate.provider);
    const bool usable = offering != nullptr && account != nullptr && account->dialect == offering->dialect;
    facts.candidates.push_back({usable, offering != nullptr ? offering->revision : "",
                                !TroubleOf(candidate.provider),
                                !entry.over_budget.contains({candidate.provider, candidate.offering})});
  }
  if (entry.phase == AttemptPhase::kPlanned && entry.account != nullptr)
    facts.trouble = TroubleOf(entry.account->name);
  return facts;
}

void Engine::Loop::Commit(const EntryPtr& entry, std::shared_ptr<Write> write) {
  entry->busy = true;
  if (std::holds_alternative<Admitted>(write->event) && !std::exchange(entry->sending, true)) ++open_sends_;
  JobChange change;
  change.job_id = entry->id;
  change.ownership = entry->live->ownership;
  change.expected_revision = entry->live->state.revision;
  change.state = write->decision.state;
  change.ledger = write->decision.ledger;
  change.budgets = UsesOf(options_.budgets, SpenderOf(*entry->live), change.ledger);
  // Not those whose turn comes after this revision: a crash between the two would lose the wish.
  for (const Command& command : entry->live->commands) {
    if (!IsQueued(entry->events, command.sequence)) change.carried_out.push_back(command.sequence);
  }
  change.adopts = IsAdoption(write->event);
  // A new attempt may be held at once, and be adopted under another catalogue.
  for (std::size_t i = entry->live->state.attempts.size(); i < change.state.attempts.size(); ++i) {
    const Attempt& attempt = change.state.attempts[i];
    const Offering* offering = parts_.catalogue->FindOffering(attempt.offering);
    if (offering != nullptr && offering->revision == attempt.offering_revision)
      change.offering_texts[offering->revision] = offering->text;
  }
  // The guard runs from the decision to send, so that time lost in the write counts too.
  if (entry->prepared) entry->prepared->send_before = parts_.clock->Monotonic() + limits::kLateSendGuard;
  parts_.store->Commit(std::move(change),
                       Later(entry, [write](Loop& loop, const EntryPtr& held, CommitOutcome outcome) {
                         loop.OnCommitted(held, write, outcome);
                       }));
}

void Engine::Loop::OnCommitted(const EntryPtr& entry, std::shared_ptr<Write> write, CommitOutcome outcome) {
  if (outcome == CommitOutcome::kDurable) return OnDurable(entry, *write);
  if (outcome == CommitOutcome::kOverBudget) return OnOverBudget(entry, *write);
  // What the provider said must not depend on whether this state can be written: as evidence it is never
  // refused. What a person said is in the inbox, and what a list says can be read again.
  const Attempt& attempt = write->decision.state.attempts.back();
  const bool named = attempt.phase != entry->phase && !attempt.provider_job.id.empty() &&
                     entry->provider_job.id.empty() && !IsWish(write->event) && !IsListed(write->event);
  if (named && !std::exchange(write->evidence_kept, true)) KeepEvidence(*entry, attempt);
  if (parts_.log != nullptr) {
    const char* const how = outcome == CommitOutcome::kConflict ? "conflict" : "unknown";
    parts_.log->Warning("a change was not written", JobFields(entry->id, entry->trace, {{"outcome", how}}));
  }
  // Not at once: a store that fails would be asked in a tight loop.
  parts_.executor->PostAt(Now() + options_.store_retry,
                          [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry), write] {
                            const auto self = weak.lock();
                            const auto still = held.lock();
                            if (self && still) self->Reconcile(still, write);
                          });
}

// Nothing is written, so what happened is decided about again, as if that candidate were not there.
void Engine::Loop::OnOverBudget(const EntryPtr& entry, Write& write) {
  const Attempt& planned = write.decision.state.attempts.back();
  entry->over_budget.emplace(planned.provider, planned.offering);
  entry->events.insert(entry->events.begin(), std::move(write.event));
  entry->busy = false;
  Advance(entry);
}

void Engine::Loop::Reconcile(const EntryPtr& entry, std::shared_ptr<Write> write) {
  parts_.store->Read(
      "", entry->id,
      Later(entry, [write](Loop& loop, const EntryPtr& held, absl::StatusOr<StoredJob> stored) {
        if (!stored.ok()) {
          loop.parts_.executor->PostAt(
              loop.Now() + loop.options_.store_retry,
              [weak = loop.weak_from_this(), again = std::weak_ptr<Entry>(held), write] {
                const auto self = weak.lock();
                const auto still = again.lock();
                if (self && still) self->Reconcile(still, write);
              });
          return;
        }
        if (stored->ownership.owner != loop.options_.owner) return loop.Drop(held);
        // Only the owner writes revisions, so the revision that we meant to write, if it is there, is ours.
        if (stored->job.state.revision == write->decision.state.revision) return loop.OnDurable(held, *write);
        // Wishes come with the job; a search begins anew, because another attempt may have what it found.
        if (!IsWish(write->event))
          held->events.insert(held->events.begin(), IsListed(write->event) ? Resumed{} : write->event);
        loop.OnRead(held, std::move(stored));
      }));
}

void Engine::Loop::OnDurable(const EntryPtr& entry, Write& write) {
  Observe(*observer_, *entry->live, entry->live->state, write.decision.state);
  for (JobFollower* follower : parts_.followers) follower->OnChange(*entry->live, write.decision.state);
  if (parts_.track_record != nullptr)
    parts_.track_record->Note(entry->live->state, write.decision.state, parts_.clock->TimeNow());
  standings_.Is(entry->id, entry->live->create_time, write.decision.state, Now(), entry->standing);
  if (parts_.log != nullptr) LogOverruns(*parts_.log, *entry->live, write.decision.state);
  entry->forget = false;  // what it was asked for before it changed
  entry->over_budget.clear();
  const bool other_attempt = entry->live->state.attempts.size() != write.decision.state.attempts.size();
  entry->live->state = std::move(write.decision.state);
  KeepQueued(entry->events, entry->live->commands);
  Sync(*entry);
  const auto go_on = [this, entry, effects = std::move(write.decision.effects)] {
    for (const Effect& effect : effects) Run(entry, effect);
    Advance(entry);
  };
  if (other_attempt) return LoadOffering(entry, entry->live->state.attempts.back().offering_revision, go_on);
  entry->busy = false;
  go_on();
}

void Engine::Loop::Sync(Entry& entry) {
  const LiveJob& job = *entry.live;
  const Attempt& attempt = job.state.attempts.back();
  if (entry.attempt_id != attempt.id) {
    entry.attempt_id = attempt.id;
    entry.account = parts_.accounts->Find(attempt.provider);
    entry.poll.reset();
    entry.poll_failures = entry.not_found = entry.cancel_tries = entry.send_tries = entry.prepare_tries = 0;
    entry.throttles = 0;
    entry.queued = entry.begun = entry.building = false;
    entry.prepared.reset();
    entry.ticket.reset();
    entry.place.reset();
    entry.repeat_from = absl::InfinitePast();
  }
  entry.provider_job = attempt.provider_job;
  if (entry.phase != attempt.phase && attempt.phase == AttemptPhase::kAcked) {
    if (LaneGate* lane = LaneOf(attempt.provider)) lane->Occupy(entry.id);
    PublishLanes();
  }
  entry.phase = attempt.phase;
  entry.ended = IsTerminal(job.state.phase);
  entry.ack_time = attempt.ack_time;
  entry.deadline = job.deadline_time;
  // Whoever adopts a job late wants to see its end.
  if (attempt.resolution)
    entry.deadline = std::max(entry.deadline, attempt.resolution->time + limits::kAdoptedPatience);
  entry.ended_time = job.state.complete_time;
  entry.count = job.count;
  if (attempt.phase != AttemptPhase::kPlanned && attempt.phase != AttemptPhase::kIntent)
    entry.prepared.reset();
  if (attempt.phase != AttemptPhase::kPlanned) {
    entry.building = false;
    entry.ticket.reset();
    entry.place.reset();
  }
  if (attempt.phase == AttemptPhase::kAcked) entry.send_tries = 0;
  if (attempt.phase != AttemptPhase::kUnknown) entry.search.reset();
  if (!AwaitsCharge(attempt)) entry.charge.reset();
  nameless_.Note(job.id, job.state, Now());
  if (attempt.phase != AttemptPhase::kAcked) entry.poll_at = entry.cancel_at = absl::InfiniteFuture();
}

void Engine::Loop::Run(const EntryPtr& entry, const Effect& effect) {
  if (const auto* ask = std::get_if<AskLane>(&effect)) {
    if (ask->after > absl::ZeroDuration()) {
      // Full jitter over an exponential: what could not leave once may be unable to for long.
      const absl::Duration cap = ask->after * (1 << std::min(entry->send_tries++, kSendBackoffDoublings));
      entry->lane_at = Now() + std::max(ask->after / 10, cap * UnitInterval(*parts_.random));
      if (LaneGate* lane = entry->account != nullptr ? LaneOf(entry->account->name) : nullptr)
        entry->repeat_from = lane->ReserveRepetition();
    } else {
      AskForPermit(entry);
    }
  } else if (std::holds_alternative<Send>(effect)) {
    SendSubmit(entry);
  } else if (const auto* poll = std::get_if<Poll>(&effect)) {
    // Jobs that a restart brings back all at once are spread over a second.
    const absl::Duration pause = poll->when == Poll::When::kFirst
                                     ? PlanOf(*entry).first_after
                                     : absl::Seconds(UnitInterval(*parts_.random));
    entry->poll_at = std::min(entry->poll_at, Now() + pause);
  } else if (std::holds_alternative<CancelThere>(effect)) {
    SendCancel(entry);
  } else if (std::holds_alternative<Resolve>(effect)) {
    resolver_->Begin(entry);
  } else if (const auto* ask_charge = std::get_if<AskCharge>(&effect)) {
    charges_->Begin(entry, ask_charge->resumed);
  } else if (const auto* leave = std::get_if<LeaveLane>(&effect)) {
    if (LaneGate* lane = LaneOf(leave->provider)) lane->Release(entry->id);
    PublishLanes();
  } else if (std::holds_alternative<Forget>(effect)) {
    entry->forget = true;
  }
}

// --- The end ---

void Engine::Loop::Drain(std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  CheckDrained();
}

void Engine::Loop::SendingEnded(Entry& entry) {
  if (!std::exchange(entry.sending, false)) return;
  --open_sends_;
  CheckDrained();
}

void Engine::Loop::CheckDrained() {
  if (!draining_ || open_sends_ > 0 || !drained_) return;
  std::exchange(drained_, nullptr)();
}

}  // namespace zoetrope
