#include "server/engine/job_machine.h"

#include "server/base/limits.h"
#include "tests/unit/engine/machine_fixture.h"

namespace zoetrope::testing {
namespace {

// --- The way of most jobs ---

TEST_F(MachineTest, ANewJobAsksItsLaneAndWritesNothing) {
  const Decision decision = Happen(Resumed{});
  EXPECT_FALSE(decision.changed);
  EXPECT_TRUE(Wants<AskLane>(decision));
}

TEST_F(MachineTest, TheIntentIsWrittenBeforeAnythingIsSent) {
  const Decision decision = Happen(Admitted{"first"});
  EXPECT_TRUE(decision.changed);
  EXPECT_EQ(attempt().phase, AttemptPhase::kIntent);
  EXPECT_EQ(attempt().intent_time, facts_.now);
  EXPECT_EQ(job_.state.phase, JobPhase::kRunning);
  EXPECT_EQ(decision.effects, std::vector<Effect>{Send{}});
}

TEST_F(MachineTest, AnAcceptanceNamesTheProvidersJobAndIsPolled) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  const Decision decision = Happen(Answer(Accepted{{"theirs", {{"status", "https://x"}}}, {}}));
  EXPECT_EQ(attempt().phase, AttemptPhase::kAcked);
  EXPECT_EQ(attempt().provider_job.id, "theirs");
  EXPECT_EQ(job_.state.start_time, facts_.now);
  EXPECT_EQ(decision.effects, (std::vector<Effect>{Poll{Poll::When::kFirst}}));
}

TEST_F(MachineTest, AResultEndsTheJobAndSettlesWhatWasReported) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  PollEnded ended{Videos(1), 200, {Money::FromNanos(790'000'000), ""}, true};
  const Decision decision = Happen(ended);
  EXPECT_EQ(job_.state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(job_.state.complete_time, facts_.now);
  EXPECT_EQ(attempt().settled, Money::FromNanos(790'000'000));
  EXPECT_EQ(attempt().cost_source, CostSource::kProvider);
  EXPECT_TRUE(Wants<LeaveLane>(decision));
  EXPECT_TRUE(Wants<Forget>(decision));
  ExpectLedgerBalances();
}

TEST_F(MachineTest, AResultExpiresWhenTheProviderDropsIt) {
  capabilities_.media_kept_for = absl::Hours(24 * 7);
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Succeeded done = Videos(2);
  done.outputs[1].expire_time = facts_.now + absl::Hours(1);
  Happen(PollEnded{done, 200, {}, true});
  EXPECT_EQ(job_.state.outputs[0].expire_time, facts_.now + absl::Hours(24 * 7));
  EXPECT_EQ(job_.state.outputs[1].expire_time, facts_.now + absl::Hours(1))
      << "what the provider says itself counts";
}

TEST_F(MachineTest, AMissingReportSettlesAtTheCataloguesPrice) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(PollEnded{Videos(1), 200, {}, true});
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_EQ(attempt().cost_source, CostSource::kCatalogue);
}

TEST_F(MachineTest, WithoutAPriceAndAReportTheReservationCountsAndIsCalledThat) {
  attempt().quoted.reset();
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(PollEnded{Videos(1), 200, {}, true});
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_FALSE(attempt().computed.has_value());
  EXPECT_EQ(attempt().cost_source, CostSource::kReservation);
  ExpectLedgerBalances();
}

TEST_F(MachineTest, APartlyMadeBatchCostsItsShareAndListsWhatFailed) {
  job_.count = 4;
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Succeeded partly = Videos(3);
  partly.failures.push_back({FailureReason::kContentRejected, "one was blocked", "", ""});
  Happen(PollEnded{partly, 200, {}, true});
  EXPECT_EQ(job_.state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(job_.state.output_failures.size(), 1u);
  EXPECT_EQ(job_.state.output_failures[0].provider, "alpha");
  EXPECT_EQ(attempt().settled, Money::FromNanos(600'000'000));
}

TEST_F(MachineTest, AChargeAboveTheReservationIsShownAsOverrun) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  const Decision decision = Happen(PollEnded{Videos(1), 200, {Money::FromNanos(900'000'000), ""}, true});
  const auto overrun = std::find_if(decision.ledger.begin(), decision.ledger.end(),
                                    [](const LedgerRow& row) { return row.kind == LedgerKind::kOverrun; });
  ASSERT_NE(overrun, decision.ledger.end());
  EXPECT_EQ(overrun->amount, Money::FromNanos(100'000'000));
  ExpectLedgerBalances();
}

