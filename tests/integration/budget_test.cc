// Budgets, the books and what was spent, by the real programs.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "client/error_details.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr std::int64_t kDollar = 1'000'000'000;

std::int64_t NanosOf(const v1::Money& money) { return money.units() * kDollar + money.nanos(); }

class BudgetWorldTest : public ::testing::Test {
 protected:
  static std::string Config() {
    return absl::StrCat(
        "budgets:\n"
        "  - {name: everything, limit: \"12\", window: total, notify_percent: [50]}\n"
        "  - {name: fal-only, limit: \"2\", window: day, provider: fal}\n"
        "  - {name: projects, limit: \"4\", window: month, label: {key: project, value: \"*\"}}\n",
        ConfigWith({{"runpod"}, {"fal"}, {"runware"}}));
  }

  void SetUp() override {
    ASSERT_TRUE(world_.Start());
    Connect();
  }
  void Connect() {
    admin_ = std::make_unique<client::AdminClient>(client::MakeChannel(world_.admin_address()));
  }

  v1::SubmitRequest Request(const std::string& provider = "", const std::string& project = "") const {
    v1::SubmitRequest request = world_.Request("a boat", provider.empty() ? "runpod" : provider);
    if (provider.empty()) request.clear_routing();
    if (!project.empty()) (*request.mutable_labels())["project"] = project;
    return request;
  }
  // Of the budget's fullest count; limit, and what is used of it.
  std::pair<std::int64_t, std::int64_t> Standing(const std::string& name) {
    const auto budgets = admin_->ListBudgets();
    EXPECT_TRUE(budgets.ok()) << budgets.status();
    for (const admin::v1::BudgetStatus& budget : budgets->budgets()) {
      if (budget.name() != name) continue;
      if (budget.counts().empty()) return {NanosOf(budget.limit()), 0};
      return {NanosOf(budget.limit()),
              NanosOf(budget.counts(0).reserved()) + NanosOf(budget.counts(0).charged())};
    }
    ADD_FAILURE() << "no budget " << name;
    return {};
  }
  void ExpectBooksBalance() {
    const auto check = admin_->VerifyLedger();
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->finding_count(), 0) << check->ShortDebugString();
    EXPECT_GT(check->rows(), 0);
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = Config()}};
  std::unique_ptr<client::AdminClient> admin_;
};

TEST_F(BudgetWorldTest, SixtyFourCallersPassNoCeilingTogether) {
  constexpr int kCallers = 64;
  std::atomic<int> refused = 0;
  std::atomic<bool> over = false;
  std::vector<std::string> ids(kCallers);
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      const auto submitted = world_.client().Submit(Request(i % 4 == 0 ? "fal" : ""));
      if (submitted.ok()) {
        ids[static_cast<std::size_t>(i)] = submitted->job().id();
      } else if (client::GetErrorDetails(submitted.status()).reason == "BUDGET_EXCEEDED") {
        ++refused;
      } else {
        ADD_FAILURE() << submitted.status();
      }
    });
  }
  std::thread looker([&] {
    while (!over) {
      for (const char* name : {"everything", "fal-only"}) {
        const auto [limit, used] = Standing(name);
        EXPECT_LE(used, limit) << name;
      }
    }
  });
  for (std::thread& caller : callers) caller.join();
  int accepted = 0;
  for (const std::string& id : ids) {
    if (id.empty()) continue;
    ++accepted;
    EXPECT_EQ(world_.AwaitEnd(id).state(), v1::JOB_STATE_SUCCEEDED);
  }
  over = true;
  looker.join();
  EXPECT_GT(refused, 0);
  EXPECT_GT(accepted, 5);
  EXPECT_EQ(accepted + refused, kCallers);
  ExpectBooksBalance();
  const auto spend = admin_->GetSpend({});
  ASSERT_TRUE(spend.ok()) << spend.status();
  const std::int64_t billed = std::stoll(world_.Ledger()["totals"]["charged_nanos"].get<std::string>());
  EXPECT_EQ(NanosOf(spend->charged()) + NanosOf(spend->overrun()), billed)
      << "to the billionth, as the providers have it";
  EXPECT_EQ(Standing("everything").second, NanosOf(spend->charged()));
}

TEST_F(BudgetWorldTest, AFullAccountSendsJobsToTheNextAndAFullProjectNowhere) {
  for (int i = 0; i < 30; ++i) {
    const auto submitted = world_.client().Submit(Request("fal"));
    if (submitted.ok()) continue;
    EXPECT_EQ(client::GetErrorDetails(submitted.status()).reason, "BUDGET_EXCEEDED");
    EXPECT_GT(i, 0);
    break;
  }
  EXPECT_EQ(world_.client().Submit(Request("fal")).status().code(), absl::StatusCode::kResourceExhausted);
  v1::SubmitRequest either = Request("fal");
  either.clear_routing();
  either.mutable_routing()->add_allowed_providers("fal");
  either.mutable_routing()->add_allowed_providers("runware");
  EXPECT_EQ(world_.Submit(either).attempts(0).provider(), "runware");

  absl::Status full;
  for (int i = 0; i < 60 && full.ok(); ++i) full = world_.client().Submit(Request("runpod", "x")).status();
  EXPECT_EQ(client::GetErrorDetails(full).reason, "BUDGET_EXCEEDED") << full;
  EXPECT_EQ(client::GetErrorDetails(full).metadata["budget"], "projects");
  EXPECT_TRUE(world_.client().Submit(Request("runpod", "y")).ok()) << "each has a count of its own";
}

