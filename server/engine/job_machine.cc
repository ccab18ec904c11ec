#include "server/engine/job_machine.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace zoetrope {
namespace {

// A submission that provably did not leave is tried again after this; the lane's breaker takes over when it keeps happening.
constexpr absl::Duration kRetryNotSent = absl::Seconds(1);

// One step. Holds the state under construction; each On… is one row of the state table.
class Stepper {
 public:
  Stepper(const LiveJob& job, const MachineFacts& facts) : job_(job), facts_(facts) { decision_.state = job.state; }

  Decision Run(const JobEvent& event) {
    if (!state().attempts.empty()) std::visit([this](const auto& e) { On(e); }, event);
    if (decision_.changed) {
      ++state().revision;
      state().update_time = facts_.now;
    }
    return std::move(decision_);
  }

 private:
  JobState& state() { return decision_.state; }
  Attempt& attempt() { return decision_.state.attempts.back(); }
  bool job_ended() const { return IsTerminal(decision_.state.phase); }
  bool cancel_wanted() const { return decision_.state.cancel_requested_time != absl::InfinitePast(); }
  bool late() const { return facts_.now >= job_.deadline_time; }
  bool can_cancel() const { return facts_.capabilities != nullptr && facts_.capabilities->can_cancel; }
  void Change() { decision_.changed = true; }
  void Want(Effect effect) { decision_.effects.push_back(std::move(effect)); }
  std::vector<LedgerRow>& ledger() { return decision_.ledger; }

  // --- The end of the job, of the attempt ---

  void EndJob(JobPhase phase) {
    Change();
    if (job_ended()) return;
    state().phase = phase;
    state().complete_time = facts_.now;
  }

  void FailJob(Failure failure) {
    if (!job_ended()) state().failure = std::move(failure);
    EndJob(JobPhase::kFailed);
  }

  void EndAttempt(AttemptPhase phase, std::optional<Failure> failure) {
    Change();
    attempt().phase = phase;
    attempt().complete_time = facts_.now;
    if (failure) failure->provider = attempt().provider;
    attempt().failure = std::move(failure);
    Want(LeaveLane{attempt().provider});
  }

  // Planned, and it will not be sent: nothing was spent.
  void DropPlanned(std::optional<Failure> failure) {
    EndAttempt(AttemptPhase::kCancelled, std::move(failure));
    SettleAtNothing(attempt(), facts_.now, ledger());
  }

  // The job has ended for its caller while the provider still has it: only its price is waited for.
  void WaitForMoney() {
    Change();
    attempt().settlement = Settlement::kPending;
  }

  void ForgetIfDone() {
    if (!IsLive(state()) || (job_ended() && attempt().phase == AttemptPhase::kHeld)) Want(Forget{});
  }

  // --- Attempts ---

  void PlanAttempt(std::size_t candidate) {
    Attempt next;
    next.id = facts_.fresh_attempt_id;
    next.provider = job_.candidates[candidate].provider;
    next.offering = job_.candidates[candidate].offering;
    next.offering_revision = facts_.candidates[candidate].offering_revision;
    next.create_time = facts_.now;
    Reserve(next, job_.candidates[candidate].price, facts_.now, ledger());
    state().attempts.push_back(std::move(next));
    state().phase = JobPhase::kQueued;
    Want(AskLane{absl::ZeroDuration()});
  }

  // The attempt has ended without a video and its money is decided: another one, or the end.
  void GoOnOrFail() {
    if (job_ended()) return;
    if (cancel_wanted()) return EndJob(JobPhase::kCancelled);
    if (late()) return FailJob({FailureReason::kDeadlineExceeded, "the job's deadline passed", attempt().provider, ""});
    if (const auto next = NextCandidate(job_, state(), facts_.candidates)) return PlanAttempt(*next);
    Failure failure = attempt().failure.value_or(Failure{});
    const bool all_refused = std::all_of(state().attempts.begin(), state().attempts.end(),
                                         [](const Attempt& a) { return a.phase == AttemptPhase::kRefused; });
    if (all_refused && state().attempts.size() > 1 && failure.reason != FailureReason::kContentRejected &&
        failure.reason != FailureReason::kValidationRejected) {
      failure.reason = FailureReason::kNoOfferingLeft;
    }
    FailJob(std::move(failure));
  }

