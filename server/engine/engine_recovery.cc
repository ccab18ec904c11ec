// The engine's dealings with jobs as the store has them.
#include <utility>

#include "server/engine/engine_loop.h"
#include "server/engine/evidence.h"
#include "server/engine/missing_accounts.h"

namespace zoetrope {
namespace {

// In six hours: more unknown outcomes than a server can have that is still in service.
constexpr int kWrittenOffMax = 10'000;

// Whether an error will still be there when the call is made again.
bool IsFinal(const absl::Status& status) { return absl::IsNotFound(status) || absl::IsDataLoss(status); }

}  // namespace

void Engine::Loop::Recover(std::string after_id, std::function<void(absl::Status)> done) {
  recovering_ = true;
  parts_.store->Claim(
      options_.owner, after_id, options_.recovery_page, [weak = weak_from_this(), done](auto claimed) {
        const auto self = weak.lock();
        if (!self) return;
        auto page = std::make_shared<decltype(claimed)>(std::move(claimed));
        self->Post([page, done](Loop& loop) {
          if (!page->ok()) return done(page->status());
          if ((*page)->empty()) return loop.RecallWrittenOff(done);
          if (!loop.options_.allow_missing_accounts) {
            absl::Status other = CheckDialects(**page, *loop.parts_.accounts, *loop.parts_.catalogue);
            if (!other.ok()) return done(std::move(other));
          }
          const std::string last = (*page)->back().id;
          for (LiveJob& job : **page) {
            // A place is taken even beyond the limit: what was accepted once is never turned away.
            loop.places_.Add(job.principal);
            const Attempt& attempt = job.state.attempts.back();
            if (attempt.phase == AttemptPhase::kIntent || attempt.phase == AttemptPhase::kAcked ||
                attempt.phase == AttemptPhase::kUnknown) {
              if (LaneGate* lane = loop.LaneOf(attempt.provider)) lane->Occupy(job.id);
            }
            if (attempt.phase == AttemptPhase::kHeld) loop.LookForEvidence({job.id, attempt.id}, [] {});
            loop.Adopt(std::move(job));
          }
          loop.Recover(last, done);
        });
      });
}

// What was given up under another process may have been made: a job that is found could be its.
void Engine::Loop::RecallWrittenOff(std::function<void(absl::Status)> done) {
  parts_.store->ListWrittenOff(Now() - NamelessSends::kKept, kWrittenOffMax,
                               [weak = weak_from_this(), done](auto listed) {
                                 const auto self = weak.lock();
                                 if (!self) return;
                                 auto jobs = std::make_shared<decltype(listed)>(std::move(listed));
                                 self->Post([jobs, done](Loop& loop) {
                                   if (!jobs->ok()) return done(jobs->status());
                                   for (const Job& job : **jobs)
                                     loop.nameless_.Note(job.spec.id, job.state, loop.Now());
                                   loop.recovering_ = false;
                                   if (!std::exchange(loop.checking_held_, true))
                                     loop.CheckHeld(absl::InfinitePast(), "");
                                   done(absl::OkStatus());
                                 });
                               });
}

void Engine::Loop::OnCommand(const std::string& job_id, bool expired) {
  if (const EntryPtr entry = Find(job_id)) {
    entry->refresh = true;
    return Advance(entry);
  }
  // Held jobs are not kept in memory.
  parts_.store->Read("", job_id, [weak = weak_from_this(), job_id, expired](absl::StatusOr<StoredJob> read) {
    const auto self = weak.lock();
    if (!self) return;
    auto stored = std::make_shared<absl::StatusOr<StoredJob>>(std::move(read));
    self->Post([stored, job_id, expired](Loop& loop) {
      if (loop.entries_.contains(job_id)) {
        // Brought back by another wish, whose read may have been too early to see this one.
        if (!expired) loop.OnCommand(job_id);
        return;
      }
      if (!stored->ok() && !IsFinal(stored->status())) {
        // The wish is durable; a store that cannot be read now must not leave it lying.
        loop.parts_.executor->PostAt(loop.Now() + loop.options_.store_retry,
                                     [weak = loop.weak_from_this(), job_id, expired] {
                                       if (const auto again = weak.lock()) again->OnCommand(job_id, expired);
                                     });
        return;
      }
      if (stored->ok() && expired) loop.AddExpiry(**stored);
      if (!stored->ok() || (*stored)->ownership.owner != loop.options_.owner || (*stored)->commands.empty() ||
          !IsLive((*stored)->job.state)) {
        return loop.NotifyWaiters(job_id);
      }
      loop.places_.Add((*stored)->job.spec.principal);
      loop.Adopt(ToLive((*stored)->job, (*stored)->ownership, std::move((*stored)->commands)));
    });
  });
}

void Engine::Loop::WhenCommandsDone(const std::string& job_id, std::function<void()> done) {
  waiters_.emplace(job_id, std::move(done));
  OnCommand(job_id);
}

void Engine::Loop::NotifyWaiters(const std::string& job_id) {
  if (waiters_.empty()) return;
  const auto [first, last] = waiters_.equal_range(job_id);
  std::vector<std::function<void()>> ready;
  for (auto it = first; it != last; ++it) ready.push_back(std::move(it->second));
  waiters_.erase(first, last);
  for (const auto& done : ready) done();
}

void Engine::Loop::Hydrate(const EntryPtr& entry) {
  entry->busy = true;
  entry->refresh = false;
  parts_.store->Read("", entry->id,
                     Later(entry, [](Loop& loop, const EntryPtr& held, absl::StatusOr<StoredJob> stored) {
                       loop.OnRead(held, std::move(stored));
                     }));
}

void Engine::Loop::OnRead(const EntryPtr& entry, absl::StatusOr<StoredJob> stored) {
  if (!stored.ok()) {
    if (parts_.log != nullptr) parts_.log->Warning("a job was not read", JobFields(entry->id, entry->trace));
    parts_.executor->PostAt(Now() + options_.store_retry,
                            [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry)] {
                              const auto self = weak.lock();
                              const auto still = held.lock();
                              if (self && still) self->Hydrate(still);
                            });
    return;
  }
  // Another process has claimed it: whatever we still believe is not ours to write.
  if (stored->ownership.owner != options_.owner) return Drop(entry);
  // Taken over from a reading that was older than its end: there is nothing to do, and it holds a place.
  if (!IsLive(stored->job.state)) entry->forget = true;
  entry->live =
      std::make_unique<LiveJob>(ToLive(stored->job, stored->ownership, std::move(stored->commands)));
  standings_.Is(entry->id, entry->live->create_time, entry->live->state, Now(), entry->standing);
  TakeWishes(*entry);
  Sync(*entry);
  LoadOffering(entry, entry->live->state.attempts.back().offering_revision,
               [this, entry] { Advance(entry); });
}

