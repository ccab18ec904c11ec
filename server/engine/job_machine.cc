#include "server/engine/job_machine.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "server/engine/job_moves.h"

namespace zoetrope {
namespace {

// A submission that provably did not leave is tried again after this; the lane's breaker takes over when it
// keeps happening.
constexpr absl::Duration kRetryNotSent = absl::Seconds(1);

// Each On… is one row of the state table.
class Table : public JobMoves {
 public:
  using JobMoves::JobMoves;

  Decision Run(const JobEvent& event) {
    if (!state().attempts.empty()) std::visit([this](const auto& e) { On(e); }, event);
    if (decision_.changed) {
      ++state().revision;
      state().update_time = facts_.now;
    }
    return std::move(decision_);
  }

 private:
  void On(const Resumed&) {
    switch (attempt().phase) {
      case AttemptPhase::kPlanned:
        // Not one that may have been submitted: that it is late says nothing about what it cost.
        if (late() && !IsUnaccounted()) {
          EndLatePlanned();
        } else {
          AskToSend();
        }
        break;
      case AttemptPhase::kIntent:
        MarkUnknown("the server stopped between the intent to send and the provider's answer", 0);
        break;
      case AttemptPhase::kUnknown:
        Want(Resolve{});
        break;
      case AttemptPhase::kAcked:
        GoOnWithAcked();
        break;
      case AttemptPhase::kHeld:
        Want(Forget{});
        break;
      default:
        if (AwaitsCharge(attempt())) Want(AskCharge{.resumed = true});
        break;
    }
    ForgetIfDone();
  }

  void On(const Admitted& event) {
    if (attempt().id != event.attempt_id) return;         // given up; its permit went with it
    if (attempt().phase == AttemptPhase::kAcked) return;  // its provider has it already; the permit stays
    if (attempt().phase != AttemptPhase::kPlanned || job_ended()) return Want(LeaveLane{attempt().provider});
    // A process that was stopped for a while comes to this before it comes to its timers.
    if (late()) {
      EndLatePlanned();
      return ForgetIfDone();
    }
    Change();
    attempt().phase = AttemptPhase::kIntent;
    attempt().intent_time = facts_.now;
    state().phase = JobPhase::kRunning;
    Want(Send{});
  }

  void On(const CannotBuild& event) {
    if (attempt().id != event.attempt_id) return;
    if (attempt().phase != AttemptPhase::kPlanned || job_ended()) return Want(LeaveLane{attempt().provider});
    EndAttempt(AttemptPhase::kRefused, event.failure);
    attempt().http_status = event.http_status;
    SettleAtNothing(attempt(), facts_.now, ledger());
    GoOnOrFail();
    ForgetIfDone();
  }

  // An account comes back, and a job that no one else can do waits for it. Where someone else can, it goes.
  void On(const AccountDown& event) {
    if (attempt().phase != AttemptPhase::kPlanned || job_ended() || late()) return;
    Failure failure{event.reason, std::string(WhyNothingIsSent(event.reason)) + "; nothing was sent",
                    attempt().provider, ""};
    JobState as_refused = state();
    as_refused.attempts.back().phase = AttemptPhase::kRefused;
    as_refused.attempts.back().failure = failure;
    const auto next = NextCandidate(job_, as_refused, facts_.candidates);
    if (!next || !facts_.candidates[*next].reachable) return;
    EndAttempt(AttemptPhase::kRefused, std::move(failure));
    SettleAtNothing(attempt(), facts_.now, ledger());
    PlanAttempt(*next, WhyNext(job_, state(), facts_.candidates, *next));
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
    if (const auto* gone = std::get_if<CancelledThere>(&accepted.result))
      return Finish(*gone, event.report, /*queued=*/false);
    if (cancel_wanted()) CancelAcked();
    Want(Poll{Poll::When::kFirst});
  }

  void OnSubmit(const Refused& refused, const SubmitEnded& event) {
    EndAttempt(AttemptPhase::kRefused, refused.failure);
    attempt().http_status = event.http_status;
    SettleAtNothing(attempt(), facts_.now, ledger());
    GoOnOrFail();
  }