  // Back to where nothing has been sent, under the same id.
  void BackToPlanned(absl::Duration pause, std::optional<Failure> note) {
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

  void EndLatePlanned() {
    const bool throttled = attempt().failure && attempt().failure->reason == FailureReason::kProviderRateLimited;
    Failure failure{throttled ? FailureReason::kProviderRateLimited : FailureReason::kDeadlineExceeded,
                    throttled ? "the provider refused for load until the job's deadline" : "the job's deadline passed before it was sent",
                    attempt().provider, ""};
    DropPlanned(failure);
    FailJob(std::move(failure));
  }

  void MarkUnknown(std::string why, std::int32_t http_status) {
    Change();
    attempt().phase = AttemptPhase::kUnknown;
    attempt().http_status = http_status;
    attempt().failure = Failure{FailureReason::kOutcomeUnknown, std::move(why), attempt().provider, ""};
    Want(Resolve{});
  }

  void Acknowledge(const ProviderJob& named) {
    Change();
    attempt().provider_job = named;
    attempt().phase = AttemptPhase::kAcked;
    attempt().ack_time = facts_.now;
    attempt().failure.reset();
    if (!job_ended()) state().phase = JobPhase::kRunning;
    if (!job_ended()) state().failure.reset();
    if (state().start_time == absl::InfinitePast()) state().start_time = facts_.now;
  }

  // What a wish to cancel means for an attempt that the provider has.
  void CancelAcked() {
    if (can_cancel()) return Want(CancelThere{});
    EndJob(JobPhase::kCancelled);
    WaitForMoney();
  }

  // --- Results ---

  std::optional<Money> ComputedFor(std::size_t videos) const {
    const std::optional<Money>& quoted = decision_.state.attempts.back().quoted;
    if (!quoted || job_.count <= 0) return std::nullopt;
    const absl::StatusOr<Money> share = Scale(*quoted, static_cast<std::int64_t>(videos), job_.count);
    return share.ok() ? std::optional<Money>(*share) : std::nullopt;
  }

  void Finish(const Succeeded& result, const Report& report) {
    EndAttempt(AttemptPhase::kSucceeded, std::nullopt);
    attempt().timings = result.timings;
    SettleAsReported(attempt(), report, ComputedFor(result.outputs.size()), facts_.now, ledger());
    if (!job_ended()) {
      state().outputs = result.outputs;
      state().output_failures = result.failures;
      for (Failure& failure : state().output_failures) failure.provider = attempt().provider;
      state().failure.reset();
    }
    EndJob(JobPhase::kSucceeded);
  }

  void Finish(const Failed& result, const Report& report) {
    EndAttempt(AttemptPhase::kFailed, result.failure);
    attempt().timings = result.timings;
    const bool billed = facts_.capabilities == nullptr || facts_.capabilities->bills_failures;
    if (report.amount || billed) {
      SettleAsReported(attempt(), report, attempt().quoted, facts_.now, ledger());
    } else {
      SettleAtNothing(attempt(), facts_.now, ledger());
    }
    GoOnOrFail();
  }

  void Finish(const CancelledThere& result, const Report& report, bool was_running) {
    const Failure unasked{FailureReason::kCancelledByProvider, "the provider cancelled the job", attempt().provider, ""};
    const bool asked = cancel_wanted() || job_ended();
    EndAttempt(AttemptPhase::kCancelled, asked ? std::nullopt : std::optional<Failure>(unasked));
    attempt().timings = result.timings;
    const bool billed = was_running && (facts_.capabilities == nullptr || facts_.capabilities->bills_cancelled_running);
    if (report.amount || billed) {
      SettleAsReported(attempt(), report, attempt().quoted, facts_.now, ledger());
    } else {
      SettleAtNothing(attempt(), facts_.now, ledger());
    }
    if (asked) return EndJob(JobPhase::kCancelled);
    FailJob(unasked);
  }

  // The provider no longer knows a job that it had accepted: it may well have made, and charged, the video.
  void Finish(const NotFoundThere&, const Report&) {
    Failure lost{FailureReason::kResultLost, "the provider no longer has the job or its result", attempt().provider, ""};
    EndAttempt(AttemptPhase::kFailed, lost);
    SettleAtReservation(attempt(), facts_.now, ledger());
    FailJob(std::move(lost));
  }

  // --- The table ---

  void On(const Resumed&) {
    switch (attempt().phase) {
      case AttemptPhase::kPlanned:
        if (late()) {
          EndLatePlanned();
        } else {
          Want(AskLane{absl::ZeroDuration()});
        }
        break;
      case AttemptPhase::kIntent:
        MarkUnknown("the server stopped between the intent to send and the provider's answer", 0);
        break;
      case AttemptPhase::kUnknown:
        Want(Resolve{});
        break;
      case AttemptPhase::kAcked:
        Want(Poll{Poll::When::kNow});
        if (cancel_wanted() && !job_ended()) CancelAcked();
        break;
      case AttemptPhase::kHeld:
        Want(Forget{});
        break;
      default:
        break;
    }
    ForgetIfDone();
  }

  void On(const Admitted&) {
    if (attempt().phase != AttemptPhase::kPlanned || job_ended()) return Want(LeaveLane{attempt().provider});
    Change();
    attempt().phase = AttemptPhase::kIntent;
    attempt().intent_time = facts_.now;
    state().phase = JobPhase::kRunning;
    Want(Send{});
  }

  void On(const CannotBuild& event) {
    if (attempt().phase != AttemptPhase::kPlanned || job_ended()) return Want(LeaveLane{attempt().provider});
    EndAttempt(AttemptPhase::kRefused, event.failure);
    SettleAtNothing(attempt(), facts_.now, ledger());
    GoOnOrFail();
    ForgetIfDone();
  }

  void On(const SubmitEnded& event) {
    if (attempt().phase != AttemptPhase::kIntent) return;
    std::visit([this, &event](const auto& outcome) { OnSubmit(outcome, event); }, event.outcome);
    ForgetIfDone();
  }

  void OnSubmit(const Accepted& accepted, const SubmitEnded& event) {
    Acknowledge(accepted.job);
    attempt().http_status = event.http_status;
    if (const auto* done = std::get_if<Succeeded>(&accepted.result)) return Finish(*done, event.report);
    if (const auto* failed = std::get_if<Failed>(&accepted.result)) return Finish(*failed, event.report);
    if (const auto* gone = std::get_if<CancelledThere>(&accepted.result)) return Finish(*gone, event.report, true);
    if (cancel_wanted()) CancelAcked();
    Want(Poll{Poll::When::kFirst});
  }

  void OnSubmit(const Refused& refused, const SubmitEnded& event) {
    EndAttempt(AttemptPhase::kRefused, refused.failure);
    attempt().http_status = event.http_status;
    SettleAtNothing(attempt(), facts_.now, ledger());
    GoOnOrFail();
  }

  // The lane holds everything back for as long as the provider asked; the job only queues again.
  void OnSubmit(const Throttled& throttled, const SubmitEnded& event) {
    attempt().http_status = event.http_status;
    BackToPlanned(absl::ZeroDuration(), Failure{FailureReason::kProviderRateLimited, "the provider refused for load",
                                                attempt().provider, throttled.provider_code});
  }

  void OnSubmit(const Unrecognized& outcome, const SubmitEnded& event) {
    MarkUnknown("the answer does not say whether it was accepted: " + outcome.why, event.http_status);
  }

  void OnSubmit(const TransportError& error, const SubmitEnded&) {
    if (error.delivery == Delivery::kNotSent) return BackToPlanned(kRetryNotSent, std::nullopt);
    MarkUnknown("the provider may have received it and has not answered: " + error.message, 0);
  }

  void On(const Resolved& event) {
    if (attempt().phase != AttemptPhase::kUnknown) return;
    if (event.job) {
      Acknowledge(*event.job);
      if (cancel_wanted() && !job_ended()) CancelAcked();
      return Want(Poll{Poll::When::kNow});
    }
    const Failure unknown = attempt().failure.value_or(Failure{FailureReason::kOutcomeUnknown, "", attempt().provider, ""});
    switch (job_.unknown_policy) {
      case UnknownPolicy::kHold:
        Hold(unknown);
        break;
      case UnknownPolicy::kAbandon:
        Abandon(unknown);
        FailJob(unknown);
        break;
      case UnknownPolicy::kRetryOnce:
        RetryOnce(unknown);
        break;
    }
    ForgetIfDone();
  }

  void Hold(const Failure& unknown) {
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

  void Abandon(const Failure& unknown) {
    EndAttempt(AttemptPhase::kFailed, unknown);
    SettleAtReservation(attempt(), facts_.now, ledger());
  }

  void RetryOnce(const Failure& unknown) {
    const auto unknowns = std::count_if(state().attempts.begin(), state().attempts.end(), [](const Attempt& a) {
      return a.failure && a.failure->reason == FailureReason::kOutcomeUnknown;
    });
    const auto again = std::find_if(job_.candidates.begin(), job_.candidates.end(), [this](const Candidate& c) {
      return c.provider == attempt().provider && c.offering == attempt().offering;
    });
    const auto index = static_cast<std::size_t>(again - job_.candidates.begin());
    if (unknowns > 1 || cancel_wanted() || late() || again == job_.candidates.end() || index >= facts_.candidates.size() ||
        !facts_.candidates[index].usable) {
      return Hold(unknown);
    }
    Abandon(unknown);
    PlanAttempt(index);
  }

  void On(const PollEnded& event) {
    if (attempt().phase != AttemptPhase::kAcked) return;
    attempt().http_status = event.http_status;
    if (const auto* gone = std::get_if<CancelledThere>(&event.outcome)) {
      Finish(*gone, event.report, event.was_running);
    } else if (const auto* done = std::get_if<Succeeded>(&event.outcome)) {
      Finish(*done, event.report);
    } else if (const auto* failed = std::get_if<Failed>(&event.outcome)) {
      Finish(*failed, event.report);
    } else {
      Finish(std::get<NotFoundThere>(event.outcome), event.report);
    }
    ForgetIfDone();
  }

  void On(const CancelAsked& event) {
    if (job_ended() || cancel_wanted()) return;
    Change();
    state().cancel_requested_time = event.time;
    switch (attempt().phase) {
      case AttemptPhase::kPlanned:
        DropPlanned(std::nullopt);
        EndJob(JobPhase::kCancelled);
        break;
      case AttemptPhase::kAcked:
        CancelAcked();
        break;
      case AttemptPhase::kHeld:
        EndJob(JobPhase::kCancelled);
        WaitForMoney();
        break;
      default:  // on the wire, or being looked for: what comes back decides
        break;
    }
    ForgetIfDone();
  }

  void On(const CancelConfirmed& event) {
    if (attempt().phase != AttemptPhase::kAcked) return;
    Finish(CancelledThere{}, Report{}, event.was_running);
    ForgetIfDone();
  }

  void On(const DeadlinePassed&) {
    if (job_ended()) return;
    if (attempt().phase == AttemptPhase::kPlanned) EndLatePlanned();
    if (attempt().phase == AttemptPhase::kAcked) {
      FailJob({FailureReason::kDeadlineExceeded, "the job's deadline passed while the provider had it", attempt().provider, ""});
      WaitForMoney();
      if (can_cancel()) Want(CancelThere{});
      Want(Poll{Poll::When::kFirst});
    }
    ForgetIfDone();
  }

  void On(const MoneyGivenUp&) {
    if (!job_ended() || attempt().phase != AttemptPhase::kAcked) return;
    EndAttempt(AttemptPhase::kFailed,
               Failure{FailureReason::kResultLost, "the provider never said how the job ended", attempt().provider, ""});
    SettleAtReservation(attempt(), facts_.now, ledger());
    ForgetIfDone();
  }

  const LiveJob& job_;
  const MachineFacts& facts_;
  Decision decision_;
};

}  // namespace

Decision Step(const LiveJob& job, const JobEvent& event, const MachineFacts& facts) { return Stepper(job, facts).Run(event); }

}  // namespace zoetrope