void Engine::Loop::LoadOffering(const EntryPtr& entry, const std::string& revision,
                                std::function<void()> then) {
  entry->busy = true;
  const auto use = [this, entry, then](std::shared_ptr<const Offering> offering) {
    entry->offering = std::move(offering);
    // The name is another account's now: whoever asked there would hear that there is no such job.
    if (entry->account != nullptr && entry->offering && entry->account->dialect != entry->offering->dialect) {
      if (parts_.log != nullptr) {
        parts_.log->Error("an account has another dialect than the job that it is to have",
                          JobFields(entry->id, entry->trace, {{"provider", entry->account->name}}));
      }
      entry->account = nullptr;
    }
    entry->busy = false;
    then();
  };
  if (entry->offering && entry->offering->revision == revision) return use(entry->offering);
  const Offering* current = parts_.catalogue->FindOffering(entry->live->state.attempts.back().offering);
  if (current != nullptr && current->revision == revision) {
    // Owned by the catalogue, which is kept for as long; the first one outlives the engine.
    return use(std::shared_ptr<const Offering>(supply_.catalogue, current));
  }
  if (auto kept = offerings_[revision].lock()) return use(std::move(kept));
  parts_.store->ReadOfferingText(
      revision,
      Later(entry, [revision, use, then](Loop& loop, const EntryPtr& held, absl::StatusOr<std::string> text) {
        if (!text.ok() && !IsFinal(text.status())) return loop.LoadOfferingLater(held, revision, then);
        absl::StatusOr<Offering> parsed = text.ok() ? ParseOffering(*text) : text.status();
        std::shared_ptr<const Offering> offering;
        if (parsed.ok()) {
          offering = std::make_shared<const Offering>(*std::move(parsed));
          loop.offerings_[revision] = offering;
        } else if (loop.parts_.log != nullptr) {
          loop.parts_.log->Error("an attempt's offering cannot be read", {{"offering_revision", revision}});
        }
        use(std::move(offering));
      }));
}

void Engine::Loop::LoadOfferingLater(const EntryPtr& entry, const std::string& revision,
                                     std::function<void()> then) {
  parts_.executor->PostAt(
      Now() + options_.store_retry,
      [weak = weak_from_this(), held = std::weak_ptr<Entry>(entry), revision, then = std::move(then)] {
        const auto self = weak.lock();
        const auto still = held.lock();
        if (self && still) self->LoadOffering(still, revision, then);
      });
}

void Engine::Loop::KeepEvidence(const Entry& entry, const Attempt& attempt) {
  const auto keep = [&](std::string what, std::string value) {
    KeepFact({entry.id, attempt.id, std::move(what), std::move(value), Now()});
  };
  // The id last: whoever finds it finds the rest.
  for (const auto& [name, url] : attempt.provider_job.urls) keep(std::string(kUrlEvidence) + name, url);
  keep(std::string(kIdEvidence), attempt.provider_job.id);
}

void Engine::Loop::KeepFact(const Evidence& fact) {
  parts_.store->AppendEvidence(fact, [weak = weak_from_this(), fact](absl::Status kept) {
    const auto self = weak.lock();
    if (kept.ok() || !self) return;
    self->Post([fact](Loop& loop) {
      loop.parts_.executor->PostAt(loop.Now() + loop.options_.store_retry,
                                   [weak = loop.weak_from_this(), fact] {
                                     if (const auto again = weak.lock()) again->KeepFact(fact);
                                   });
    });
  });
}

}  // namespace zoetrope