TEST_F(MachineTest, AnAnswerWithTheResultEndsTheJobInTheStepThatNamesIt) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(Accepted{{"theirs", {}}, Videos(1)}));
  EXPECT_EQ(job_.state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(attempt().provider_job.id, "theirs");
  ExpectLedgerBalances();
}

// --- Unknown outcomes: never sent again ---

struct Doubt {
  const char* name;
  SubmitEnded answer;
};

class DoubtTest : public MachineTest, public ::testing::WithParamInterface<int> {
 protected:
  static SubmitEnded Doubtful(int which) {
    switch (which) {
      case 0:
        return Answer(Unrecognized{"a 2xx without an id"}, 200);
      case 1:
        return Answer(Unrecognized{"HTTP 503"}, 503);
      case 2:
        return Answer(TransportError{Delivery::kMaybeSent, TransportFault::kReset, "reset"}, 0);
      default:
        return Answer(TransportError{Delivery::kMaybeSent, TransportFault::kTimeout, "silence"}, 0);
    }
  }
};

TEST_P(DoubtTest, BecomesUnknownThenHeldAndNeverGoesOutAgain) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  const Decision unknown = Happen(Doubtful(GetParam()));
  EXPECT_EQ(attempt().phase, AttemptPhase::kUnknown);
  EXPECT_TRUE(Wants<Resolve>(unknown));
  const Decision held = Happen(Resolved{});
  EXPECT_EQ(attempt().phase, AttemptPhase::kHeld);
  EXPECT_EQ(job_.state.phase, JobPhase::kHeld);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kOutcomeUnknown);
  EXPECT_EQ(attempt().reserved, kPrice) << "what may have been spent stays set aside";
  EXPECT_TRUE(Wants<LeaveLane>(held));
  // Whatever happens to a held job, nothing of it is ever sent.
  const std::vector<JobEvent> everything = {Resumed{},
                                            Admitted{"first"},
                                            DeadlinePassed{},
                                            MoneyGivenUp{},
                                            Resolved{},
                                            CancelConfirmed{},
                                            Answer(Accepted{{"late", {}}, {}})};
  for (const JobEvent& event : everything) EXPECT_FALSE(Happen(event).changed);
  EXPECT_EQ(job_.state.attempts.size(), 1u);
  ExpectLedgerBalances();
}

INSTANTIATE_TEST_SUITE_P(All, DoubtTest, ::testing::Range(0, 4));

TEST_F(MachineTest, AnIntentThatARestartFindsIsUnknown) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  const Decision decision = Happen(Resumed{});
  EXPECT_EQ(attempt().phase, AttemptPhase::kUnknown);
  EXPECT_FALSE(Wants<Send>(decision));
  EXPECT_FALSE(Wants<AskLane>(decision));
}

TEST_F(MachineTest, EvidenceTurnsUnknownIntoAcked) {
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  const Decision decision = Happen(Resolved{ProviderJob{"found", {}}});
  EXPECT_EQ(attempt().phase, AttemptPhase::kAcked);
  EXPECT_EQ(attempt().provider_job.id, "found");
  EXPECT_TRUE(Wants<Poll>(decision));
}

TEST_F(MachineTest, AbandonCountsTheReservationAsSpent) {
  job_.unknown_policy = UnknownPolicy::kAbandon;
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  Happen(Resolved{});
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kOutcomeUnknown);
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_EQ(attempt().cost_source, CostSource::kReservation) << "nobody has confirmed it";
  ExpectLedgerBalances();
}

TEST_F(MachineTest, RetryOnceMakesOneMoreAttemptAndThenHolds) {
  job_.unknown_policy = UnknownPolicy::kRetryOnce;
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  attempt().failure = Failure{FailureReason::kOutcomeUnknown, "lost", "alpha", ""};
  Happen(Resolved{});
  ASSERT_EQ(job_.state.attempts.size(), 2u);
  EXPECT_EQ(job_.state.attempts[0].settled, kPrice);
  EXPECT_EQ(attempt().id, "second");
  EXPECT_EQ(attempt().provider, "alpha");
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  attempt().failure = Failure{FailureReason::kOutcomeUnknown, "lost again", "alpha", ""};
  Happen(Resolved{});
  EXPECT_EQ(job_.state.attempts.size(), 2u);
  EXPECT_EQ(job_.state.phase, JobPhase::kHeld);
  ExpectLedgerBalances();
}

