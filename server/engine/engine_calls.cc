// What the engine sends to providers, and what it makes of the answers.
#include <algorithm>
#include <utility>

#include "server/engine/engine_loop.h"
#include "server/engine/provider_answers.h"
#include "server/providers/http_classes.h"
#include "server/route/price.h"

namespace zoetrope {
namespace {

// A poll's 404 counts only when it keeps coming: replicas lag, and proxies blink.
constexpr int kNotFoundInRow = 3;
// A cancellation that was not taken is repeated for as long as the provider has the job: after this, twice as
// late each time.
constexpr absl::Duration kCancelRetry = absl::Seconds(5);
constexpr absl::Duration kCancelRetryMax = absl::Minutes(5);
constexpr int kCancelDoublings = 6;
// What a job that is refused for load again and again waits at least, twice as long each time.
constexpr absl::Duration kThrottledLeast = absl::Milliseconds(50);
constexpr absl::Duration kThrottledMost = absl::Seconds(5);
constexpr int kThrottleDoublings = 7;
// After a poll that found no place here.
constexpr absl::Duration kPollWithoutPlace = absl::Seconds(1);
// How long the price of a job is asked for after the job has ended for its caller.
constexpr absl::Duration kMoneyPatience = absl::Hours(24);

std::int32_t StatusOf(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  return response != nullptr ? response->status : 0;
}

}  // namespace

LaneGate* Engine::Loop::LaneOf(const std::string& provider) {
  const auto found = lanes_.find(provider);
  return found == lanes_.end() ? nullptr : found->second.get();
}

CallNote Engine::Loop::NoteOf(const Entry& entry, ProviderCall call) const {
  return {entry.account->name, call, parts_.clock->Monotonic(), entry.id, entry.attempt_id, entry.trace};
}

void Engine::Loop::Report(const CallNote& note, const HttpResult& result) {
  const auto* error = std::get_if<TransportError>(&result);
  const std::optional<TransportFault> fault = error != nullptr ? std::optional(error->fault) : std::nullopt;
  const absl::Duration took = parts_.clock->Monotonic() - note.started;
  observer_->OnExchange(note.provider, note.call, StatusOf(result), fault, took);
  if (note.job_id.empty()) return;
  for (JobFollower* follower : parts_.followers) {
    follower->OnExchange(
        {note.job_id, note.attempt_id, note.provider, note.trace, note.call, StatusOf(result), fault, took});
  }
}

// --- Submitting ---

void Engine::Loop::SendSubmit(const EntryPtr& entry) {
  const std::shared_ptr<PreparedSubmit> sent = std::move(entry->prepared);
  const Account& account = *entry->account;
  if (draining_) {
    // The intent was on its way to the disk when the drain began. Nothing has left: back to where it was.
    SubmitEnded unsent;
    unsent.outcome =
        TransportError{Delivery::kNotSent, TransportFault::kRefusedHere, "the server is going down"};
    entry->events.emplace_back(std::move(unsent));
    return;
  }
  CallOptions options = CallOptionsFor(account, account.submit_timeout);
  options.send_before = sent->send_before;
  HttpRequest request = std::move(sent->request);
  sent->blobs.clear();  // the request has them; an answer is read without
  if (sent->place) sent->place->Shrink(request.body.size());
  parts_.http->Start(std::move(request), options,
                     Later(entry, [sent, note = NoteOf(*entry, ProviderCall::kSubmit)](
                                      Loop& loop, const EntryPtr& held, HttpResult result) {
                       loop.Report(note, result);
                       loop.OnSubmitAnswer(held, *sent, std::move(result));
                     }));
}

void Engine::Loop::OnSubmitAnswer(const EntryPtr& entry, const PreparedSubmit& sent, HttpResult result) {
  SubmitEnded ended;
  ended.http_status = StatusOf(result);
  std::optional<LaneSignal> signal =
      IsServerTrouble(ended.http_status) ? LaneSignal::kFailing : LaneSignal::kWorking;
  std::optional<absl::Duration> retry_after;
  if (const auto* response = std::get_if<HttpResponse>(&result);
      response != nullptr && IsServerTrouble(response->status))
    retry_after = RetryAfter(*response);
  if (auto* error = std::get_if<TransportError>(&result)) {
    // The late-send guard and the client's own limits say nothing about the provider.
    if (IsOurs(error->fault)) signal.reset();
    ended.outcome = std::move(*error);
  } else {
    SubmitOutcome outcome = ReadSubmit(*entry->account, SubmitInputOf(sent), std::get<HttpResponse>(result));
    if (const auto* throttled = std::get_if<Throttled>(&outcome)) {
      signal = LaneSignal::kThrottled;
      // A provider that says "at once" again and again is not asked at once again and again.
      const absl::Duration least =
          std::min(kThrottledLeast * (1 << std::min(entry->throttles++, kThrottleDoublings)), kThrottledMost);
      if (throttled->retry_after) retry_after = std::max(*throttled->retry_after, least);
    } else if (const auto* refused = std::get_if<Refused>(&outcome)) {
      if (const auto shown = SignalOf(refused->failure.reason)) signal = shown;
    } else if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
      const auto report = [&ended, &sent, &entry](const ReportedCost& cost) {
        ended.report = {ReportedAmount(cost, *sent.offering, entry->account->price), cost.units};
      };
      if (const auto* done = std::get_if<Succeeded>(&accepted->result)) report(done->cost);
      if (const auto* failed = std::get_if<Failed>(&accepted->result)) report(failed->cost);
      entry->queued = std::holds_alternative<std::monostate>(accepted->result);
    } else {
      observer_->OnUnrecognized(entry->account->name, ProviderCall::kSubmit);
    }
    std::visit([&ended](auto& value) { ended.outcome = std::move(value); }, outcome);
  }
  if (signal) LaneOf(entry->account->name)->Report(*signal, retry_after);
  PublishLanes();
  entry->events.emplace_back(std::move(ended));
  Advance(entry);
}

