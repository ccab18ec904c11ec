#include "server/engine/engine_charges.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/route/price.h"

namespace zoetrope {
namespace {

// Over so much the first looks of jobs that a restart brings back are spread.
constexpr absl::Duration kResumedWithin = absl::Seconds(10);

}  // namespace

void Engine::Loop::Charges::Begin(const EntryPtr& entry, bool resumed) {
  entry->charge = std::make_shared<ChargeQuestion>();
  entry->charge->progress.since = entry->live->state.attempts.back().complete_time;
  entry->charge->progress.asked_since = loop_.Now();
  Plan(entry, resumed ? kResumedWithin * UnitInterval(*loop_.parts_.random) : absl::ZeroDuration());
}

void Engine::Loop::Charges::Plan(const EntryPtr& entry, absl::Duration pause) {
  // An account or an offering that is not configured any more cannot be asked.
  if (entry->account == nullptr || !entry->offering) return End(entry, std::nullopt);
  const std::optional<absl::Time> next =
      NextChargeLook(entry->charge->progress, entry->account->charge.give_up_after, loop_.Now(),
                     UnitInterval(*loop_.parts_.random));
  if (!next) return End(entry, std::nullopt);
  entry->charge->next_at = std::max(*next, loop_.Now() + pause);
  if (!entry->busy) loop_.Arm(entry);
}

void Engine::Loop::Charges::End(const EntryPtr& entry, std::optional<zoetrope::Report> report) {
  entry->charge->next_at = absl::InfiniteFuture();
  loop_.Feed(entry->id, ChargeLearnt{std::move(report)});
}

void Engine::Loop::Charges::Ask(const EntryPtr& entry) {
  entry->charge->next_at = absl::InfiniteFuture();
  // After the restart the question is put anew.
  if (loop_.draining_) return;
  const Account& account = *entry->account;
  absl::StatusOr<HttpRequest> request = account.adapter->BuildCharge(loop_.InputOf(*entry), account.secret);
  if (!request.ok()) return End(entry, std::nullopt);
  CallOptions options = CallOptionsFor(account, account.poll_timeout);
  const auto on_answer = [asked = entry->charge, note = loop_.NoteOf(*entry, ProviderCall::kCharge)](
                             Loop& loop, const EntryPtr& held, const HttpResult& result) {
    loop.Report(note, result);
    if (held->charge == asked) loop.charges_->OnAnswer(held, result);
  };
  loop_.parts_.http->Start(*std::move(request), options, loop_.Later(entry, on_answer));
}

// Says nothing about the account's health: books that are out of order keep no job from being made.
void Engine::Loop::Charges::OnAnswer(const EntryPtr& entry, const HttpResult& result) {
  ChargeProgress& progress = entry->charge->progress;
  ++progress.looks;
  ChargeOutcome outcome = TryAgain{};
  if (const auto* response = std::get_if<HttpResponse>(&result))
    outcome = entry->account->adapter->ReadCharge(loop_.InputOf(*entry), *response);
  const auto* again = std::get_if<TryAgain>(&outcome);
  // A key that has no right to the books will not get it while we wait.
  const bool forbidden = again != nullptr && again->account_trouble == FailureReason::kProviderAuthFailed;
  progress.answered =
      forbidden || std::holds_alternative<NoChargeYet>(outcome) || std::holds_alternative<Charged>(outcome);
  if (const auto* charged = std::get_if<Charged>(&outcome)) {
    const zoetrope::Report report{ReportedAmount(charged->cost, *entry->offering, entry->account->price),
                                  charged->cost.units};
    if (report.amount) return End(entry, report);
  }
  if (std::holds_alternative<Unrecognized>(outcome))
    loop_.observer_->OnUnrecognized(entry->account->name, ProviderCall::kCharge);
  const absl::Duration asked =
      again != nullptr ? again->retry_after.value_or(absl::ZeroDuration()) : absl::ZeroDuration();
  Plan(entry, std::min(asked, kLongestRetryAfter));
}

}  // namespace zoetrope