TEST_F(MachineTest, RetryOnceHoldsWhenTheOperatorNoLongerAllowsIt) {
  facts_.may_retry_once = false;
  job_.unknown_policy = UnknownPolicy::kRetryOnce;
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  Happen(Resolved{});
  EXPECT_EQ(job_.state.phase, JobPhase::kHeld);
  EXPECT_EQ(job_.state.attempts.size(), 1u);
}

TEST_F(MachineTest, RetryOnceHoldsWhenTheCeilingDoesNotCoverBoth) {
  job_.unknown_policy = UnknownPolicy::kRetryOnce;
  job_.max_cost = Money::FromNanos(2 * kPrice.nanos() - 1);
  Be(AttemptPhase::kUnknown, JobPhase::kRunning);
  Happen(Resolved{});
  EXPECT_EQ(job_.state.phase, JobPhase::kHeld);
  EXPECT_EQ(job_.state.attempts.size(), 1u);
}

// --- Proven not sent ---

TEST_F(MachineTest, WhatProvablyDidNotLeaveGoesBackUnderTheSameId) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  const Decision decision =
      Happen(Answer(TransportError{Delivery::kNotSent, TransportFault::kConnect, "refused"}, 0));
  EXPECT_EQ(attempt().phase, AttemptPhase::kPlanned);
  EXPECT_EQ(attempt().id, "first");
  EXPECT_EQ(job_.state.phase, JobPhase::kQueued);
  EXPECT_TRUE(Wants<AskLane>(decision));
  EXPECT_TRUE(Wants<LeaveLane>(decision));
}

TEST_F(MachineTest, ThrottlingQueuesAgainAndIsTheReasonWhenTimeRunsOut) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(Throttled{absl::Seconds(3), "slow_down", "Slow down."}, 429));
  EXPECT_EQ(attempt().phase, AttemptPhase::kPlanned);
  facts_.now = job_.deadline_time;
  Happen(DeadlinePassed{});
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  const Failure want{FailureReason::kProviderRateLimited, "the provider refused for load: Slow down.",
                     attempt().provider, "slow_down"};
  EXPECT_EQ(job_.state.failure, want);
  EXPECT_EQ(attempt().settled, Money());
  ExpectLedgerBalances();
}

TEST_F(MachineTest, WhatTheProviderCallsDoneIsPaidForThoughItCannotBeUsed) {
  capabilities_.bills_failures = false;
  const LiveJob fresh = job_;
  const std::vector<LedgerRow> rows = ledger_;
  for (const FailureReason reason : {FailureReason::kResultInvalid, FailureReason::kProviderError}) {
    job_ = fresh;
    ledger_ = rows;
    Be(AttemptPhase::kAcked, JobPhase::kRunning);
    Happen(PollEnded{FailedFor(reason), 200, {}, true});
    EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
    EXPECT_EQ(attempt().settled, reason == FailureReason::kResultInvalid ? kPrice : Money());
    ExpectLedgerBalances();
  }
}

// Booked in full, for a ceiling's sake, but not as something that anyone has said.
TEST_F(MachineTest, WhatNobodySaysIsBookedAsWhatNobodyHasSeen) {
  capabilities_.bills_failures = capabilities_.bills_cancelled_running = std::nullopt;
  const LiveJob fresh = job_;
  const std::vector<LedgerRow> rows = ledger_;
  const auto end = [&](const decltype(PollEnded::outcome)& outcome, std::optional<Money> reported) {
    job_ = fresh;
    ledger_ = rows;
    Be(AttemptPhase::kAcked, JobPhase::kRunning);
    Happen(PollEnded{outcome, 200, {.amount = reported, .units = ""}, false});
    ExpectLedgerBalances();
  };
  end(FailedFor(FailureReason::kProviderError), std::nullopt);
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_EQ(attempt().cost_source, CostSource::kReservation);
  end(CancelledThere{}, std::nullopt);
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_EQ(attempt().cost_source, CostSource::kReservation);
  end(FailedFor(FailureReason::kProviderError), Money::FromNanos(5));
  EXPECT_EQ(attempt().settled, Money::FromNanos(5)) << "it says so itself";
  EXPECT_EQ(attempt().cost_source, CostSource::kProvider);
  capabilities_.bills_failures = true;
  end(FailedFor(FailureReason::kProviderError), std::nullopt);
  EXPECT_EQ(attempt().cost_source, CostSource::kCatalogue) << "a page says that it is charged";
}

