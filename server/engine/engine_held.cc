// The engine's dealings with attempts that wait for a decision, and with decisions.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/engine/engine_loop.h"
#include "server/engine/evidence.h"
#include "server/engine/wishes.h"

namespace zoetrope {
namespace {

// Of those whose wait is over, so many are read at once, and so often: a server that was off for long must
// not bring all of them into memory together.
constexpr int kHeldPage = 100;
constexpr absl::Duration kPagePause = absl::Seconds(1);
// How often to look, in parts of the wait; one per cent late is not late.
constexpr int kLooksPerWait = 100;
constexpr absl::Duration kLookPauseMin = absl::Seconds(1);
constexpr absl::Duration kLookPauseMax = absl::Hours(1);

}  // namespace

// The inbox as it was just read counts, not what was known of it before.
void Engine::Loop::TakeWishes(Entry& entry) {
  std::erase_if(entry.events, [](const JobEvent& event) { return CommandOf(event) > 0; });
  for (const Command& command : entry.live->commands) entry.events.push_back(WishOf(command));
}

// Before an adoption: two attempts with one job of the provider would count one charge twice. The store
// refuses that as well; this is what finds out why.
void Engine::Loop::LookForHolder(const EntryPtr& entry) {
  entry->busy = true;
  const AttemptDecision& decision = std::get<Decided>(entry->events.front()).decision;
  parts_.store->FindProviderJob(
      decision.provider_job_id, decision.attempt_id,
      Later(entry, [](Loop& loop, const EntryPtr& held, absl::StatusOr<std::optional<AttemptName>> holder) {
        if (!holder.ok()) {
          loop.parts_.executor->PostAt(loop.Now() + loop.options_.store_retry,
                                       [weak = loop.weak_from_this(), again = std::weak_ptr<Entry>(held)] {
                                         const auto self = weak.lock();
                                         const auto still = again.lock();
                                         if (self && still) self->LookForHolder(still);
                                       });
          return;
        }
        held->busy = false;
        auto& decided = std::get<Decided>(held->events.front());
        if (*holder) {
          loop.PassOver(*held, decided, "another attempt has the provider's job");
          held->events.erase(held->events.begin());
        } else {
          decided.looked_up = true;
        }
        loop.Advance(held);
      }));
}

// A decision that came too late, or cannot be: out of the inbox, where it would be in the way of another one.
void Engine::Loop::PassOver(const Entry& entry, const Decided& decided, const char* why) {
  if (decided.command == 0) return;
  if (parts_.log != nullptr) {
    parts_.log->Warning(
        "a decision was passed over",
        JobFields(entry.id, entry.trace, {{"attempt_id", decided.decision.attempt_id}, {"why", why}}));
  }
  // Where this fails the command stays, and is passed over again with the next one.
  parts_.store->DropCommand(entry.id, decided.command, [](absl::Status) {});
}

// Behind what persons have decided, which goes first.
void Engine::Loop::AddExpiry(StoredJob& job) {
  const Attempt& last = job.job.state.attempts.back();
  if (last.phase != AttemptPhase::kHeld || last.intent_time + options_.hold_for > Now()) return;
  Command command{0, CommandKind::kResolve, Now()};
  command.decision =
      AttemptDecision{last.id, ResolutionKind::kExpired, "",
                      absl::StrCat("nobody decided within ", absl::FormatDuration(options_.hold_for))};
  job.commands.push_back(std::move(command));
}

// A fact of a held attempt may have been kept when nobody looked: between the last look and the disk, or by a
// process that has lost the job meanwhile. Then the attempt is adopted, as by an operator who has found it.
void Engine::Loop::LookForEvidence(const AttemptName& attempt, std::function<void()> otherwise) {
  struct Looking {
    std::string job_id;
    AttemptDecision decision;
    std::function<void()> otherwise;
  };
  auto looking = std::make_shared<Looking>();
  looking->job_id = attempt.job_id;
  looking->decision = {attempt.attempt_id, ResolutionKind::kAdopted, "",
                       "the provider's word of it was kept"};
  looking->otherwise = std::move(otherwise);
  const auto then = [weak = weak_from_this(), looking](auto task) {
    return [weak, looking, task](auto result) {
      const auto self = weak.lock();
      if (!self) return;
      auto shared = std::make_shared<decltype(result)>(std::move(result));
      self->Post([looking, task, shared](Loop& loop) { task(loop, *looking, *shared); });
    };
  };
  // Without an answer of the store nothing may be decided.
  const auto again = [](Loop& loop, const Looking& it) {
    loop.parts_.executor->PostAt(
        loop.Now() + loop.options_.store_retry,
        [weak = loop.weak_from_this(), attempt = AttemptName{it.job_id, it.decision.attempt_id},
         otherwise = it.otherwise] {
          if (const auto self = weak.lock()) self->LookForEvidence(attempt, otherwise);
        });
  };
  const auto put = then([again](Loop& loop, const Looking& it, const absl::Status& kept) {
    if (absl::IsUnavailable(kept)) return again(loop, it);
    kept.ok() ? loop.OnCommand(it.job_id) : it.otherwise();
  });
  const auto free = then(
      [put, again](Loop& loop, const Looking& it, const absl::StatusOr<std::optional<AttemptName>>& holder) {
        if (!holder.ok()) return again(loop, it);
        if (*holder) return it.otherwise();
        loop.parts_.store->PutDecision(it.job_id, it.decision, loop.Now(), put);
      });
  parts_.store->ReadEvidence(
      attempt.job_id,
      then([free, again](Loop& loop, Looking& it, const absl::StatusOr<std::vector<Evidence>>& known) {
        if (!known.ok()) return again(loop, it);
        std::set<std::string> ids;
        for (const Evidence& fact : *known) {
          if (fact.attempt_id == it.decision.attempt_id && fact.what == kIdEvidence) ids.insert(fact.value);
        }
        // Of several one is made up, and nobody can say which.
        if (ids.size() != 1) return it.otherwise();
        it.decision.provider_job_id = *ids.begin();
        loop.parts_.store->FindProviderJob(it.decision.provider_job_id, it.decision.attempt_id, free);
      }));
}

void Engine::Loop::CheckHeld(absl::Time after_sent, std::string after_id) {
  if (draining_ || options_.hold_for == absl::InfiniteDuration()) return;
  HeldQuery query;
  query.owner = options_.owner;
  query.sent_until = Now() - options_.hold_for;
  query.after_sent = after_sent;
  query.after_id = std::move(after_id);
  query.limit = kHeldPage;
  parts_.store->ListHeld(std::move(query), [weak = weak_from_this()](auto held) {
    const auto self = weak.lock();
    if (!self) return;
    auto page = std::make_shared<decltype(held)>(std::move(held));
    self->Post([page](Loop& loop) {
      // A store that cannot be read now is asked again with the next look.
      const bool more = page->ok() && static_cast<int>((*page)->size()) == kHeldPage;
      if (page->ok()) {
        for (const Job& job : **page) {
          // What is in memory is being decided at this moment.
          if (loop.Find(job.spec.id)) continue;
          loop.LookForEvidence({job.spec.id, job.state.attempts.back().id},
                               [weak = loop.weak_from_this(), id = job.spec.id] {
                                 if (const auto again = weak.lock()) again->OnCommand(id, /*expired=*/true);
                               });
        }
      }
      const absl::Duration pause =
          more ? kPagePause
               : std::clamp(loop.options_.hold_for / kLooksPerWait, kLookPauseMin, kLookPauseMax);
      const absl::Time sent = more ? (*page)->back().state.attempts.back().intent_time : absl::InfinitePast();
      loop.parts_.executor->PostAt(loop.Now() + pause, [weak = loop.weak_from_this(), sent,
                                                        id = more ? (*page)->back().spec.id : std::string()] {
        if (const auto again = weak.lock()) again->CheckHeld(sent, id);
      });
    });
  });
}

}  // namespace zoetrope