// --- Polling ---

PollPlan Engine::Loop::PlanOf(const Entry& entry) const {
  if (entry.account == nullptr) return {};
  const absl::Duration typical = entry.offering ? entry.offering->typical_duration : absl::Minutes(2);
  return MakePollPlan(entry.account->adapter->capabilities(), entry.account->poll, typical);
}

JobInput Engine::Loop::InputOf(const Entry& entry) const {
  static const ProviderTimings kNoTimings;
  return {entry.provider_job,
          *entry.offering,
          entry.attempt_id,
          entry.poll ? std::string_view(entry.poll->stage) : "",
          entry.poll ? entry.poll->timings : kNoTimings,
          entry.count,
          entry.poll_failures};
}

void Engine::Loop::SendPoll(const EntryPtr& entry) {
  if (draining_ || entry->calling || entry->phase != AttemptPhase::kAcked) return;
  // An account that is not configured any more cannot be asked; time goes on all the same.
  if (entry->account == nullptr || !entry->offering) return OnNothingLearnt(entry, std::nullopt);
  absl::StatusOr<HttpRequest> request =
      entry->account->adapter->BuildPoll(InputOf(*entry), entry->account->secret);
  if (!request.ok()) return OnNothingLearnt(entry, std::nullopt);
  entry->calling = true;
  CallOptions options = CallOptionsFor(*entry->account, entry->account->poll_timeout);
  parts_.http->Start(*std::move(request), options,
                     Later(entry, [note = NoteOf(*entry, ProviderCall::kPoll)](
                                      Loop& loop, const EntryPtr& held, HttpResult result) {
                       loop.Report(note, result);
                       held->calling = false;
                       loop.OnPollAnswer(held, note.attempt_id, std::move(result));
                       if (!held->busy) loop.Arm(held);
                     }));
}

void Engine::Loop::OnPollAnswer(const EntryPtr& entry, const std::string& attempt_id, HttpResult result) {
  if (entry->attempt_id != attempt_id || entry->phase != AttemptPhase::kAcked) return;
  const std::int32_t status = StatusOf(result);
  LaneGate* lane = LaneOf(entry->account->name);
  if (const auto* error = std::get_if<TransportError>(&result)) {
    // There was no place for it, which passes; it cannot have been the last poll either.
    if (error->fault == TransportFault::kBusy) {
      entry->poll_at = Now() + kPollWithoutPlace;
      return;
    }
    if (!IsOurs(error->fault)) lane->Report(LaneSignal::kFailing, std::nullopt);
    PublishLanes();
    return OnNothingLearnt(entry, std::nullopt);
  }
  PollOutcome outcome = ReadPoll(*entry->account, InputOf(*entry), std::get<HttpResponse>(result));
  const auto* again = std::get_if<TryAgain>(&outcome);
  if (again != nullptr && again->account_trouble) {
    lane->Report(SignalOf(*again->account_trouble).value_or(LaneSignal::kRejected), again->retry_after);
  } else {
    // A status of trouble that is the model's own answer about this job is none of the account's.
    const bool ended = std::holds_alternative<Failed>(outcome) || std::holds_alternative<Succeeded>(outcome);
    const bool about_job = ended || (again != nullptr && again->about_job);
    const bool trouble = IsServerTrouble(status) && !about_job;
    lane->Report(trouble ? LaneSignal::kFailing : LaneSignal::kWorking,
                 trouble && again != nullptr ? again->retry_after : std::nullopt);
  }
  PublishLanes();
  OnPollOutcome(entry, std::move(outcome), status);
}