TEST_F(MachineTest, WhatTheOperatorKnowsCountsBeforeTheCatalogue) {
  Offering offering;
  offering.bills.failed = true;
  facts_.offering = &offering;
  BillingHabit habit;
  habit.failed = false;
  facts_.habit = &habit;
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(PollEnded{FailedFor(FailureReason::kProviderError), 200, {}, false});
  EXPECT_EQ(attempt().settled, Money());
  EXPECT_EQ(attempt().cost_source, CostSource::kBillingRule);
}

TEST_F(MachineTest, AFurtherAttemptSaysWhyItIsMadeThere) {
  job_.candidates = {{"alpha", "m@alpha", kPrice}, {"gone", "m@gone", kPrice},
                     {"full", "m@full", kPrice},   {"dear", "m@dear", Money::FromNanos(9'000'000'000)},
                     {"down", "m@down", kPrice},   {"beta", "m@beta", kPrice},
                     {"later", "m@later", kPrice}};
  job_.max_cost = Money::FromNanos(2'000'000'000);
  facts_.candidates = {{true, "a"}, {false, "g"}, {true, "f", true, false}, {true, "d"}, {true, "w", false},
                       {true, "b"}, {true, "l"}};
  EXPECT_EQ(attempt().why, "");
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  EXPECT_EQ(attempt().provider, "beta");
  EXPECT_EQ(attempt().why,
            "the next in the order of routing after alpha; gone is not offered here any more; full is over a "
            "budget; dear is over max_cost of USD 2.00 at 9.00, with 0.00 spent; down is down");
}

TEST_F(MachineTest, WhatIsKnownOfTheOfferingCountsBeforeTheDialect) {
  const LiveJob fresh = job_;
  const std::vector<LedgerRow> rows = ledger_;
  Offering offering;
  facts_.offering = &offering;
  using End = decltype(PollEnded::outcome);
  const auto charged_for = [&](bool dialect, BillingHabit habit, const End& outcome) {
    job_ = fresh;
    ledger_ = rows;
    capabilities_.bills_failures = capabilities_.bills_cancelled_running = dialect;
    offering.bills = habit;
    Be(AttemptPhase::kAcked, JobPhase::kRunning);
    Happen(PollEnded{outcome, 200, {}, false});
    ExpectLedgerBalances();
    return attempt().settled == kPrice;
  };
  const End failed = FailedFor(FailureReason::kProviderError);
  const End moderated = FailedFor(FailureReason::kContentRejected);
  const End cancelled = CancelledThere{};
  for (const bool dialect : {false, true}) {
    EXPECT_EQ(charged_for(dialect, {}, failed), dialect);
    EXPECT_EQ(charged_for(dialect, {}, moderated), dialect);
    EXPECT_EQ(charged_for(dialect, {}, cancelled), dialect);
    for (const bool habit : {false, true}) {
      EXPECT_EQ(charged_for(dialect, {.failed = habit}, failed), habit);
      EXPECT_EQ(charged_for(dialect, {.failed = habit}, moderated), dialect) << "that is another thing";
      EXPECT_EQ(charged_for(dialect, {.moderated = habit}, moderated), habit);
      EXPECT_EQ(charged_for(dialect, {.cancelled = habit}, cancelled), habit);
    }
  }
}

// --- Failover, row by row ---

struct FailoverRow {
  const char* name;
  FailoverPolicy policy;
  FailureReason reason;
  bool refused;  // else: failed
  bool billed;
  std::optional<Money> max_cost;
  bool follows;
};

class FailoverTest : public MachineTest, public ::testing::WithParamInterface<FailoverRow> {};

TEST_P(FailoverTest, Row) {
  const FailoverRow& row = GetParam();
  job_.failover = row.policy;
  job_.max_cost = row.max_cost;
  capabilities_.bills_failures = row.billed;
  Be(row.refused ? AttemptPhase::kIntent : AttemptPhase::kAcked, JobPhase::kRunning);
  const Decision decision = row.refused ? Happen(Answer(RefusedFor(row.reason), 402))
                                        : Happen(PollEnded{FailedFor(row.reason), 200, {}, true});
  EXPECT_EQ(job_.state.attempts.size(), row.follows ? 2u : 1u);
  EXPECT_EQ(Wants<AskLane>(decision), row.follows);
  if (row.follows) {
    EXPECT_EQ(attempt().provider, "beta");
    EXPECT_EQ(attempt().offering_revision, "rev-b");
    EXPECT_EQ(attempt().reserved, kPrice);
    EXPECT_EQ(job_.state.phase, JobPhase::kQueued);
  } else {
    EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
    EXPECT_EQ(job_.state.failure->reason, row.reason);
    EXPECT_EQ(job_.state.failure->provider, "alpha");
  }
  ExpectLedgerBalances();
}

constexpr Money kOne = kPrice;
constexpr Money kTwo = Money::FromNanos(1'600'000'000);

INSTANTIATE_TEST_SUITE_P(
    Rules, FailoverTest,
    ::testing::Values(FailoverRow{"refused",
                                  FailoverPolicy::kAfterRefused,
                                  FailureReason::kProviderBalanceExhausted,
                                  true,
                                  false,
                                  {},
                                  true},
                      FailoverRow{"refused_auth",
                                  FailoverPolicy::kAfterRefused,
                                  FailureReason::kProviderAuthFailed,
                                  true,
                                  false,
                                  {},
                                  true},
                      FailoverRow{"refused_gone",
                                  FailoverPolicy::kAfterRefused,
                                  FailureReason::kModelUnavailable,
                                  true,
                                  false,
                                  {},
                                  true},
                      FailoverRow{"refused_never",
                                  FailoverPolicy::kNever,
                                  FailureReason::kProviderBalanceExhausted,
                                  true,
                                  false,
                                  {},
                                  false},
                      FailoverRow{"refused_content",
                                  FailoverPolicy::kAfterFailed,
                                  FailureReason::kContentRejected,
                                  true,
                                  false,
                                  {},
                                  false},
                      FailoverRow{"refused_invalid",
                                  FailoverPolicy::kAfterFailed,
                                  FailureReason::kValidationRejected,
                                  true,
                                  false,
                                  {},
                                  false},
                      FailoverRow{"refused_ceiling", FailoverPolicy::kAfterRefused,
                                  FailureReason::kProviderAuthFailed, true, false, kOne, true},
                      FailoverRow{"failed_default",
                                  FailoverPolicy::kAfterRefused,
                                  FailureReason::kProviderError,
                                  false,
                                  false,
                                  {},
                                  false},
                      FailoverRow{"failed_free",
                                  FailoverPolicy::kAfterFailed,
                                  FailureReason::kProviderError,
                                  false,
                                  false,
                                  {},
                                  true},
                      FailoverRow{"failed_billed",
                                  FailoverPolicy::kAfterFailed,
                                  FailureReason::kProviderError,
                                  false,
                                  true,
                                  {},
                                  false},
                      FailoverRow{"failed_billed_one", FailoverPolicy::kAfterFailed,
                                  FailureReason::kProviderError, false, true, kOne, false},
                      FailoverRow{"failed_billed_two", FailoverPolicy::kAfterFailed,
                                  FailureReason::kProviderError, false, true, kTwo, true},
                      FailoverRow{"failed_content",
                                  FailoverPolicy::kAfterFailed,
                                  FailureReason::kContentRejected,
                                  false,
                                  false,
                                  {},
                                  false}),
    [](const auto& row) { return row.param.name; });

TEST_F(MachineTest, WhenEveryOfferingRefusedTheJobSaysSo) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderAuthFailed), 401));
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kNoOfferingLeft);
  ExpectLedgerBalances();
}

