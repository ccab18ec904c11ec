#include "server/store/ledger_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Money Nanos(std::int64_t nanos) { return Money::FromNanos(nanos); }

LedgerRow Row(LedgerKind kind, std::int64_t nanos, const std::string& provider = "fal") {
  return {"attempt", kind, Nanos(nanos), CostSource::kProvider, absl::UnixEpoch(), provider};
}

JobState Charged(std::int64_t nanos, std::int64_t overrun) {
  JobState state;
  Attempt attempt;
  attempt.id = "attempt";
  attempt.provider = "fal";
  attempt.settlement = Settlement::kSettled;
  attempt.settled = Nanos(nanos);
  attempt.overrun = Nanos(overrun);
  state.attempts = {attempt};
  return state;
}

const std::vector<LedgerRow> kRows = {Row(LedgerKind::kReserve, 100), Row(LedgerKind::kSettle, 130),
                                      Row(LedgerKind::kRelease, 100), Row(LedgerKind::kOverrun, 30)};

TEST(LedgerCheckTest, BooksThatAgreeHaveNoFindings) {
  LedgerCheck check;
  CheckJobLedger("job", Charged(130, 30), kRows, check);
  EXPECT_THAT(check.findings, IsEmpty());
  EXPECT_EQ(check.jobs, 1);
  EXPECT_EQ(check.rows, 4);
  EXPECT_EQ(check.reserved, Nanos(0));
  EXPECT_EQ(check.charged, Nanos(100));
  EXPECT_EQ(check.overrun, Nanos(30));
}

TEST(LedgerCheckTest, EachAmountIsHeldAgainstTheState) {
  LedgerCheck check;
  CheckJobLedger("job", Charged(129, 29), kRows, check);
  EXPECT_THAT(check.findings, ElementsAre(LedgerFinding{"job", "attempt", "charged", Nanos(130), Nanos(129)},
                                          LedgerFinding{"job", "attempt", "overrun", Nanos(30), Nanos(29)}));
}

TEST(LedgerCheckTest, MoneyOfNoAttemptAndAttemptsWithoutMoneyAreFound) {
  LedgerCheck check;
  JobState other = Charged(130, 30);
  other.attempts[0].id = "other";
  CheckJobLedger("job", other, kRows, check);
  std::vector<std::string> subjects;
  for (const LedgerFinding& finding : check.findings)
    subjects.push_back(finding.subject + " " + finding.what);
  EXPECT_THAT(subjects, ElementsAre("attempt charged", "attempt overrun", "attempt booked at another account",
                                    "other charged", "other overrun"));
}

TEST(LedgerCheckTest, MoneyAtAnotherAccountIsFound) {
  LedgerCheck check;
  std::vector<LedgerRow> rows = kRows;
  rows[1].provider = "runware";
  CheckJobLedger("job", Charged(130, 30), rows, check);
  EXPECT_THAT(check.findings, ElementsAre(LedgerFinding{"job", "attempt", "booked at another account",
                                                        Nanos(130), Nanos(0)}));
}

TEST(LedgerCheckTest, PartsAddUpAndFindingsAreCountedBeyondWhatIsListed) {
  LedgerCheck part;
  for (int i = 0; i < 70; ++i) AddFinding({"job", std::to_string(i), "charged", Nanos(1), Nanos(2)}, part);
  part.jobs = 3;
  part.reserved = Nanos(7);
  part.last_job_id = "c";
  LedgerCheck sum;
  AddCheck(part, sum);
  AddCheck(part, sum);
  EXPECT_EQ(sum.jobs, 6);
  EXPECT_EQ(sum.reserved, Nanos(14));
  EXPECT_EQ(sum.finding_count, 140);
  EXPECT_THAT(sum.findings, SizeIs(kLedgerFindingsMax));
  EXPECT_EQ(sum.last_job_id, "c");
}

}  // namespace
}  // namespace zoetrope