void Engine::Loop::OnPollOutcome(const EntryPtr& entry, PollOutcome outcome, std::int32_t http_status) {
  PollEnded ended;
  ended.http_status = http_status;
  ended.queued = entry->queued;
  const auto report = [&ended, &entry](const ReportedCost& cost) {
    ended.report = {ReportedAmount(cost, *entry->offering, entry->account->price), cost.units};
  };
  if (!std::holds_alternative<TryAgain>(outcome) && !std::holds_alternative<Unrecognized>(outcome))
    standings_.Heard(Now(), entry->standing);
  if (!std::holds_alternative<NotFoundThere>(outcome)) entry->not_found = 0;
  if (auto* pending = std::get_if<Pending>(&outcome)) return OnPending(entry, std::move(*pending));
  if (auto* next = std::get_if<NextStage>(&outcome)) {
    ShowLogs(*entry, next->logs);
    if (!entry->poll) entry->poll = std::make_unique<PollProgress>();
    entry->poll->stage = std::move(next->stage);
    entry->poll->timings = std::move(next->timings);
    entry->poll_failures = 0;
    return SendPoll(entry);
  }
  if (const auto* again = std::get_if<TryAgain>(&outcome)) return OnNothingLearnt(entry, again->retry_after);
  if (std::holds_alternative<Unrecognized>(outcome)) {
    observer_->OnUnrecognized(entry->account->name, ProviderCall::kPoll);
    return OnNothingLearnt(entry, std::nullopt);
  }
  if (auto* gone = std::get_if<NotFoundThere>(&outcome)) {
    if (entry->not_found++ == 0) entry->not_found_since = Now();
    const bool early = Now() < entry->not_found_since + entry->account->poll.lost_after;
    if (early || entry->not_found < kNotFoundInRow) return OnNothingLearnt(entry, std::nullopt);
    ended.outcome = std::move(*gone);
  } else if (auto* done = std::get_if<Succeeded>(&outcome)) {
    report(done->cost);
    ended.outcome = std::move(*done);
  } else if (auto* failed = std::get_if<Failed>(&outcome)) {
    report(failed->cost);
    ended.outcome = std::move(*failed);
  } else if (auto* cancelled = std::get_if<CancelledThere>(&outcome)) {
    report(cancelled->cost);
    ended.outcome = std::move(*cancelled);
  }
  entry->events.emplace_back(std::move(ended));
  Advance(entry);
}

void Engine::Loop::OnPending(const EntryPtr& entry, Pending pending) {
  entry->poll_failures = 0;
  // What has begun does not wait again, whatever is said later: it has cost something.
  entry->begun = entry->begun || pending.phase == Pending::Phase::kRunning;
  entry->queued = pending.phase == Pending::Phase::kQueued && !entry->begun;
  if (entry->begun) pending.queue_position.reset();
  if (pending.progress) {
    if (!entry->poll) entry->poll = std::make_unique<PollProgress>();
    pending.progress = entry->poll->progress = std::max(entry->poll->progress, *pending.progress);
  }
  if (pending.phase == Pending::Phase::kUnknownWord)
    observer_->OnUnrecognized(entry->account->name, ProviderCall::kPoll);
  if (parts_.progress != nullptr && !entry->ended) {
    parts_.progress->OnProgress(entry->id,
                                {entry->attempt_id, pending.progress, pending.queue_position, Now()});
  }
  ShowLogs(*entry, pending.logs);
  entry->poll_at = Now() + NextPoll(PlanOf(*entry), Now() - entry->ack_time, UnitInterval(*parts_.random));
  CheckTime(entry);
}