TEST_F(MachineTest, ACandidateThatIsGoneIsPassedOver) {
  facts_.candidates[1].usable = false;
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(RefusedFor(FailureReason::kProviderBalanceExhausted), 402));
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
}

// --- Deadline, loss ---

TEST_F(MachineTest, ADeadlineBeforeSendingCostsNothing) {
  facts_.now = job_.deadline_time;
  Happen(DeadlinePassed{});
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kDeadlineExceeded);
  EXPECT_EQ(attempt().settled, Money());
}

TEST_F(MachineTest, ADeadlineWhileRunningCancelsThereAndKeepsAskingForTheMoney) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  facts_.now = job_.deadline_time;
  const Decision decision = Happen(DeadlinePassed{});
  EXPECT_EQ(job_.state.phase, JobPhase::kFailed);
  EXPECT_TRUE(Wants<CancelThere>(decision));
  EXPECT_TRUE(Wants<Poll>(decision));
  EXPECT_EQ(attempt().settlement, Settlement::kPending);
  Happen(MoneyGivenUp{});
  EXPECT_EQ(attempt().settled, kPrice);
  EXPECT_EQ(job_.state.failure->reason, FailureReason::kDeadlineExceeded);
  ExpectLedgerBalances();
}

TEST_F(MachineTest, ARestartTellsTheProviderOfTheDeadlineOnceMore) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  facts_.now = job_.deadline_time;
  Happen(DeadlinePassed{});
  EXPECT_TRUE(Wants<CancelThere>(Happen(Resumed{})));
  capabilities_.can_cancel = false;
  EXPECT_FALSE(Wants<CancelThere>(Happen(Resumed{})));
}

