#include "server/api/charges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/limits.h"
#include "tests/support/random_job.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SimpleJob;
using ::testing::SizeIs;

std::vector<std::string> FieldsOf(const absl::Status& status) {
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD);
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

// A job that was charged, under the provider's id `theirs-<number>`.
Job Charged(int number, std::int64_t nanos, const std::string& provider = "fal") {
  Job job = SimpleJob(number);
  job.state.phase = JobPhase::kSucceeded;
  Attempt& attempt = job.state.attempts[0];
  attempt.phase = AttemptPhase::kSucceeded;
  attempt.provider = provider;
  attempt.provider_job.id = "theirs-" + std::to_string(number);
  attempt.reserved = Money();
  attempt.settlement = Settlement::kSettled;
  attempt.settled = Money::FromNanos(nanos);
  attempt.cost_source = CostSource::kCatalogue;
  return job;
}

const PageTokens& Tokens() {
  static const PageTokens tokens("key");
  return tokens;
}

TEST(ListChargesTest, PagesFollowEachOther) {
  admin::v1::ListChargesRequest request;
  request.set_page_size(2);
  const auto page = ReadListCharges(request, Tokens());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->after_job_id, "");
  EXPECT_EQ(page->limit, 3);
  const std::vector<Job> jobs = {Charged(1, 5), Charged(2, 6), Charged(3, 7)};
  admin::v1::ListChargesResponse shown;
  WriteChargesPage(jobs, *page, Tokens(), &shown);
  ASSERT_THAT(shown.charges(), SizeIs(2));
  EXPECT_EQ(shown.charges(1).provider_job_id(), "theirs-2");
  EXPECT_EQ(shown.charges(1).settled().nanos(), 6);
  EXPECT_EQ(shown.charges(1).tenant(), "default");
  EXPECT_EQ(shown.charges(1).settlement(), v1::SETTLEMENT_STATE_SETTLED);
  EXPECT_EQ(shown.charges(1).source(), v1::COST_SOURCE_CATALOGUE);
  request.set_page_token(shown.next_page_token());
  const auto next = ReadListCharges(request, Tokens());
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->after_job_id, jobs[1].spec.id);
  admin::v1::ListChargesResponse last;
  WriteChargesPage({jobs[2]}, *next, Tokens(), &last);
  EXPECT_THAT(last.charges(), SizeIs(1));
  EXPECT_THAT(last.next_page_token(), IsEmpty());
  request.set_provider("fal");
  EXPECT_EQ(ReasonOf(ReadListCharges(request, Tokens()).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST(ListChargesTest, ShowsWhatMayBeOnABill) {
  Job refused = Charged(1, 0);
  refused.state.attempts[0].provider_job.id.clear();
  Job held = SimpleJob(2);
  held.state.attempts[0].phase = AttemptPhase::kHeld;
  Job elsewhere = Charged(3, 5, "runware");
  Job earlier = Charged(4, 5);
  earlier.state.attempts[0].create_time = absl::FromUnixSeconds(1'700'000'000);
  ChargesPage page;
  page.limit = 10;
  page.provider = "fal";
  page.from = absl::FromUnixSeconds(1'750'000'000);
  admin::v1::ListChargesResponse shown;
  WriteChargesPage({refused, held, elsewhere, earlier, Charged(5, 5)}, page, Tokens(), &shown);
  ASSERT_THAT(shown.charges(), SizeIs(2));
  EXPECT_EQ(shown.charges(0).job_id(), held.spec.id);
  EXPECT_FALSE(shown.charges(0).has_settled());
  EXPECT_EQ(shown.charges(0).reserved().nanos(), 800'000'000);
  EXPECT_EQ(shown.charges(1).provider_job_id(), "theirs-5");
}

TEST(ListChargesTest, EachRuleNamesItsField) {
  admin::v1::ListChargesRequest wrong;
  wrong.set_page_size(-1);
  wrong.set_provider(std::string(limits::kProviderNameChars + 1, 'p'));
  wrong.mutable_start_time()->set_nanos(-1);
  wrong.mutable_end_time()->set_seconds(1'000'000'000'000);
  EXPECT_THAT(FieldsOf(ReadListCharges(wrong, Tokens()).status()),
              ElementsAre("page_size", "provider", "start_time", "end_time"));
}

admin::v1::CorrectChargeRequest Asked(std::int64_t units, std::int32_t nanos) {
  admin::v1::CorrectChargeRequest request;
  request.set_job_id("job");
  request.set_attempt_id("attempt");
  request.mutable_charged()->set_currency_code("USD");
  request.mutable_charged()->set_units(units);
  request.mutable_charged()->set_nanos(nanos);
  request.set_note("bill of November");
  return request;
}

TEST(CorrectChargeTest, IsReadAsItIsAsked) {
  const auto read = ReadCorrection(Asked(1, 5));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->attempt_id, "attempt");
  EXPECT_EQ(read->charged, Money::FromNanos(1'000'000'005));
  EXPECT_EQ(read->note, "bill of November");
  EXPECT_TRUE(ReadCorrection(Asked(0, 0)).ok());
  EXPECT_TRUE(ReadCorrection(Asked(1'000'000, 0)).ok());
}

TEST(CorrectChargeTest, EachRuleNamesItsField) {
  EXPECT_THAT(FieldsOf(ReadCorrection({}).status()), ElementsAre("job_id", "attempt_id", "charged", "note"));
  for (const auto& [units, nanos] : std::vector<std::pair<std::int64_t, std::int32_t>>{
           {-1, 0}, {0, -1}, {1'000'000, 1}, {0, 1'000'000'000}, {INT64_MAX, 0}}) {
    EXPECT_THAT(FieldsOf(ReadCorrection(Asked(units, nanos)).status()), ElementsAre("charged"));
  }
  admin::v1::CorrectChargeRequest euros = Asked(1, 0);
  euros.mutable_charged()->set_currency_code("EUR");
  EXPECT_THAT(FieldsOf(ReadCorrection(euros).status()), ElementsAre("charged"));
  admin::v1::CorrectChargeRequest long_note = Asked(1, 0);
  long_note.set_note(std::string(limits::kNoteChars + 1, 'x'));
  EXPECT_THAT(FieldsOf(ReadCorrection(long_note).status()), ElementsAre("note"));
}

TEST(CorrectChargeTest, IsTheNextRevisionOfAJobThatIsOver) {
  const StoredJob stored{Charged(1, 10), {"somebody", 7}, {}};
  const std::string& attempt = stored.job.state.attempts[0].id;
  const absl::Time now = absl::FromUnixSeconds(1'900'000'000);
  const auto change = PlanCorrection(stored, {attempt, Money::FromNanos(12), "why"}, now);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->expected_revision, stored.job.state.revision);
  EXPECT_EQ(change->state.revision, stored.job.state.revision + 1);
  EXPECT_EQ(change->ownership.owner, "somebody");
  EXPECT_EQ(change->ownership.epoch, 7);
  EXPECT_EQ(change->state.attempts[0].settled, Money::FromNanos(12));
  EXPECT_EQ(change->state.phase, stored.job.state.phase);
  EXPECT_EQ(change->state.update_time, now);
  EXPECT_THAT(change->ledger, SizeIs(2));
  EXPECT_THAT(PlanCorrection(stored, {attempt, Money::FromNanos(10), "why"}, now)->ledger, IsEmpty())
      << "it is that already";
}

TEST(CorrectChargeTest, WhatIsNotKnownYetIsNotCorrected) {
  const StoredJob live{SimpleJob(1), {"me", 1}, {}};
  const auto early = PlanCorrection(live, {live.job.state.attempts[0].id, Money(), "why"}, absl::UnixEpoch());
  EXPECT_EQ(ReasonOf(early.status()), v1::ERROR_REASON_CHARGE_NOT_SETTLED);
  const StoredJob over{Charged(1, 10), {"me", 1}, {}};
  EXPECT_THAT(FieldsOf(PlanCorrection(over, {"another", Money(), "why"}, absl::UnixEpoch()).status()),
              ElementsAre("attempt_id"));
}

}  // namespace
}  // namespace zoetrope
