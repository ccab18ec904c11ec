#include "server/engine/engine_callbacks.h"

#include <algorithm>
#include <utility>

#include "server/engine/callback_urls.h"
#include "server/engine/engine_resolver.h"
#include "server/engine/evidence.h"
#include "server/engine/provider_answers.h"

namespace zoetrope {
namespace {

// A search that has ended is on its way to the disk for a moment.
constexpr int kLooks = 5;
constexpr absl::Duration kLookAgain = absl::Milliseconds(500);
// Different ids that are kept of one attempt.
constexpr int kIdsMax = 16;

const Attempt* FindAttempt(const StoredJob& stored, const std::string& id) {
  const std::vector<Attempt>& attempts = stored.job.state.attempts;
  const auto found =
      std::find_if(attempts.begin(), attempts.end(), [&id](const Attempt& a) { return a.id == id; });
  return found == attempts.end() ? nullptr : &*found;
}

absl::Status Unavailable(const absl::Status& status) {
  return absl::UnavailableError(std::string(status.message()));
}

}  // namespace

std::string Engine::Loop::Callbacks::UrlFor(const Entry& entry) const {
  const CallbackUrls* urls = loop_.parts_.callbacks;
  if (urls == nullptr || !entry.account->adapter->capabilities().can_call_back) return "";
  return urls->For({entry.id, entry.attempt_id});
}

template <typename Task>
auto Engine::Loop::Callbacks::Then(Task task) {
  return [weak = loop_.weak_from_this(), task = std::move(task)](auto result) {
    const auto loop = weak.lock();
    if (!loop) return;
    auto shared = std::make_shared<decltype(result)>(std::move(result));
    loop->Post([task, shared](Loop& still) { task(*still.callbacks_, *shared); });
  };
}

void Engine::Loop::Callbacks::Take(const AttemptName& attempt, const std::string& body, Done done) {
  if (loop_.draining_) return done(absl::UnavailableError("the server is going down"));
  auto told = std::make_shared<Told>(Told{.attempt = attempt, .done = std::move(done)});
  loop_.parts_.store->Read("", attempt.job_id,
                           Then([told, body](Callbacks& self, const absl::StatusOr<StoredJob>& stored) {
                             self.OnRead(told, body, stored);
                           }));
}

void Engine::Loop::Callbacks::OnRead(const ToldPtr& told, const std::string& body,
                                     const absl::StatusOr<StoredJob>& stored) {
  if (!stored.ok())
    return told->done(absl::IsNotFound(stored.status()) ? stored.status() : Unavailable(stored.status()));
  const Attempt* attempt = FindAttempt(*stored, told->attempt.attempt_id);
  if (attempt == nullptr) return told->done(absl::NotFoundError("the job has no such attempt"));
  const Account* account = loop_.parts_.accounts->Find(attempt->provider);
  if (account == nullptr) return told->done(absl::NotFoundError("the attempt's account is gone"));
  told->provider = account->name;
  std::optional<ProviderJob> job = ReadCallback(*account, body);
  if (!job)
    return End(told, CallbackEnd::kUnreadable,
               absl::InvalidArgumentError("no id of a job is in the callback"));
  if (attempt->phase == AttemptPhase::kAcked) {
    const EntryPtr entry = loop_.Find(told->attempt.job_id);
    if (entry && !entry->busy && entry->phase == AttemptPhase::kAcked && entry->poll_at > loop_.Now()) {
      entry->poll_at = loop_.Now();
      loop_.Arm(entry);
    }
    return End(told, CallbackEnd::kNoNews);
  }
  if (!attempt->provider_job.id.empty()) return End(told, CallbackEnd::kNoNews);
  told->job = *std::move(job);
  loop_.parts_.store->FindProviderJob(
      told->job.id, told->attempt.attempt_id,
      Then([told](Callbacks& self, const absl::StatusOr<std::optional<AttemptName>>& holder) {
        self.OnHolder(told, holder);
      }));
}

void Engine::Loop::Callbacks::OnHolder(const ToldPtr& told,
                                       const absl::StatusOr<std::optional<AttemptName>>& holder) {
  if (!holder.ok()) return End(told, CallbackEnd::kNotTaken, Unavailable(holder.status()));
  if (*holder) {
    Warn(*told, "another attempt has the provider's job");
    return End(told, CallbackEnd::kPassedOver);
  }
  loop_.parts_.store->ReadEvidence(
      told->attempt.job_id, Then([told](Callbacks& self, const absl::StatusOr<std::vector<Evidence>>& known) {
        self.OnKnown(told, known);
      }));
}

void Engine::Loop::Callbacks::OnKnown(const ToldPtr& told,
                                      const absl::StatusOr<std::vector<Evidence>>& known) {
  if (!known.ok()) return End(told, CallbackEnd::kNotTaken, Unavailable(known.status()));
  // Nothing takes evidence away: what is repeated, or made up again and again, is not kept again and again.
  int ids = 0;
  for (const Evidence& fact : *known) {
    if (fact.attempt_id != told->attempt.attempt_id || fact.what != kIdEvidence) continue;
    if (fact.value == told->job.id) return Act(told);
    ++ids;
  }
  if (ids >= kIdsMax) return End(told, CallbackEnd::kNoNews);
  loop_.parts_.store->AppendEvidence(
      {told->attempt.job_id, told->attempt.attempt_id, std::string(kIdEvidence), told->job.id, loop_.Now()},
      Then([told](Callbacks& self, const absl::Status& kept) {
        kept.ok() ? self.Act(told) : self.End(told, CallbackEnd::kNotTaken, Unavailable(kept));
      }));
}

void Engine::Loop::Callbacks::Act(const ToldPtr& told) {
  ++told->looks;
  loop_.parts_.store->Read("", told->attempt.job_id,
                           Then([told](Callbacks& self, const absl::StatusOr<StoredJob>& stored) {
                             self.OnReadAgain(told, stored);
                           }));
}

void Engine::Loop::Callbacks::OnReadAgain(const ToldPtr& told, const absl::StatusOr<StoredJob>& stored) {
  if (!stored.ok()) return ActLater(told);
  const Attempt* attempt = FindAttempt(*stored, told->attempt.attempt_id);
  if (attempt == nullptr) return End(told, CallbackEnd::kNoNews);
  if (attempt->phase == AttemptPhase::kHeld) return Adopt(told);
  const bool over = IsTerminal(attempt->phase);
  if (over && !attempt->provider_job.id.empty()) return End(told, CallbackEnd::kNoNews);
  if (over) {
    Warn(*told, "the attempt is over; what the provider has of it nobody asks after");
    return End(told, CallbackEnd::kStray);
  }
  // It was refused for load, as its answer had it. Should this come too late, the evidence is read before it
  // is sent again.
  if (attempt->phase == AttemptPhase::kPlanned) {
    loop_.Feed(told->attempt.job_id, CalledBack{told->attempt.attempt_id, told->job});
    return End(told, CallbackEnd::kEvidence);
  }
  // On the wire: if no answer comes, the search begins with what is known. The same after a restart.
  const EntryPtr entry = loop_.Find(told->attempt.job_id);
  if (attempt->phase != AttemptPhase::kUnknown) return End(told, CallbackEnd::kEvidence);
  // Whatever has become of it since it was read.
  if (!entry || !entry->search) return ActLater(told);
  loop_.resolver_->ReadEvidence(entry);
  End(told, CallbackEnd::kEvidence);
}

// As an operator would who has found the id.
void Engine::Loop::Callbacks::Adopt(const ToldPtr& told) {
  const AttemptDecision decision{told->attempt.attempt_id, ResolutionKind::kAdopted, told->job.id,
                                 "the provider called back about it"};
  loop_.parts_.store->PutDecision(told->attempt.job_id, decision, loop_.Now(),
                                  Then([told](Callbacks& self, const absl::Status& put) {
                                    if (absl::IsUnavailable(put))
                                      return self.End(told, CallbackEnd::kNotTaken, put);
                                    // Somebody else has decided, or the job is gone.
                                    if (!put.ok()) return self.End(told, CallbackEnd::kNoNews);
                                    self.loop_.OnCommand(told->attempt.job_id);
                                    self.End(told, CallbackEnd::kAdopted);
                                  }));
}

void Engine::Loop::Callbacks::ActLater(const ToldPtr& told) {
  if (told->looks >= kLooks)
    return End(told, CallbackEnd::kNotTaken, absl::UnavailableError("the job is being written"));
  loop_.parts_.executor->PostAt(loop_.Now() + kLookAgain, [weak = loop_.weak_from_this(), told] {
    if (const auto loop = weak.lock()) loop->callbacks_->Act(told);
  });
}

void Engine::Loop::Callbacks::Warn(const Told& told, const char* why) {
  if (loop_.parts_.log == nullptr) return;
  loop_.parts_.log->Warning(
      "a callback was passed over",
      {{"job_id", told.attempt.job_id}, {"attempt_id", told.attempt.attempt_id}, {"why", why}});
}

void Engine::Loop::Callbacks::End(const ToldPtr& told, CallbackEnd end, absl::Status status) {
  loop_.observer_->OnCallback(told->provider, end);
  told->done(std::move(status));
}

}  // namespace zoetrope