TEST_F(MachineTest, ADeadlineDoesNotTouchWhatIsUnknown) {
  facts_.now = job_.deadline_time;
  for (const AttemptPhase phase : {AttemptPhase::kIntent, AttemptPhase::kUnknown}) {
    Be(phase, JobPhase::kRunning);
    EXPECT_FALSE(Happen(DeadlinePassed{}).changed);
  }
}

TEST_F(MachineTest, WhatIsSaidWithAnAnswerThatDoesNotTellIsKept) {
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(Unrecognized{"HTTP 503", "try later", "overloaded"}, 503));
  const Failure want{FailureReason::kOutcomeUnknown,
                     "the answer does not say whether it was accepted: HTTP 503: try later",
                     attempt().provider, "overloaded"};
  EXPECT_EQ(attempt().failure, want);
  Be(AttemptPhase::kIntent, JobPhase::kRunning);
  Happen(Answer(Unrecognized{"HTTP 503", std::string(2'000, 'x'), ""}, 503));
  EXPECT_EQ(attempt().failure->message.size(), limits::kProviderMessageChars);
}

TEST_F(MachineTest, ALostResultIsChargedInFull) {
  Be(AttemptPhase::kAcked, JobPhase::kRunning);
  Happen(PollEnded{NotFoundThere{"no such video", "gone"}, 404, {}, true});
  const Failure want{FailureReason::kResultLost,
                     "the provider no longer has the job or its result: no such video", attempt().provider,
                     "gone"};
  EXPECT_EQ(job_.state.failure, want);
  EXPECT_EQ(attempt().settled, kPrice);
  ExpectLedgerBalances();
}

TEST_F(MachineTest, ARequestThatCannotBeBuiltWasNeverSent) {
  Happen(CannotBuild{"first", {FailureReason::kModelUnavailable, "gone", "", ""}});
  EXPECT_EQ(job_.state.attempts[0].phase, AttemptPhase::kRefused);
  EXPECT_EQ(job_.state.attempts[0].settled, Money());
  EXPECT_EQ(job_.state.attempts.size(), 2u);
}

// --- Resuming, at every state ---

TEST_F(MachineTest, ResumingAskedAtEveryStateNeverSends) {
  const std::vector<std::pair<AttemptPhase, JobPhase>> states = {
      {AttemptPhase::kPlanned, JobPhase::kQueued},  {AttemptPhase::kAcked, JobPhase::kRunning},
      {AttemptPhase::kUnknown, JobPhase::kRunning}, {AttemptPhase::kHeld, JobPhase::kHeld},
      {AttemptPhase::kAcked, JobPhase::kCancelled},
  };
  for (const auto& [phase, job_phase] : states) {
    Be(phase, job_phase);
    const Decision decision = Happen(Resumed{});
    EXPECT_FALSE(decision.changed);
    EXPECT_FALSE(Wants<Send>(decision));
  }
}

}  // namespace
}  // namespace zoetrope::testing
