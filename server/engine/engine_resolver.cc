#include "server/engine/engine_resolver.h"

#include <algorithm>
#include <utility>

#include "server/base/limits.h"
#include "server/engine/engine_callbacks.h"
#include "server/engine/evidence.h"
#include "server/engine/provider_answers.h"
#include "server/providers/likeness.h"

namespace zoetrope {
namespace {

// How often a repetition looks whether its account is back.
constexpr absl::Duration kLookAgain = absl::Seconds(1);

}  // namespace

template <typename Task>
auto Engine::Loop::Resolver::WhileSearching(const EntryPtr& entry, Task task) {
  return loop_.Later(entry, [search = entry->search, task](Loop& loop, const EntryPtr& held, auto result) {
    if (held->search == search) task(*loop.resolver_, held, std::move(result));
  });
}

void Engine::Loop::Resolver::Begin(const EntryPtr& entry) {
  entry->search = std::make_shared<Search>();
  entry->search->progress.since = loop_.Now();
  entry->search->progress.sent_at = entry->live->state.attempts.back().intent_time;
  // Whoever went on with the original may have gone elsewhere since.
  entry->search->progress.repeats_over = entry->search->progress.sent_at <= loop_.options_.copied_at;
  ReadEvidence(entry);
}

void Engine::Loop::Resolver::ReadEvidence(const EntryPtr& entry) {
  const auto go_on = [](Resolver& self, const EntryPtr& held,
                        absl::StatusOr<std::vector<Evidence>> evidence) {
    Loop& loop = self.loop_;
    if (!evidence.ok()) {
      // Without the evidence nothing may be decided; the question stays open until it can be read.
      loop.parts_.executor->PostAt(
          loop.Now() + loop.options_.store_retry,
          [weak = loop.weak_from_this(), again = std::weak_ptr<Entry>(held), search = held->search] {
            const auto still_there = weak.lock();
            const auto still = again.lock();
            if (still_there && still && still->search == search) still_there->resolver_->ReadEvidence(still);
          });
      return;
    }
    ProviderJob found;
    for (const Evidence& fact : *evidence) {
      if (fact.attempt_id != held->attempt_id) continue;
      if (fact.what == kIdEvidence) found.id = fact.value;
      if (fact.what == kDigestEvidence) held->search->digest = fact.value;
      if (fact.what.starts_with(kUrlEvidence)) found.urls[fact.what.substr(kUrlEvidence.size())] = fact.value;
    }
    if (!found.id.empty()) return self.End(held, std::move(found));
    held->search->given_up ? self.End(held, std::nullopt) : self.Plan(held);
  };
  loop_.parts_.store->ReadEvidence(entry->id, WhileSearching(entry, go_on));
}

void Engine::Loop::Resolver::Plan(const EntryPtr& entry, absl::Time not_before) {
  Search& search = *entry->search;
  search.sent.reset();
  search.ticket.reset();
  search.place.reset();
  // An account or an offering that is not configured any more cannot be asked.
  if (entry->account == nullptr || !entry->offering) return End(entry, std::nullopt);
  const SearchPlan plan = MakeSearchPlan(entry->account->adapter->capabilities(), entry->account->search);
  const NextTry next = NextSearchStep(plan, search.progress, loop_.Now(), UnitInterval(*loop_.parts_.random));
  if (next.step == SearchStep::kGiveUp) return End(entry, std::nullopt);
  search.step = next.step;
  search.next_at = std::max(next.at, not_before);
  if (!entry->busy) loop_.Arm(entry);
}

void Engine::Loop::Resolver::End(const EntryPtr& entry, std::optional<ProviderJob> job, bool listed) {
  // A callback may have told it while something else was looked at.
  if (!job && !std::exchange(entry->search->given_up, true)) return ReadEvidence(entry);
  entry->search.reset();
  loop_.Feed(entry->id, Resolved{std::move(job), listed});
}

void Engine::Loop::Resolver::Wake(const EntryPtr& entry) {
  Search& search = *entry->search;
  search.next_at = absl::InfiniteFuture();
  // After the restart the search begins anew.
  if (loop_.draining_) return;
  if (search.step == SearchStep::kRepeat && WaitsForLane(entry)) return;
  search.sent = std::make_shared<PreparedSubmit>();
  search.sent->offering = entry->offering;
  search.sent->attempt_id = entry->attempt_id;
  search.sent->callback_url = loop_.callbacks_->UrlFor(*entry);
  const auto go_on = [](Resolver& self, const EntryPtr& held, absl::Status loaded) {
    if (self.loop_.draining_) return;
    Search& now = *held->search;
    if (!loaded.ok()) return self.Plan(held, self.loop_.Now() + self.loop_.options_.store_retry);
    if (now.step == SearchStep::kRepeat) return self.EnterRoom(held);
    self.LoadSteps(held);
  };
  loop_.loader_.LoadTexts(entry->account->adapter.get(), entry->id, search.sent,
                          WhileSearching(entry, go_on));
}

// A list is searched without the pictures; what was uploaded has a name there.
void Engine::Loop::Resolver::LoadSteps(const EntryPtr& entry) {
  LeaveOutPictures(*entry->search->sent);
  const auto go_on = [](Resolver& self, const EntryPtr& held, absl::Status loaded) {
    if (self.loop_.draining_) return;
    if (!loaded.ok()) return self.Plan(held, self.loop_.Now() + self.loop_.options_.store_retry);
    held->search->matches.clear();
    held->search->pages = 0;
    self.LookUp(held, "");
  };
  loop_.loader_.LoadSteps(entry->account->adapter.get(), entry->id, entry->search->sent,
                          WhileSearching(entry, go_on));
}

// A repetition is a submission: it waits where one would.
bool Engine::Loop::Resolver::WaitsForLane(const EntryPtr& entry) {
  LaneGate* lane = loop_.LaneOf(entry->account->name);
  const LaneHealth health = lane->Health();
  const bool waits = health.trouble && health.resume_time > loop_.Now();
  if (!waits && !health.half_open) return false;
  if (!waits) lane->AskForProbe(entry->id);
  entry->search->progress.repeat_from = waits ? health.resume_time : loop_.Now() + kLookAgain;
  Plan(entry);
  return true;
}

// Reads the pictures of what is sent again. Who has to wait for room looks anew at all else when there is
// some: the account may be down by then, and the caller may want the end.
void Engine::Loop::Resolver::EnterRoom(const EntryPtr& entry) {
  Search& search = *entry->search;
  const std::size_t bytes = PictureRoomOf(*search.sent);
  ByteRoom& room = loop_.loader_.RoomOf(entry->account->name);
  if (bytes > 0 && !search.place) search.place = room.TryTake(bytes);
  if (bytes > 0 && !search.place) {
    const auto enter =
        [weak = loop_.weak_from_this(), held = std::weak_ptr<Entry>(entry),
         search = std::weak_ptr<Search>(entry->search)](const std::shared_ptr<ByteRoom::Place>& place) {
          const auto loop = weak.lock();
          if (!loop) return;
          loop->Post([held, search, place](Loop& self) {
            const EntryPtr still = held.lock();
            const std::shared_ptr<Search> asked = search.lock();
            if (!still || !asked || still->search != asked || !asked->ticket) return;
            asked->ticket.reset();
            asked->place = place;
            self.resolver_->Wake(still);
          });
        };
    search.ticket = room.Ask(bytes, enter);
    return;
  }
  search.sent->place = std::move(search.place);
  const auto go_on = [](Resolver& self, const EntryPtr& held, absl::Status loaded) {
    if (self.loop_.draining_) return;
    if (loaded.ok()) return self.Repeat(held);
    // A picture that is lost will not come back: then no one can tell.
    if (absl::IsDataLoss(loaded)) return self.End(held, std::nullopt);
    self.Plan(held, self.loop_.Now() + self.loop_.options_.store_retry);
  };
  loop_.loader_.LoadPictures(entry->account->adapter.get(), entry->id, search.sent,
                             WhileSearching(entry, go_on));
}

// --- Sending the same bytes again ---

void Engine::Loop::Resolver::Repeat(const EntryPtr& entry) {
  Search& search = *entry->search;
  const Account& account = *entry->account;
  absl::StatusOr<HttpRequest> request =
      account.adapter->BuildSubmit(SubmitInputOf(*search.sent), account.secret);
  // Should the first one have been lost, this one creates the job: nobody would want it any more.
  const bool wanted = search.sent->wanted && loop_.Now() < entry->deadline;
  const absl::Duration started = loop_.parts_.clock->Monotonic();
  // What was planned in time may have waited for the store, or with the whole process.
  const absl::Duration remembered =
      search.progress.sent_at + account.adapter->capabilities().deduplicates_for - loop_.Now();
  if (!wanted || remembered <= absl::ZeroDuration() || !request.ok() || DigestOf(*request) != search.digest) {
    search.progress.repeats_over = true;
    return Plan(entry);
  }
  CallOptions options = CallOptionsFor(account, account.submit_timeout);
  options.send_before = started + std::min(limits::kLateSendGuard, remembered);
  const auto go_on = [note = loop_.NoteOf(*entry, ProviderCall::kRepeat)](
                         Resolver& self, const EntryPtr& held, HttpResult result) {
    self.loop_.Report(note, result);
    self.OnRepeated(held, std::move(result));
  };
  search.sent->blobs.clear();
  if (search.sent->place) search.sent->place->Shrink(request->body.size());
  loop_.parts_.http->Start(*std::move(request), options, WhileSearching(entry, go_on));
}

void Engine::Loop::Resolver::OnRepeated(const EntryPtr& entry, HttpResult result) {
  SearchProgress& progress = entry->search->progress;
  LaneGate* lane = loop_.LaneOf(entry->account->name);
  ++progress.repeats;
  if (const auto* error = std::get_if<TransportError>(&result)) {
    if (!IsOurs(error->fault)) lane->Report(LaneSignal::kFailing, std::nullopt);
    return Plan(entry);
  }
  const auto& response = std::get<HttpResponse>(result);
  SubmitOutcome outcome = ReadSubmit(*entry->account, SubmitInputOf(*entry->search->sent), response);
  LaneSignal signal = IsServerTrouble(response.status) ? LaneSignal::kFailing : LaneSignal::kWorking;
  std::optional<absl::Duration> retry_after;
  if (const auto* throttled = std::get_if<Throttled>(&outcome)) {
    signal = LaneSignal::kThrottled;
    retry_after = throttled->retry_after;
  } else if (const auto* refused = std::get_if<Refused>(&outcome)) {
    // A refusal now tells nothing of what was accepted before. Where the account is not in the way, the next
    // one would be refused as well.
    const std::optional<LaneSignal> shown = SignalOf(refused->failure.reason);
    signal = shown.value_or(signal);
    progress.repeats_over = !shown;
  }
  lane->Report(signal, retry_after);
  if (auto* accepted = std::get_if<Accepted>(&outcome)) return End(entry, std::move(accepted->job));
  if (std::holds_alternative<Unrecognized>(outcome))
    loop_.observer_->OnUnrecognized(entry->account->name, ProviderCall::kRepeat);
  progress.repeat_from = loop_.Now() + retry_after.value_or(absl::ZeroDuration());
  Plan(entry);
}

// --- Looking at what the provider lists ---

void Engine::Loop::Resolver::LookUp(const EntryPtr& entry, const std::string& page) {
  Search& search = *entry->search;
  const Account& account = *entry->account;
  const SubmitInput submit = SubmitInputOf(*search.sent);
  absl::StatusOr<HttpRequest> request =
      account.adapter->BuildLookup({submit, search.progress.sent_at, page}, account.secret);
  if (!request.ok()) return End(entry, std::nullopt);
  CallOptions options = CallOptionsFor(account, account.poll_timeout);
  const auto go_on = [page, note = loop_.NoteOf(*entry, ProviderCall::kLookup)](
                         Resolver& self, const EntryPtr& held, HttpResult result) {
    self.loop_.Report(note, result);
    self.OnLookedUp(held, page, std::move(result));
  };
  loop_.parts_.http->Start(*std::move(request), options, WhileSearching(entry, go_on));
}

void Engine::Loop::Resolver::OnLookedUp(const EntryPtr& entry, const std::string& page, HttpResult result) {
  // A key without a right to the list, or a list that is asked for too often, is no trouble of submissions.
  const auto* response = std::get_if<HttpResponse>(&result);
  const auto* error = std::get_if<TransportError>(&result);
  const bool failing = response == nullptr || IsServerTrouble(response->status);
  if (error == nullptr || !IsOurs(error->fault)) {
    loop_.LaneOf(entry->account->name)
        ->Report(failing ? LaneSignal::kFailing : LaneSignal::kWorking, std::nullopt);
  }
  if (response == nullptr) return LookFailed(entry, std::nullopt);
  const SubmitInput submit = SubmitInputOf(*entry->search->sent);
  LookupOutcome outcome =
      ReadLookup(*entry->account, {submit, entry->search->progress.sent_at, page}, *response);
  if (auto* told = std::get_if<LookupPage>(&outcome)) return OnPage(entry, std::move(*told));
  if (const auto* again = std::get_if<TryAgain>(&outcome)) return LookFailed(entry, again->retry_after);
  loop_.observer_->OnUnrecognized(entry->account->name, ProviderCall::kLookup);
  LookedInVain(entry);
}

void Engine::Loop::Resolver::OnPage(const EntryPtr& entry, LookupPage page) {
  Search& search = *entry->search;
  search.by_marker = page.by_marker;
  for (ProviderJob& job : page.matches) {
    // A list that moves on while it is read shows a job twice.
    const bool known = std::any_of(search.matches.begin(), search.matches.end(),
                                   [&job](const ProviderJob& match) { return match.id == job.id; });
    if (!known) search.matches.push_back(std::move(job));
  }
  if (search.matches.size() > limits::kLookupMatches) return LookedInVain(entry);
  if (!page.next.empty()) {
    // What stands behind the last page that is read could be a twin.
    if (++search.pages >= limits::kLookupPages) return LookedInVain(entry);
    return LookUp(entry, page.next);
  }
  if (search.matches.empty()) return LookedInVain(entry);
  DropHeld(entry, std::move(search.matches), {});
}

void Engine::Loop::Resolver::LookedInVain(const EntryPtr& entry) {
  ++entry->search->progress.looks;
  entry->search->progress.failures = 0;
  Plan(entry);
}

void Engine::Loop::Resolver::LookFailed(const EntryPtr& entry, std::optional<absl::Duration> retry_after) {
  ++entry->search->progress.failures;
  const absl::Duration pause = std::min(retry_after.value_or(absl::ZeroDuration()), kLongestRetryAfter);
  Plan(entry, loop_.Now() + pause);
}

// --- Whose it is ---

void Engine::Loop::Resolver::DropHeld(const EntryPtr& entry, std::vector<ProviderJob> unchecked,
                                      std::vector<ProviderJob> free) {
  if (unchecked.empty()) return OnFree(entry, std::move(free));
  const ProviderJob job = std::move(unchecked.back());
  unchecked.pop_back();
  const auto go_on = [unchecked, free, job](Resolver& self, const EntryPtr& held,
                                            absl::StatusOr<std::optional<AttemptName>> holder) {
    if (!holder.ok()) return self.LookFailed(held, std::nullopt);
    std::vector<ProviderJob> now_free = free;
    if (!holder->has_value()) now_free.push_back(job);
    self.DropHeld(held, unchecked, std::move(now_free));
  };
  loop_.parts_.store->FindProviderJob(job.id, entry->attempt_id, WhileSearching(entry, go_on));
}

void Engine::Loop::Resolver::OnFree(const EntryPtr& entry, std::vector<ProviderJob> free) {
  if (free.size() != 1) return LookedInVain(entry);
  if (entry->search->by_marker) return End(entry, std::move(free.front()), /*listed=*/true);
  // After a restart not all that was sent is known yet.
  if (loop_.recovering_) return LookFailed(entry, std::nullopt);
  // What the server with the original has sent since this store was copied, nobody knows.
  const absl::Time sent_at = entry->search->progress.sent_at;
  const absl::Time copied_at = loop_.options_.copied_at;
  if (sent_at <= copied_at && copied_at < sent_at + kTwinWindow) return LookedInVain(entry);
  std::vector<std::string> rivals;
  for (const NamelessSends::Send& send : loop_.nameless_.Near(sent_at, kTwinWindow, entry->attempt_id)) {
    const Account* theirs = loop_.parts_.accounts->Find(send.provider);
    // Two accounts may share a list; one that is not configured any more may have been any.
    if (theirs == nullptr || theirs->dialect == entry->account->dialect) rivals.push_back(send.job_id);
  }
  if (rivals.size() > limits::kLookupRivals) return LookedInVain(entry);
  LookForTwin(entry, std::move(rivals), std::move(free.front()));
}

void Engine::Loop::Resolver::LookForTwin(const EntryPtr& entry, std::vector<std::string> rivals,
                                         ProviderJob found) {
  if (rivals.empty()) return End(entry, std::move(found), /*listed=*/true);
  const std::string rival = std::move(rivals.back());
  rivals.pop_back();
  const auto go_on = [rivals, found](Resolver& self, const EntryPtr& held, absl::StatusOr<StoredJob> theirs) {
    if (!theirs.ok() && !absl::IsNotFound(theirs.status())) return self.LookFailed(held, std::nullopt);
    // Every list is searched by the prompt among other things: with another one it cannot be a twin.
    const bool twin =
        !theirs.ok() || theirs->job.spec.generation.prompt == held->search->sent->generation.prompt;
    if (twin) return self.LookedInVain(held);
    self.LookForTwin(held, rivals, found);
  };
  loop_.parts_.store->Read("", rival, WhileSearching(entry, go_on));
}

}  // namespace zoetrope