TEST_F(BudgetWorldTest, WhatIsSetAsideStaysSoOverAKillAndARestart) {
  absl::Status full;
  while (full.ok()) full = world_.client().Submit(Request("runpod", "x")).status();
  ASSERT_EQ(client::GetErrorDetails(full).reason, "BUDGET_EXCEEDED") << full;
  world_.KillServer();
  ASSERT_TRUE(world_.StartServer());
  Connect();
  const auto [limit, used] = Standing("projects");
  EXPECT_LE(used, limit);
  EXPECT_GT(used, 0);
  ExpectBooksBalance();
  v1::ListJobsRequest list;
  const auto jobs = world_.client().List(list);
  ASSERT_TRUE(jobs.ok());
  for (const v1::Job& job : jobs->jobs()) world_.AwaitEnd(job.id());
  ExpectBooksBalance();
  v1::GetSpendRequest request;
  request.mutable_query()->set_group_by_label("project");
  const auto spend = world_.client().GetSpend(request);
  ASSERT_TRUE(spend.ok()) << spend.status();
  std::int64_t settled = 0;
  const auto ended = world_.client().List(list);
  ASSERT_TRUE(ended.ok());
  int charges = 0;
  for (const v1::Job& job : ended->jobs()) {
    settled += NanosOf(job.cost().settled()) - NanosOf(job.cost().overrun());
    // One that was on the wire when the server was killed is held: nobody knows what it cost.
    charges += job.cost().settlement() == v1::SETTLEMENT_STATE_SETTLED;
  }
  EXPECT_EQ(NanosOf(spend->charged()), settled);
  ASSERT_EQ(spend->entries_size(), 1);
  EXPECT_EQ(spend->entries(0).label_value(), "x");
  EXPECT_EQ(spend->entries(0).charges(), charges);
  EXPECT_GT(charges, 0);
}

TEST_F(BudgetWorldTest, WhatTheBillSaysOtherwiseIsBooked) {
  const v1::Job job = world_.AwaitEnd(world_.Submit(Request("runpod", "x")).id());
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
  admin::v1::ListChargesRequest list;
  list.set_provider("runpod");
  const auto charges = admin_->ListCharges(list);
  ASSERT_TRUE(charges.ok()) << charges.status();
  ASSERT_EQ(charges->charges_size(), 1);
  const admin::v1::Charge& charge = charges->charges(0);
  const nlohmann::json entry = world_.Ledger()["creations"][0];
  EXPECT_EQ(charge.provider_job_id(), entry["id"].get<std::string>());
  EXPECT_EQ(NanosOf(charge.settled()), std::stoll(entry["charged_nanos"].get<std::string>()));

  const auto correct = [&](std::int64_t nanos) {
    admin::v1::CorrectChargeRequest request;
    request.set_job_id(job.id());
    request.set_attempt_id(charge.attempt_id());
    *request.mutable_charged() = MoneyOf(nanos);
    request.set_note("bill of November");
    const auto corrected = admin_->CorrectCharge(request);
    EXPECT_TRUE(corrected.ok()) << corrected.status();
    return corrected.ok() ? *corrected : v1::Job();
  };
  const std::int64_t told = NanosOf(job.cost().settled());
  const v1::Job dearer = correct(told + 5);
  EXPECT_EQ(dearer.revision(), job.revision() + 1);
  EXPECT_EQ(dearer.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(NanosOf(dearer.cost().settled()), told + 5);
  EXPECT_EQ(NanosOf(dearer.cost().overrun()), 5);
  EXPECT_EQ(dearer.attempts(0).cost().source(), v1::COST_SOURCE_CORRECTION);
  EXPECT_EQ(correct(told + 5).revision(), dearer.revision()) << "the same again changes nothing";
  ExpectBooksBalance();
  EXPECT_EQ(Standing("projects").second, told);

  EXPECT_EQ(NanosOf(correct(told - 100).cost().overrun()), 0);
  ExpectBooksBalance();
  EXPECT_EQ(Standing("projects").second, told - 100);
  const auto spend = admin_->GetSpend({});
  ASSERT_TRUE(spend.ok());
  EXPECT_EQ(NanosOf(spend->charged()), told - 100);
  EXPECT_EQ(NanosOf(spend->overrun()), 0);
  EXPECT_EQ(spend->entries(0).charges(), 1) << "a correction is no charge of its own";
}

}  // namespace
}  // namespace zoetrope::testing