  // The lane holds everything back for as long as the provider asked, within its bounds; the job only
  // queues again.
  void OnSubmit(const Throttled& throttled, const SubmitEnded& event) {
    attempt().http_status = event.http_status;
    BackToPlanned(absl::ZeroDuration(),
                  Failure{FailureReason::kProviderRateLimited,
                          WithTheirs("the provider refused for load", throttled.message), attempt().provider,
                          throttled.provider_code});
  }

  void OnSubmit(const Unrecognized& outcome, const SubmitEnded& event) {
    MarkUnknown(
        WithTheirs("the answer does not say whether it was accepted: " + outcome.why, outcome.message),
        event.http_status, outcome.provider_code);
  }

  void OnSubmit(const TransportError& error, const SubmitEnded&) {
    if (error.delivery == Delivery::kNotSent) return BackToPlanned(kRetryNotSent, std::nullopt);
    MarkUnknown("the provider may have received it and has not answered: " + error.message, 0);
  }

  void On(const Resolved& event) {
    if (attempt().phase != AttemptPhase::kUnknown) return;
    if (event.job) {
      Acknowledge(*event.job);
      return GoOnWithAcked();
    }
    const Failure unknown =
        attempt().failure.value_or(Failure{FailureReason::kOutcomeUnknown, "", attempt().provider, ""});
    FollowUnknownPolicy(unknown);
    ForgetIfDone();
  }

  void On(const CalledBack& event) {
    if (attempt().id != event.attempt_id || attempt().phase != AttemptPhase::kPlanned || job_ended()) return;
    Acknowledge(event.job);
    attempt().intent_time = facts_.now;
    GoOnWithAcked();
  }

  void On(const PollEnded& event) {
    if (attempt().phase != AttemptPhase::kAcked) return;
    attempt().http_status = event.http_status;
    if (const auto* gone = std::get_if<CancelledThere>(&event.outcome)) {
      Finish(*gone, event.report, event.queued);
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
        state().failure.reset();  // of the attempt, not of a job that its caller has ended
        EndJob(JobPhase::kCancelled);
        WaitForMoney();
        break;
      default:  // on the wire, or being looked for: what comes back decides
        break;
    }
    ForgetIfDone();
  }

  void On(const Decided& event) {
    if (attempt().phase != AttemptPhase::kHeld || attempt().id != event.decision.attempt_id) return;
    CarryOut(event);
    ForgetIfDone();
  }

  void On(const CancelConfirmed& event) {
    if (attempt().phase != AttemptPhase::kAcked) return;
    Finish(event.end, event.report, event.queued);
    ForgetIfDone();
  }

  void On(const DeadlinePassed&) {
    if (job_ended()) return;
    if (attempt().phase == AttemptPhase::kPlanned) EndLatePlanned();
    if (attempt().phase == AttemptPhase::kAcked) {
      FailJob({FailureReason::kDeadlineExceeded, "the job's deadline passed while the provider had it",
               attempt().provider, ""});
      WaitForMoney();
      if (can_cancel()) Want(CancelThere{});
      Want(Poll{Poll::When::kFirst});
    }
    ForgetIfDone();
  }

  void On(const MoneyGivenUp&) {
    if (!job_ended() || attempt().phase != AttemptPhase::kAcked) return;
    EndAttempt(AttemptPhase::kFailed,
               Failure{FailureReason::kResultLost, "the provider never said how the job ended",
                       attempt().provider, ""});
    SettleLost();
    ForgetIfDone();
  }

  void On(const ChargeLearnt& event) {
    if (!AwaitsCharge(attempt())) return;
    Change();
    SettleNow(event.report.value_or(Report{}), attempt().computed, BilledAsItEnded());
    ForgetIfDone();
  }
};

}  // namespace

Decision Step(const LiveJob& job, const JobEvent& event, const MachineFacts& facts) {
  return Table(job, facts).Run(event);
}

}  // namespace zoetrope
