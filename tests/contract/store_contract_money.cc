// Budgets, what was spent, and the check of the books: what every JobStore does.
#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/contract/store_contract.h"
#include "tests/support/memory_money.h"
#include "tests/support/seeded_random.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Money Nanos(std::int64_t nanos) { return Money::FromNanos(nanos); }

BudgetUse UseOf(const std::string& budget, std::int64_t limit, const std::string& subject = "") {
  return {"", {budget, subject, absl::UnixEpoch()}, Nanos(limit)};
}

std::string AttemptOf(const NewJob& job) { return job.job.state.attempts[0].id; }

// A further attempt of the job, in place of its last one, which ends at no cost.
JobChange Dearer(const NewJob& job, std::int64_t nanos, std::vector<BudgetUse> uses) {
  JobChange change = NextRevision(job.job);
  Attempt& ended = change.state.attempts.back();
  change.ledger = {
      {ended.id, LedgerKind::kSettle, Nanos(0), CostSource::kBillingRule, job.job.spec.create_time, "fal"},
      {ended.id, LedgerKind::kRelease, ended.reserved, CostSource::kUnknown, job.job.spec.create_time,
       "fal"}};
  ended.settlement = Settlement::kSettled;
  ended.settled = Nanos(0);
  ended.reserved = Nanos(0);
  ended.phase = AttemptPhase::kRefused;
  Attempt next;
  next.id = "next-of-" + ended.id;
  next.provider = "runware";
  next.reserved = Nanos(nanos);
  change.ledger.push_back({next.id, LedgerKind::kReserve, Nanos(nanos), CostSource::kCatalogue,
                           job.job.spec.create_time, "runware"});
  for (BudgetUse& use : uses) use.attempt_id = next.id;
  change.budgets = std::move(uses);
  change.state.attempts.push_back(std::move(next));
  return change;
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreMoney);

NewJob StoreMoney::Reserving(int number, std::int64_t nanos, std::vector<BudgetUse> uses) {
  NewJob job = Submission(SimpleJob(number));
  Attempt& attempt = job.job.state.attempts[0];
  attempt.reserved = Nanos(nanos);
  attempt.quoted = attempt.reserved;
  job.ledger = {{attempt.id, LedgerKind::kReserve, attempt.reserved, CostSource::kCatalogue, kNow, "fal"}};
  for (BudgetUse& use : uses) use.attempt_id = attempt.id;
  job.budgets = std::move(uses);
  return job;
}

JobChange StoreMoney::Charging(const NewJob& job, std::int64_t nanos, absl::Time time) {
  JobChange change = NextRevision(job.job, JobPhase::kSucceeded);
  Attempt& attempt = change.state.attempts[0];
  const std::int64_t overrun = std::max<std::int64_t>(0, nanos - attempt.reserved.nanos());
  change.ledger = {{attempt.id, LedgerKind::kSettle, Nanos(nanos), CostSource::kProvider, time, "fal"},
                   {attempt.id, LedgerKind::kRelease, attempt.reserved, CostSource::kUnknown, time, "fal"}};
  if (overrun > 0) {
    change.ledger.push_back(
        {attempt.id, LedgerKind::kOverrun, Nanos(overrun), CostSource::kProvider, time, "fal"});
  }
  attempt.overrun = Nanos(overrun);
  attempt.phase = AttemptPhase::kSucceeded;
  attempt.settlement = Settlement::kSettled;
  attempt.settled = Nanos(nanos);
  attempt.reserved = Nanos(0);
  change.state.update_time = change.state.complete_time = time;
  return change;
}

std::vector<BudgetCount> StoreMoney::Counts(const std::string& budget) {
  return Await<absl::StatusOr<std::vector<BudgetCount>>>([&](auto done) {
           store().ReadBudget({.budget = budget, .window_start = absl::UnixEpoch()}, done);
         })
      .value();
}

std::vector<SpendRow> StoreMoney::Spend(SpendQuery query) {
  return Await<absl::StatusOr<std::vector<SpendRow>>>([&](auto done) { store().ReadSpend(query, done); })
      .value();
}

