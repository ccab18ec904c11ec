#include "server/engine/job_moves.h"

#include <algorithm>
#include <limits>

#include "server/providers/provider_text.h"

namespace zoetrope {

std::string_view WhyNothingIsSent(FailureReason trouble) {
  switch (trouble) {
    case FailureReason::kProviderAuthFailed:
      return "the provider refused the account's credential";
    case FailureReason::kProviderBalanceExhausted:
      return "the provider refused for lack of balance";
    case FailureReason::kProviderRateLimited:
      return "the provider refused for load";
    default:
      return "the provider cannot be reached";
  }
}

std::string WithTheirs(const std::string& ours, const std::string& theirs) {
  return theirs.empty() ? ours : PrintableMessage(ours + ": " + theirs);
}

// --- The end of the job, of the attempt ---

void JobMoves::EndJob(JobPhase phase) {
  Change();
  if (job_ended()) return;
  state().phase = phase;
  state().complete_time = facts_.now;
}

void JobMoves::FailJob(Failure failure) {
  if (!job_ended()) state().failure = std::move(failure);
  EndJob(JobPhase::kFailed);
}

void JobMoves::EndAttempt(AttemptPhase phase, std::optional<Failure> failure) {
  Change();
  attempt().phase = phase;
  attempt().complete_time = facts_.now;
  if (failure) failure->provider = attempt().provider;
  attempt().failure = std::move(failure);
  Want(LeaveLane{attempt().provider});
}

void JobMoves::DropPlanned(std::optional<Failure> failure) {
  EndAttempt(AttemptPhase::kCancelled, std::move(failure));
  SettleAtNothing(attempt(), facts_.now, ledger());
}

void JobMoves::WaitForMoney() {
  Change();
  attempt().settlement = Settlement::kPending;
}

void JobMoves::ForgetIfDone() {
  if (!IsLive(state()) || (job_ended() && attempt().phase == AttemptPhase::kHeld)) Want(Forget{});
}

// --- Attempts ---

void JobMoves::PlanAttempt(std::size_t candidate, std::string why) {
  Attempt next;
  next.id = facts_.fresh_attempt_ids[planned_++];
  next.provider = job_.candidates[candidate].provider;
  next.offering = job_.candidates[candidate].offering;
  next.offering_revision = facts_.candidates[candidate].offering_revision;
  next.create_time = facts_.now;
  next.why = PrintableMessage(why);
  const Candidate& chosen = job_.candidates[candidate];
  Reserve(next, chosen.price, facts_.now, ledger(), chosen.reservation_cap);
  next.listed = chosen.listed;
  state().attempts.push_back(std::move(next));
  state().phase = JobPhase::kQueued;
  AskToSend();
}

void JobMoves::GoOnOrFail(bool may_follow) {
  if (job_ended()) return;
  if (cancel_wanted()) return EndJob(JobPhase::kCancelled);
  if (late())
    return FailJob({FailureReason::kDeadlineExceeded, "the job's deadline passed", attempt().provider, ""});
  const auto next = may_follow ? NextCandidate(job_, state(), facts_.candidates) : std::nullopt;
  if (next) return PlanAttempt(*next, WhyNext(job_, state(), facts_.candidates, *next));
  Failure failure = attempt().failure.value_or(Failure{});
  const bool all_refused = std::all_of(state().attempts.begin(), state().attempts.end(),
                                       [](const Attempt& a) { return a.phase == AttemptPhase::kRefused; });
  if (all_refused && state().attempts.size() > 1 && failure.reason != FailureReason::kContentRejected &&
      failure.reason != FailureReason::kValidationRejected) {
    failure.reason = FailureReason::kNoOfferingLeft;
  }
  const bool too_dear = std::any_of(facts_.candidates.begin(), facts_.candidates.end(),
                                    [](const CandidateFacts& c) { return !c.affordable; });
  if (too_dear)
    failure.message = PrintableMessage(failure.message + "; a budget has no room for another attempt");
  FailJob(std::move(failure));
}

void JobMoves::BackToPlanned(absl::Duration pause, std::optional<Failure> note) {
  Change();
  Want(LeaveLane{attempt().provider});
  attempt().phase = AttemptPhase::kPlanned;
  attempt().intent_time = absl::InfinitePast();
  attempt().failure = std::move(note);
  if (!job_ended()) state().phase = JobPhase::kQueued;
  if (cancel_wanted()) {
    DropPlanned(std::nullopt);
    EndJob(JobPhase::kCancelled);
  } else if (late()) {
    EndLatePlanned();
  } else {
    Want(AskLane{pause});
  }
  ForgetIfDone();
}

void JobMoves::EndLatePlanned() {
  Failure failure{FailureReason::kDeadlineExceeded, "the job's deadline passed before it was sent",
                  attempt().provider, ""};
  if (attempt().failure) {
    failure = *attempt().failure;  // it was sent and refused for load, with what the provider said last
  } else if (facts_.trouble) {
    failure.reason = *facts_.trouble;
    failure.message = std::string(WhyNothingIsSent(*facts_.trouble)) + " until the job's deadline";
  }
  DropPlanned(failure);
  FailJob(std::move(failure));
}

void JobMoves::MarkUnknown(std::string why, std::int32_t http_status, std::string provider_code) {
  Change();
  attempt().phase = AttemptPhase::kUnknown;
  attempt().http_status = http_status;
  attempt().failure =
      Failure{FailureReason::kOutcomeUnknown, std::move(why), attempt().provider, std::move(provider_code)};
  Want(Resolve{});
}

void JobMoves::Acknowledge(const ProviderJob& named) {
  Change();
  attempt().provider_job = named;
  attempt().phase = AttemptPhase::kAcked;
  attempt().ack_time = facts_.now;
  attempt().failure.reset();
  if (!job_ended()) state().phase = JobPhase::kRunning;
  if (!job_ended()) state().failure.reset();
  if (state().start_time == absl::InfinitePast()) state().start_time = facts_.now;
}

void JobMoves::CancelAcked() {
  if (can_cancel()) return Want(CancelThere{});
  EndJob(JobPhase::kCancelled);
  WaitForMoney();
}

void JobMoves::GoOnWithAcked() {
  Want(Poll{Poll::When::kNow});
  if (job_ended() && can_cancel()) Want(CancelThere{});
  if (cancel_wanted() && !job_ended()) CancelAcked();
}

// What is settled, and what this attempt would be settled at if it were abandoned.
Money JobMoves::WorstCase() const {
  return Add(SettledTotal(decision_.state), WorstCaseOf(decision_.state.attempts.back()))
      .value_or(Money::FromNanos(std::numeric_limits<std::int64_t>::max()));
}

void JobMoves::Hold(const Failure& unknown) {
  Change();
  Want(LeaveLane{attempt().provider});
  attempt().phase = AttemptPhase::kHeld;
  if (cancel_wanted()) {
    EndJob(JobPhase::kCancelled);
    WaitForMoney();
    return;
  }
  if (!job_ended()) {
    state().phase = JobPhase::kHeld;
    state().failure = unknown;
  }
  Want(Forget{});
}

void JobMoves::Abandon(const Failure& unknown) {
  EndAttempt(AttemptPhase::kFailed, unknown);
  SettleAsAssumed(attempt(), facts_.now, ledger());
}

void JobMoves::RetryOnce(const Failure& unknown) {
  const auto unknowns = std::count_if(state().attempts.begin(), state().attempts.end(), [](const Attempt& a) {
    return a.failure && a.failure->reason == FailureReason::kOutcomeUnknown;
  });
  const auto again = std::find_if(job_.candidates.begin(), job_.candidates.end(), [this](const Candidate& c) {
    return c.provider == attempt().provider && c.offering == attempt().offering;
  });
  const auto index = static_cast<std::size_t>(again - job_.candidates.begin());
  if (unknowns > 1 || cancel_wanted() || late() || again == job_.candidates.end() ||
      index >= facts_.candidates.size() || !facts_.candidates[index].usable ||
      !facts_.candidates[index].affordable || !FitsUnderCeiling(job_, WorstCase(), *again)) {
    return Hold(unknown);
  }
  Abandon(unknown);
  PlanAttempt(index, "sent once more, as its caller wishes where nobody knows whether it was accepted");
}

void JobMoves::FollowUnknownPolicy(const Failure& unknown) {
  switch (job_.unknown_policy) {
    case UnknownPolicy::kHold:
      return Hold(unknown);
    case UnknownPolicy::kAbandon:
      Abandon(unknown);
      if (cancel_wanted()) return EndJob(JobPhase::kCancelled);
      return FailJob(unknown);
    case UnknownPolicy::kRetryOnce:
      return facts_.may_retry_once ? RetryOnce(unknown) : Hold(unknown);
  }
}

// --- Results ---

JobMoves::Billed JobMoves::BilledFor(std::optional<bool> BillingHabit::*known,
                                     std::optional<bool> Capabilities::*stated) const {
  std::optional<bool> billed;
  if (facts_.capabilities != nullptr) billed = facts_.capabilities->*stated;
  if (facts_.offering != nullptr && facts_.offering->bills.*known) billed = facts_.offering->bills.*known;
  if (facts_.habit != nullptr && facts_.habit->*known) billed = facts_.habit->*known;
  if (!billed) return Billed::kNobodySays;
  return *billed ? Billed::kYes : Billed::kNo;
}

std::optional<Money> JobMoves::ComputedFor(std::size_t videos) const {
  const std::optional<Money> price = ListPriceOf(decision_.state.attempts.back());
  if (!price || job_.count <= 0) return std::nullopt;
  const absl::StatusOr<Money> share = Scale(*price, static_cast<std::int64_t>(videos), job_.count);
  return share.ok() ? std::optional<Money>(*share) : std::nullopt;
}

bool JobMoves::WouldGoOn(const Report& report, std::optional<Money> computed) const {
  JobState settled = decision_.state;
  std::vector<LedgerRow> rows;
  SettleAsReported(settled.attempts.back(), report, computed, facts_.now, rows);
  return !job_ended() && !cancel_wanted() && !late() &&
         NextCandidate(job_, settled, facts_.candidates).has_value();
}

JobMoves::Billed JobMoves::BilledAsItEnded() const {
  if (attempt().phase == AttemptPhase::kCancelled)
    return BilledFor(&BillingHabit::cancelled, &Capabilities::bills_cancelled_running);
  if (attempt().phase != AttemptPhase::kFailed || !attempt().failure) return Billed::kYes;
  switch (attempt().failure->reason) {
    // Done in the provider's books, though not for us: no failure that it would not bill.
    case FailureReason::kResultInvalid:
      return Billed::kYes;
    // It may well have been made, and may as well not.
    case FailureReason::kResultLost:
      return Billed::kNobodySays;
    case FailureReason::kContentRejected:
      return BilledFor(&BillingHabit::moderated, &Capabilities::bills_failures);
    default:
      return BilledFor(&BillingHabit::failed, &Capabilities::bills_failures);
  }
}

void JobMoves::SettleNow(const Report& report, std::optional<Money> computed, Billed billed) {
  if (billed == Billed::kNobodySays && !report.amount)
    return SettleUnconfirmed(attempt(), computed, facts_.now, ledger());
  SettleAsReported(attempt(), report, computed, facts_.now, ledger());
}

void JobMoves::SettleOrAsk(const Report& report, std::optional<Money> computed, Billed billed) {
  if (report.amount || !has_books()) return SettleNow(report, computed, billed);
  AwaitCharge(attempt(), report, computed);
  Want(AskCharge{});
}

void JobMoves::SettleLost() {
  if (has_books()) return SettleOrAsk(Report{}, ListPriceOf(attempt()));
  SettleAtReservation(attempt(), facts_.now, ledger());
}

void JobMoves::Finish(const Succeeded& result, const Report& report) {
  EndAttempt(AttemptPhase::kSucceeded, std::nullopt);
  attempt().timings = result.timings;
  SettleOrAsk(report, ComputedFor(result.outputs.size()));
  if (!job_ended()) {
    state().outputs = result.outputs;
    for (Output& output : state().outputs) {
      // Adapters have no clock; how long a provider keeps its media is data.
      if (output.expire_time == absl::InfiniteFuture() && facts_.capabilities != nullptr &&
          facts_.capabilities->media_kept_for) {
        output.expire_time = facts_.now + *facts_.capabilities->media_kept_for;
      }
    }
    state().output_failures = result.failures;
    for (Failure& failure : state().output_failures) failure.provider = attempt().provider;
    state().failure.reset();
  }
  EndJob(JobPhase::kSucceeded);
}

void JobMoves::Finish(const Failed& result, const Report& report) {
  EndAttempt(AttemptPhase::kFailed, result.failure);
  attempt().timings = result.timings;
  const Billed billed = BilledAsItEnded();
  const std::optional<Money> price = ListPriceOf(attempt());
  // Where another attempt follows, what it may cost depends on this one: no time for the books.
  const bool asks = billed != Billed::kNo && !WouldGoOn(report, price);
  if (asks) {
    SettleOrAsk(report, price, billed);
  } else if (report.amount || billed != Billed::kNo) {
    SettleNow(report, price, billed);
  } else {
    SettleAtNothing(attempt(), facts_.now, ledger());
  }
  GoOnOrFail(/*may_follow=*/!asks);
}

void JobMoves::Finish(const CancelledThere& result, const Report& report, bool queued) {
  const Failure unasked{FailureReason::kCancelledByProvider, "the provider cancelled the job",
                        attempt().provider, ""};
  const bool asked = cancel_wanted() || job_ended();
  EndAttempt(AttemptPhase::kCancelled, asked ? std::nullopt : std::optional<Failure>(unasked));
  attempt().timings = result.timings;
  // It may have begun since it was last seen to wait; some providers tell for how long it ran.
  const bool ran =
      !queued || result.timings.run_duration.value_or(absl::ZeroDuration()) > absl::ZeroDuration();
  const Billed billed = ran ? BilledAsItEnded() : Billed::kNo;
  if (report.amount || billed != Billed::kNo) {
    SettleOrAsk(report, ListPriceOf(attempt()), billed);
  } else {
    SettleAtNothing(attempt(), facts_.now, ledger());
  }
  if (asked) return EndJob(JobPhase::kCancelled);
  FailJob(unasked);
}

void JobMoves::Finish(const NotFoundThere& gone, const Report&) {
  Failure lost{FailureReason::kResultLost,
               WithTheirs("the provider no longer has the job or its result", gone.message),
               attempt().provider, gone.provider_code};
  EndAttempt(AttemptPhase::kFailed, lost);
  SettleLost();
  FailJob(std::move(lost));
}

}  // namespace zoetrope
