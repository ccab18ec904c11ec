#include "server/api/spend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/limits.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::int64_t kHour = 1'800'000'000;  // begins an hour

std::vector<std::string> WrongFields(const v1::SpendQuery& query, SpendAudience audience) {
  const absl::Status status = ReadSpendQuery(query, audience).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD);
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

TEST(SpendTest, AQueryIsReadAsItIsAsked) {
  v1::SpendQuery asked;
  asked.mutable_start_time()->set_seconds(kHour);
  asked.mutable_end_time()->set_seconds(kHour + 3'600);
  asked.set_model("sora-2");
  asked.set_provider("fal");
  asked.mutable_label()->set_key("project");
  asked.mutable_label()->set_value("x");
  asked.set_bucket(v1::SPEND_BUCKET_DAY);
  asked.add_group_by(v1::SPEND_DIMENSION_MODEL);
  asked.add_group_by(v1::SPEND_DIMENSION_PROVIDER);
  asked.set_group_by_label("client");
  const auto query = ReadSpendQuery(asked, SpendAudience::kTenant);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(query->from, absl::FromUnixSeconds(kHour));
  EXPECT_EQ(query->before, absl::FromUnixSeconds(kHour + 3'600));
  EXPECT_EQ(query->model, "sora-2");
  EXPECT_EQ(query->provider, "fal");
  EXPECT_EQ(query->label_key, "project");
  EXPECT_EQ(query->label_value, "x");
  EXPECT_EQ(query->bucket, SpendBucket::kDay);
  EXPECT_TRUE(query->by_model && query->by_provider);
  EXPECT_FALSE(query->by_tenant);
  EXPECT_EQ(query->by_label, "client");
}

TEST(SpendTest, NothingAskedIsEverything) {
  const auto query = ReadSpendQuery({}, SpendAudience::kTenant);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->from, absl::UnixEpoch());
  EXPECT_EQ(query->before, absl::InfiniteFuture());
  EXPECT_EQ(query->bucket, SpendBucket::kNone);
}

TEST(SpendTest, EachRuleNamesItsField) {
  v1::SpendQuery wrong;
  wrong.mutable_start_time()->set_seconds(kHour + 1);
  wrong.mutable_end_time()->set_nanos(1);
  wrong.set_model(std::string(limits::kModelIdChars + 1, 'm'));
  wrong.set_provider(std::string(limits::kProviderNameChars + 1, 'p'));
  wrong.mutable_label()->set_value(std::string(limits::kLabelValueChars + 1, 'v'));
  wrong.set_group_by_label(std::string(limits::kLabelKeyChars + 1, 'k'));
  wrong.set_bucket(static_cast<v1::SpendBucket>(9));
  wrong.add_group_by(v1::SPEND_DIMENSION_UNSPECIFIED);
  wrong.add_group_by(v1::SPEND_DIMENSION_MODEL);
  wrong.add_group_by(static_cast<v1::SpendDimension>(9));
  EXPECT_THAT(WrongFields(wrong, SpendAudience::kTenant),
              ElementsAre("query.start_time", "query.end_time", "query.model", "query.provider",
                          "query.label.value", "query.group_by_label", "query.label.key", "query.bucket",
                          "query.group_by[0]", "query.group_by[2]"));
}

TEST(SpendTest, OnlyTheOperatorTellsTenantsApart) {
  v1::SpendQuery query;
  query.add_group_by(v1::SPEND_DIMENSION_TENANT);
  EXPECT_THAT(WrongFields(query, SpendAudience::kTenant), ElementsAre("query.group_by[0]"));
  const auto read = ReadSpendQuery(query, SpendAudience::kOperator);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->by_tenant);
}

TEST(SpendTest, TooManySumsAreRefusedAndNotCutOff) {
  EXPECT_TRUE(CheckSums(std::vector<SpendRow>(limits::kSpendSums)).ok());
  EXPECT_EQ(ReasonOf(CheckSums(std::vector<SpendRow>(limits::kSpendSums + 1))),
            v1::ERROR_REASON_INVALID_FIELD);
  EXPECT_EQ(ReadSpendQuery({}, SpendAudience::kTenant)->limit, limits::kSpendSums + 1);
}

TEST(SpendTest, ATenantIsNotShownTheOperatorsOverruns) {
  const std::vector<SpendRow> rows = {{.bucket_start = absl::FromUnixSeconds(kHour),
                                       .provider = "fal",
                                       .charges = 2,
                                       .charged = Money::FromNanos(1'500'000'000),
                                       .overrun = Money::FromNanos(7)},
                                      {.bucket_start = absl::FromUnixSeconds(kHour),
                                       .provider = "runware",
                                       .charges = 1,
                                       .charged = Money::FromNanos(1)}};
  SpendQuery query;
  query.bucket = SpendBucket::kHour;
  v1::GetSpendResponse shown;
  WriteSpend(rows, query, &shown);
  ASSERT_THAT(shown.entries(), SizeIs(2));
  EXPECT_EQ(shown.entries(0).start_time().seconds(), kHour);
  EXPECT_EQ(shown.entries(0).provider(), "fal");
  EXPECT_EQ(shown.entries(0).charges(), 2);
  EXPECT_EQ(shown.entries(0).charged().units(), 1);
  EXPECT_FALSE(shown.entries(0).has_overrun());
  EXPECT_EQ(shown.charged().nanos(), 500'000'001);
  query.bucket = SpendBucket::kNone;
  admin::v1::GetSpendResponse all;
  WriteSpend(rows, query, &all);
  EXPECT_FALSE(all.entries(0).has_start_time());
  EXPECT_EQ(all.entries(0).overrun().nanos(), 7);
  EXPECT_EQ(all.overrun().nanos(), 7);
  EXPECT_EQ(all.charged().nanos(), 500'000'001);
}

TEST(SpendTest, ABudgetForGoodHasNoWindow) {
  Budget budget;
  budget.name = "launch";
  budget.limit = Money::FromNanos(5'000'000'000);
  admin::v1::BudgetStatus shown;
  WriteBudget(budget, {{{"launch", "", absl::UnixEpoch()}, Money::FromNanos(1), Money::FromNanos(2)}},
              absl::FromUnixSeconds(kHour), &shown);
  EXPECT_FALSE(shown.has_window_start_time());
  EXPECT_FALSE(shown.has_window_end_time());
  ASSERT_THAT(shown.counts(), SizeIs(1));
  EXPECT_EQ(shown.counts(0).reserved().nanos(), 1);
  EXPECT_EQ(shown.counts(0).charged().nanos(), 2);
  budget.window = BudgetWindow::kDay;
  WriteBudget(budget, {}, absl::FromUnixSeconds(kHour), &shown);
  EXPECT_EQ(shown.window_start_time().seconds(), 1'799'971'200);
  EXPECT_EQ(shown.window_end_time().seconds(), 1'799'971'200 + 86'400);
}

TEST(SpendTest, ACheckShowsWhatDoesNotAgree) {
  LedgerCheck check;
  check.jobs = 3;
  check.rows = 9;
  check.charged = Money::FromNanos(5);
  AddFinding({"job", "attempt", "charged", Money::FromNanos(5), Money::FromNanos(6)}, check);
  admin::v1::VerifyLedgerResponse shown;
  WriteCheck(check, &shown);
  EXPECT_EQ(shown.jobs(), 3);
  EXPECT_EQ(shown.rows(), 9);
  EXPECT_EQ(shown.finding_count(), 1);
  ASSERT_THAT(shown.findings(), SizeIs(1));
  EXPECT_EQ(shown.findings(0).booked().nanos(), 5);
  EXPECT_EQ(shown.findings(0).stated().nanos(), 6);
}

TEST(SpendTest, LabelsAreKnownOfTheJobsThatAreKept) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  SpendQuery query;
  query.from = now - absl::Hours(24 * 40);
  EXPECT_EQ(LabelsCompleteSince(query, now, absl::Hours(24 * 30)), std::nullopt) << "nobody asks for one";
  query.by_label = "project";
  EXPECT_EQ(LabelsCompleteSince(query, now, absl::Hours(24 * 30)), now - absl::Hours(24 * 30));
  query.from = now - absl::Hours(24 * 30);
  EXPECT_EQ(LabelsCompleteSince(query, now, absl::Hours(24 * 30)), std::nullopt);
  query.from = absl::InfinitePast();
  query.by_label = "";
  query.label_key = "project";
  EXPECT_EQ(LabelsCompleteSince(query, now, absl::Hours(1)), now - absl::Hours(1));
}

}  // namespace
}  // namespace zoetrope