void Engine::Loop::OnNothingLearnt(const EntryPtr& entry, std::optional<absl::Duration> retry_after) {
  ++entry->poll_failures;
  entry->queued = false;  // any more, for all that is known
  LaneGate* lane = entry->account != nullptr ? LaneOf(entry->account->name) : nullptr;
  const bool affordable = lane == nullptr || lane->TakeRepetition();
  entry->poll_at = Now() + RetryPoll(PlanOf(*entry), entry->poll_failures, retry_after, affordable,
                                     UnitInterval(*parts_.random));
  CheckTime(entry);
}

// After a poll that did not show the end: whether patience is over.
void Engine::Loop::CheckTime(const EntryPtr& entry) {
  const absl::Time now = Now();
  if (!entry->ended && now >= entry->deadline) {
    entry->events.emplace_back(DeadlinePassed{});
    Advance(entry);
  } else if (entry->ended && now >= std::max(entry->ended_time, entry->ack_time) + kMoneyPatience) {
    entry->events.emplace_back(MoneyGivenUp{});
    Advance(entry);
  } else if (!entry->busy) {
    Arm(entry);
  }
}

void Engine::Loop::ShowLogs(const Entry& entry, const std::vector<ProviderLogLine>& logs) {
  if (logs.empty() || parts_.progress == nullptr || entry.ended) return;
  const EntryPtr held = Find(entry.id);
  if (!held->poll) held->poll = std::make_unique<PollProgress>();
  // Providers repeat the whole log in every answer.
  for (std::size_t i = held->poll->logs_shown; i < logs.size(); ++i) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, logs[i].time, &time, &error)) time = Now();
    parts_.progress->OnLog(entry.id, {entry.attempt_id, time, logs[i].level, logs[i].message});
  }
  held->poll->logs_shown = std::max(held->poll->logs_shown, logs.size());
}

// --- Cancelling ---

void Engine::Loop::SendCancel(const EntryPtr& entry) {
  if (draining_ || entry->phase != AttemptPhase::kAcked || entry->account == nullptr || !entry->offering)
    return;
  absl::StatusOr<HttpRequest> request =
      entry->account->adapter->BuildCancel(InputOf(*entry), entry->account->secret);
  if (!request.ok()) return;
  CallOptions options = CallOptionsFor(*entry->account, entry->account->poll_timeout);
  parts_.http->Start(*std::move(request), options,
                     Later(entry, [note = NoteOf(*entry, ProviderCall::kCancel)](
                                      Loop& loop, const EntryPtr& held, HttpResult result) {
                       loop.Report(note, result);
                       loop.OnCancelAnswer(held, std::move(result));
                     }));
}

void Engine::Loop::OnCancelAnswer(const EntryPtr& entry, HttpResult result) {
  if (entry->phase != AttemptPhase::kAcked) return;
  const absl::Duration retry =
      std::min(kCancelRetry * (1 << std::min(entry->cancel_tries++, kCancelDoublings)), kCancelRetryMax);
  CancelOutcome outcome = TryAgain{};
  if (const auto* response = std::get_if<HttpResponse>(&result)) {
    outcome = ReadCancel(*entry->account, InputOf(*entry), *response);
  }
  if (auto* accepted = std::get_if<CancelAccepted>(&outcome); accepted != nullptr && accepted->end) {
    const ReportedCost& cost = accepted->end->cost;
    const zoetrope::Report report{ReportedAmount(cost, *entry->offering, entry->account->price), cost.units};
    return Feed(entry->id, CancelConfirmed{*std::move(accepted->end), report, entry->queued});
  }
  if (const auto* again = std::get_if<TryAgain>(&outcome)) {
    entry->cancel_at =
        Now() + std::min(std::max(again->retry_after.value_or(retry), retry), kLongestRetryAfter);
  } else if (std::holds_alternative<Unrecognized>(outcome)) {
    observer_->OnUnrecognized(entry->account->name, ProviderCall::kCancel);
    entry->cancel_at = Now() + retry;
  }
  // Whatever it said, the next poll is the truth.
  entry->poll_at = std::min(entry->poll_at, Now() + PlanOf(*entry).floor);
  if (!entry->busy) Arm(entry);
}

}  // namespace zoetrope