LedgerCheck StoreMoney::Check() {
  LedgerCheck sum;
  std::string after;
  do {
    const auto part =
        Await<absl::StatusOr<LedgerCheck>>([&](auto done) { store().CheckJobLedgers(after, 7, done); });
    AddCheck(part.value(), sum);
    after = sum.last_job_id;
  } while (!after.empty());
  AddCheck(Await<absl::StatusOr<LedgerCheck>>([&](auto done) { store().CheckLedgerSums(done); }).value(),
           sum);
  return sum;
}

TEST_P(StoreMoney, WhatDoesNotFitUnderABudgetIsNotTaken) {
  ASSERT_EQ(Create(Reserving(1, 60, {UseOf("team", 100)})).outcome, CommitOutcome::kDurable);
  const CreateResult refused = Create(Reserving(2, 41, {UseOf("team", 100)}));
  EXPECT_EQ(refused.outcome, CommitOutcome::kOverBudget);
  EXPECT_EQ(refused.shortage,
            (BudgetShortage{{"team", "", absl::UnixEpoch()}, Nanos(100), Nanos(60), Nanos(41)}));
  EXPECT_TRUE(absl::IsNotFound(Read(SimpleJobId(2)).status()));
  EXPECT_EQ(Create(Reserving(3, 40, {UseOf("team", 100)})).outcome, CommitOutcome::kDurable)
      << "to the last billionth";
  EXPECT_THAT(Counts(), ElementsAre(BudgetCount{{"team", "", absl::UnixEpoch()}, Nanos(100), Nanos(0)}));
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(StoreMoney, ARequestIdIsAnsweredThoughItsBudgetIsFull) {
  NewJob job = Reserving(1, 100, {UseOf("team", 100)});
  job.job.spec.request_id = "request";
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  NewJob again = Reserving(2, 100, {UseOf("team", 100)});
  again.job.spec.request_id = "request";
  const CreateResult result = Create(again);
  EXPECT_EQ(result.outcome, CommitOutcome::kConflict);
  ASSERT_TRUE(result.existing);
  EXPECT_EQ(result.existing->job_id, job.job.spec.id);
}

TEST_P(StoreMoney, NoNumberOfSubmissionsAtOncePassesABudget) {
  constexpr int kJobs = 64;
  std::atomic<int> answers = 0;
  std::atomic<int> taken = 0;
  for (int number = 1; number <= kJobs; ++number) {
    store().Create(Reserving(number, 30, {UseOf("team", 100), UseOf("all", 1'000)}),
                   [&](CreateResult result) {
                     taken += result.outcome == CommitOutcome::kDurable;
                     ++answers;
                   });
  }
  ASSERT_TRUE(fixture_->RunUntil([&] { return answers == kJobs; }));
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(Counts()[0].reserved, Nanos(90));
  EXPECT_EQ(Counts("all")[0].reserved, Nanos(90)) << "what one budget refuses counts in none";
}

TEST_P(StoreMoney, WhatWasSetAsideIsChargedOrGivenBack) {
  const NewJob one = Reserving(1, 100, {UseOf("team", 100)});
  ASSERT_EQ(Create(one).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Commit(Charging(one, 30)), CommitOutcome::kDurable);
  EXPECT_THAT(Counts(), ElementsAre(BudgetCount{{"team", "", absl::UnixEpoch()}, Nanos(0), Nanos(30)}));
  EXPECT_EQ(Create(Reserving(2, 71, {UseOf("team", 100)})).outcome, CommitOutcome::kOverBudget);
  EXPECT_EQ(Create(Reserving(3, 70, {UseOf("team", 100)})).outcome, CommitOutcome::kDurable);
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(StoreMoney, AnOverrunIsNoBudgets) {
  const NewJob job = Reserving(1, 100, {UseOf("team", 100)});
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Commit(Charging(job, 170)), CommitOutcome::kDurable);
  EXPECT_EQ(Counts()[0].charged, Nanos(100));
  EXPECT_THAT(Spend(), ElementsAre(SpendRow{.charges = 1, .charged = Nanos(100), .overrun = Nanos(70)}));
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(StoreMoney, AFurtherAttemptUsesTheRoomOfTheLastOne) {
  const NewJob job = Reserving(1, 80, {UseOf("team", 100)});
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  EXPECT_EQ(Commit(Dearer(job, 101, {UseOf("team", 100)})), CommitOutcome::kOverBudget);
  EXPECT_EQ(Read(job.job.spec.id)->job.state.revision, 1);
  EXPECT_THAT(Ledger(job.job.spec.id), SizeIs(1));
  EXPECT_EQ(Counts()[0].reserved, Nanos(80));
  EXPECT_EQ(Commit(Dearer(job, 100, {UseOf("team", 100)})), CommitOutcome::kDurable);
  EXPECT_EQ(Counts()[0].reserved, Nanos(100));
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(StoreMoney, AJobThatBeganUnderABudgetGoesOnWithoutIt) {
  const NewJob job = Reserving(1, 80, {UseOf("team", 100)});
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  // The budget has gone from the configuration, or its limit was lowered: what is there is booked all the
  // same.
  EXPECT_EQ(Commit(Charging(job, 80)), CommitOutcome::kDurable);
  EXPECT_EQ(Counts()[0].charged, Nanos(80));
}

TEST_P(StoreMoney, CountsAreByBudgetSubjectAndWindow) {
  const absl::Time later = absl::UnixEpoch() + absl::Hours(24);
  BudgetUse tomorrow = UseOf("team", 100, "a");
  tomorrow.key.window_start = later;
  ASSERT_EQ(Create(Reserving(1, 90, {UseOf("team", 100, "a")})).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Create(Reserving(2, 95, {UseOf("team", 100, "b")})).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Create(Reserving(3, 99, {tomorrow})).outcome, CommitOutcome::kDurable);
  EXPECT_THAT(Counts(), ElementsAre(BudgetCount{{"team", "b", absl::UnixEpoch()}, Nanos(95), Nanos(0)},
                                    BudgetCount{{"team", "a", absl::UnixEpoch()}, Nanos(90), Nanos(0)}));
  EXPECT_THAT(Counts("other"), IsEmpty());
}

TEST_P(StoreMoney, AChargeThatNobodyHasConfirmedIsACharge) {
  const NewJob job = Reserving(1, 80, {UseOf("team", 100)});
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  JobChange written_off = Charging(job, 80);
  written_off.ledger[0].kind = LedgerKind::kWriteOff;
  ASSERT_EQ(Commit(written_off), CommitOutcome::kDurable);
  EXPECT_EQ(Counts()[0].charged, Nanos(80));
  EXPECT_THAT(Spend(), ElementsAre(SpendRow{.charges = 1, .charged = Nanos(80)}));
  Job next = job.job;
  next.state = written_off.state;
  JobChange again = NextRevision(next, JobPhase::kSucceeded);
  again.ledger = {{AttemptOf(job), LedgerKind::kSettle, Nanos(1), CostSource::kProvider, kNow, "fal"}};
  EXPECT_EQ(Commit(again), CommitOutcome::kConflict) << "an attempt is charged once, of whichever kind";
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(StoreMoney, SpendIsToldApartAsAsked) {
  struct Case {
    int number;
    const char* tenant;
    const char* model;
    const char* project;
    std::int64_t charge;
    absl::Duration after;
  };
  for (const Case& c : {Case{1, "a", "sora-2", "x", 1, absl::ZeroDuration()},
                        Case{2, "a", "sora-2", "y", 20, absl::Minutes(59)},
                        Case{3, "a", "kling-2.5", "x", 300, absl::Hours(1)},
                        Case{4, "b", "sora-2", "", 4'000, absl::Hours(24)},
                        Case{5, "b", "sora-2", "x", 50'000, absl::Hours(24 * 31)}}) {
    NewJob job = Reserving(c.number, 100'000);
    job.job.spec.tenant = c.tenant;
    job.job.spec.generation.model = c.model;
    if (*c.project != '\0') job.job.spec.labels["project"] = c.project;
    ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
    ASSERT_EQ(Commit(Charging(job, c.charge, kNow + c.after)), CommitOutcome::kDurable);
  }
  const auto sums = [](const std::vector<SpendRow>& rows) {
    std::vector<std::int64_t> nanos;
    for (const SpendRow& row : rows) nanos.push_back(row.charged.nanos());
    return nanos;
  };
  EXPECT_THAT(sums(Spend()), ElementsAre(54'321));
  EXPECT_THAT(sums(Spend({.by_tenant = true})), ElementsAre(321, 54'000));
  EXPECT_THAT(sums(Spend({.tenant = "a", .by_model = true})), ElementsAre(300, 21));
  EXPECT_THAT(sums(Spend({.model = "sora-2", .bucket = SpendBucket::kHour})), ElementsAre(21, 4'000, 50'000));
  EXPECT_THAT(sums(Spend({.bucket = SpendBucket::kDay})), ElementsAre(321, 4'000, 50'000));
  EXPECT_THAT(sums(Spend({.bucket = SpendBucket::kMonth})), ElementsAre(4'321, 50'000));
  EXPECT_THAT(sums(Spend({.label_key = "project", .label_value = "x"})), ElementsAre(50'301));
  EXPECT_THAT(sums(Spend({.by_label = "project"})), ElementsAre(4'000, 50'301, 20));
  EXPECT_THAT(sums(Spend({.from = kNow + absl::Hours(1), .before = kNow + absl::Hours(25)})),
              ElementsAre(4'300));
  EXPECT_THAT(sums(Spend({.provider = "runware"})), IsEmpty());
  EXPECT_THAT(Spend({.bucket = SpendBucket::kDay, .by_provider = true, .limit = 1}),
              ElementsAre(SpendRow{.bucket_start = absl::FromUnixSeconds(1'799'971'200),
                                   .provider = "fal",
                                   .charges = 3,
                                   .charged = Nanos(321)}));
}

TEST_P(StoreMoney, WhatIsTakenAwayWasSpentAllTheSame) {
  NewJob job = Reserving(1, 100, {UseOf("team", 100)});
  job.job.spec.labels["project"] = "x";
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Commit(Charging(job, 130)), CommitOutcome::kDurable);
  ASSERT_EQ(RemoveAllEnded(absl::InfiniteFuture()).jobs, 1);
  EXPECT_THAT(Counts(), ElementsAre(BudgetCount{{"team", "", absl::UnixEpoch()}, Nanos(0), Nanos(100)}));
  EXPECT_THAT(Spend(), ElementsAre(SpendRow{.charges = 1, .charged = Nanos(100), .overrun = Nanos(30)}));
  EXPECT_THAT(Spend({.label_key = "project", .label_value = "x"}), IsEmpty())
      << "labels are known of jobs that are kept";
  EXPECT_THAT(Check().findings, IsEmpty());
  EXPECT_EQ(Create(Reserving(2, 1, {UseOf("team", 100)})).outcome, CommitOutcome::kOverBudget);
}

TEST_P(StoreMoney, TheCheckNamesWhatDoesNotAgree) {
  NewJob job = Reserving(1, 100);
  job.job.state.attempts[0].reserved = Nanos(99);
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Create(Reserving(2, 7)).outcome, CommitOutcome::kDurable);
  const LedgerCheck check = Check();
  EXPECT_EQ(check.jobs, 2);
  EXPECT_EQ(check.rows, 2);
  EXPECT_EQ(check.reserved, Nanos(107));
  EXPECT_EQ(check.finding_count, 1);
  EXPECT_THAT(check.findings,
              ElementsAre(LedgerFinding{job.job.spec.id, AttemptOf(job), "reserved", Nanos(100), Nanos(99)}));
}

TEST_P(StoreMoney, CorrectionsMoveTheSumsAndAreNoCharges) {
  const NewJob job = Reserving(1, 100, {UseOf("team", 100)});
  ASSERT_EQ(Create(job).outcome, CommitOutcome::kDurable);
  const JobChange charged = Charging(job, 60);
  ASSERT_EQ(Commit(charged), CommitOutcome::kDurable);
  Job now = job.job;
  now.state = charged.state;
  JobChange dearer = NextRevision(now, JobPhase::kSucceeded);
  dearer.ledger = {{AttemptOf(job), LedgerKind::kAdjust, Nanos(5), CostSource::kCorrection, kNow, "fal"},
                   {AttemptOf(job), LedgerKind::kOverrun, Nanos(5), CostSource::kCorrection, kNow, "fal"}};
  dearer.state.attempts[0].settled = Nanos(65);
  dearer.state.attempts[0].overrun = Nanos(5);
  ASSERT_EQ(Commit(dearer), CommitOutcome::kDurable);
  EXPECT_EQ(Counts()[0].charged, Nanos(60));
  EXPECT_THAT(Spend(), ElementsAre(SpendRow{.charges = 1, .charged = Nanos(60), .overrun = Nanos(5)}));
  EXPECT_THAT(Check().findings, IsEmpty());
  now.state = dearer.state;
  JobChange cheaper = NextRevision(now, JobPhase::kSucceeded);
  cheaper.ledger = {{AttemptOf(job), LedgerKind::kRefund, Nanos(25), CostSource::kCorrection, kNow, "fal"},
                    {AttemptOf(job), LedgerKind::kOverrun, Nanos(-5), CostSource::kCorrection, kNow, "fal"}};
  cheaper.state.attempts[0].settled = Nanos(40);
  cheaper.state.attempts[0].overrun = Nanos(0);
  ASSERT_EQ(Commit(cheaper), CommitOutcome::kDurable);
  EXPECT_EQ(Counts()[0].charged, Nanos(40));
  const std::vector<SpendRow> spent = {SpendRow{.charges = 1, .charged = Nanos(40)}};
  EXPECT_EQ(Spend(), spent);
  EXPECT_THAT(Spend({.by_label = "project"}), ElementsAre(spent[0])) << "from the rows themselves";
  EXPECT_THAT(Check().findings, IsEmpty());
  ASSERT_EQ(RemoveAllEnded(absl::InfiniteFuture()).jobs, 1);
  EXPECT_EQ(Spend(), spent);
  EXPECT_THAT(Check().findings, IsEmpty());
}

TEST_P(StoreMoney, AllJobsAreReadInTheOrderOfTheirIds) {
  for (int number = 1; number <= 5; ++number) CreateSimple(number, "", number % 2 == 0 ? "a" : "b");
  const auto read = [&](const std::string& after, int limit) {
    std::vector<std::string> ids;
    const auto jobs =
        Await<absl::StatusOr<std::vector<Job>>>([&](auto done) { store().ReadAll(after, limit, done); });
    for (const Job& job : jobs.value()) ids.push_back(job.spec.id);
    return ids;
  };
  EXPECT_THAT(read("", 3), ElementsAre(SimpleJobId(1), SimpleJobId(2), SimpleJobId(3)));
  EXPECT_THAT(read(SimpleJobId(3), 10), ElementsAre(SimpleJobId(4), SimpleJobId(5)));
  EXPECT_THAT(read(SimpleJobId(5), 10), IsEmpty());
}

// Any order of submissions, further attempts, charges and removals, held against sums that are made anew.
TEST_P(StoreMoney, WhateverHappensTheBooksAgreeAndNoLimitIsPassed) {
  MemoryMoney model;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    SeededRandom random(seed);
    const std::string team = absl::StrCat("team-", seed);
    std::map<int, NewJob> live;
    for (int step = 0; step < 60; ++step) {
      const int number = static_cast<int>(seed * 1'000) + step;
      const auto amount = static_cast<std::int64_t>(random.Below(60));
      if (live.empty() || random.Chance(0.6)) {
        std::vector<BudgetUse> uses = {UseOf(team, 200)};
        if (random.Chance(0.5)) uses.push_back(UseOf("all", 900, random.Chance(0.5) ? "x" : "y"));
        NewJob job = Reserving(number, amount, uses);
        const bool fits = !model.FindShortage(job.ledger, job.budgets);
        ASSERT_EQ(Create(job).outcome, fits ? CommitOutcome::kDurable : CommitOutcome::kOverBudget);
        if (!fits) continue;
        model.Book(job.job.spec, job.ledger, job.budgets);
        live.emplace(number, std::move(job));
      } else {
        const auto ended = std::next(live.begin(), static_cast<int>(random.Below(live.size())));
        const JobChange change = Charging(ended->second, amount);
        ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
        model.Book(ended->second.job.spec, change.ledger, {});
        live.erase(ended);
      }
      if (random.Chance(0.05)) RemoveAllEnded(absl::InfiniteFuture());
    }
    for (const std::string& budget : {team, std::string("all")}) {
      EXPECT_EQ(Counts(budget), model.ReadBudget({budget, absl::UnixEpoch()}));
    }
    const BudgetCount count = Counts(team)[0];
    EXPECT_LE(count.reserved.nanos() + count.charged.nanos(), 200);
    EXPECT_EQ(Spend(), model.ReadSpend({}));
    EXPECT_THAT(Check().findings, IsEmpty());
  }
}

}  // namespace zoetrope::testing
