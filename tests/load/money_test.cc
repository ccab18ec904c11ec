// Sixty-four callers and an operator at once: submissions, failures, cancellations, charges that come late,
// bills that say something else, failovers and kills, drawn at random under budgets that have too little for
// all. No ceiling is passed at any time, and the books balance after each round.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "client/error_details.h"
#include "tests/support/scale.h"
#include "tests/support/seeded_random.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr int kCallers = 64;
constexpr int kJobsEach = 5;
constexpr absl::Duration kPatience = absl::Minutes(3);
constexpr const char* kFates[] = {"",
                                  "",
                                  "",
                                  "",
                                  "fail",
                                  "fail:content",
                                  "timed-out",
                                  "partial:1",
                                  "discount:50",
                                  "nsfw",
                                  "no-video",
                                  "late-charge:500",
                                  "missing-cost",
                                  "lost-reply",
                                  "status:429",
                                  "status:503",
                                  "truncated",
                                  "run-ms:900",
                                  "expired-result",
                                  "completed-with-error"};

std::int64_t NanosOf(const v1::Money& money) { return money.units() * 1'000'000'000 + money.nanos(); }

std::string Config(int rounds) {
  std::vector<TestAccount> accounts;
  for (const char* provider : kProviders) {
    accounts.push_back(
        {.name = provider,
         .more = "limits: {concurrent_jobs_max: 500, submissions_per_second: 500, submissions_burst: 500}"});
  }
  // A job costs about half a dollar: not every one has a place under these.
  return absl::StrCat("budgets:\n  - {name: everything, limit: \"", 80 * rounds,
                      "\", window: total}\n  - {name: fal-alone, limit: \"", 10 * rounds,
                      "\", window: day, provider: fal}\n  - {name: teams, limit: \"", 25 * rounds,
                      "\", window: month, label: {key: team, value: \"*\"}}\n  - {name: tenants, limit: \"",
                      70 * rounds, "\", window: day, time_zone: Asia/Kolkata, tenant: \"*\"}\n",
                      "quotes: {key: {dummy: not-a-secret-for-the-sandbox-alone}}\n", ConfigWith(accounts));
}

class MoneyTest : public ::testing::Test {
 protected:
  client::AdminClient Admin() { return client::AdminClient(client::MakeChannel(world_->admin_address())); }

  v1::SubmitRequest Draw(SeededRandom& random) {
    const int number = number_++;
    const std::string dialect = kProviders[random.Below(std::size(kProviders))];
    const std::string fate = kFates[random.Below(std::size(kFates))];
    v1::SubmitRequest request =
        world_->Request(absl::StrCat("boat ", number, fate.empty() ? "" : Markers({fate})), dialect);
    request.set_request_id(absl::StrCat("money-", number));
    if (random.Chance(0.5)) (*request.mutable_labels())["team"] = random.Chance(0.5) ? "a" : "b";
    if (random.Chance(0.3)) {
      v1::Routing& routing = *request.mutable_routing();
      routing.clear_provider();
      for (const char* provider : {"runpod", "fal", "runware", "wavespeed"})
        routing.add_allowed_providers(provider);
      routing.set_failover(v1::FAILOVER_POLICY_AFTER_FAILED);
      if (random.Chance(0.5)) *request.mutable_max_cost() = MoneyOf(5'000'000'000);
    }
    if (random.Chance(0.25)) request.set_quote_id(QuoteFor(request));
    return request;
  }

  std::string QuoteFor(const v1::SubmitRequest& wish) {
    v1::GetCostRequest request;
    *request.mutable_quote()->mutable_generation() = wish.generation();
    *request.mutable_quote()->mutable_routing() = wish.routing();
    const auto response = world_->client().GetCost(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return "";
    const std::string& id = response->quotation().quote_id();
    quoted_ += !id.empty();  // of one that publishes no price there is none
    return id;
  }

  void Call(SeededRandom random) {
    client::AdminClient admin = Admin();
    for (int i = 0; i < kJobsEach; ++i) {
      const auto submitted = world_->client().Submit(Draw(random));
      if (submitted.ok()) {
        std::lock_guard lock(mutex_);
        ids_.push_back(submitted->job().id());
        answers_.Add(submitted->job());
      } else if (client::GetErrorDetails(submitted.status()).reason == "BUDGET_EXCEEDED") {
        ++refused_;
      } else {
        ADD_FAILURE() << submitted.status();
      }
      if (random.Chance(0.2)) (void)world_->client().Cancel(AnyJob(random));  // it may have ended
      if (random.Chance(0.4)) Correct(admin, AnyJob(random), random);
    }
  }

  std::string AnyJob(SeededRandom& random) {
    std::lock_guard lock(mutex_);
    return ids_.empty() ? "none" : ids_[random.Below(ids_.size())];
  }

  void Correct(client::AdminClient& admin, const std::string& id, SeededRandom& random) {
    const auto job = world_->client().Get(id);
    if (!job.ok() || job->attempts().empty()) return;
    admin::v1::CorrectChargeRequest request;
    request.set_job_id(id);
    request.set_attempt_id(
        job->attempts(static_cast<int>(random.Below(static_cast<std::uint64_t>(job->attempts_size())))).id());
    *request.mutable_charged() = MoneyOf(static_cast<std::int64_t>(random.Below(1'200'000'000)));
    request.set_note("the bill says so");
    const auto corrected = admin.CorrectCharge(request);
    if (corrected.ok()) {
      ++corrected_;
    } else {
      EXPECT_EQ(client::GetErrorDetails(corrected.status()).reason, "CHARGE_NOT_SETTLED")
          << corrected.status();
    }
  }

  // Until `over`.
  void WatchCeilings() {
    client::AdminClient admin = Admin();
    while (!over_) {
      const auto budgets = admin.ListBudgets();
      ASSERT_TRUE(budgets.ok()) << budgets.status();
      for (const admin::v1::BudgetStatus& budget : budgets->budgets()) {
        for (const admin::v1::BudgetCount& count : budget.counts()) {
          EXPECT_LE(NanosOf(count.reserved()) + NanosOf(count.charged()), NanosOf(budget.limit()))
              << "seed " << seed_ << ": " << budget.name();
        }
      }
    }
  }

  void ExpectBooksBalance() {
    const auto check = Admin().VerifyLedger();
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->finding_count(), 0) << "seed " << seed_ << ": " << check->ShortDebugString();
  }

  void Round(std::uint64_t number) {
    over_ = false;
    std::thread looker([this] { WatchCeilings(); });
    std::vector<std::thread> callers;
    for (int i = 0; i < kCallers; ++i)
      callers.emplace_back([this, number, i] { Call(SeededRandom(seed_ + 1000 * number + i)); });
    for (std::thread& caller : callers) caller.join();
    over_ = true;
    looker.join();
    ExpectBooksBalance();
  }

  const std::uint64_t seed_ = TestSeed();
  std::optional<World> world_;
  std::atomic<int> number_ = 0;
  std::atomic<int> refused_ = 0;
  std::atomic<int> corrected_ = 0;
  std::atomic<int> quoted_ = 0;
  std::atomic<bool> over_ = false;
  std::mutex mutex_;
  std::vector<std::string> ids_;
  Answers answers_;
};

TEST_F(MoneyTest, NoCeilingIsPassedAndTheBooksBalanceWhateverHappens) {
  const int rounds = Scaled(2, 10, 100);
  world_.emplace(
      WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .queue_ms = 20, .run_ms = 100, .config = Config(rounds)});
  ASSERT_TRUE(world_->Start());
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    Round(static_cast<std::uint64_t>(round));
    world_->KillServer();  // with whatever is on its way
    ASSERT_TRUE(world_->StartServer());
    ExpectBooksBalance();
  }
  std::int64_t reserved = 0;
  std::int64_t settled = 0;
  int jobs = 0;
  for (const v1::Job& job : ReadJobsAtRest(*world_, kPatience)) {
    ++jobs;
    reserved += NanosOf(job.cost().reserved());
    settled += NanosOf(job.cost().settled());
  }
  ExpectBooksBalance();
  const auto spend = Admin().GetSpend({});
  ASSERT_TRUE(spend.ok()) << spend.status();
  EXPECT_EQ(NanosOf(spend->charged()) + NanosOf(spend->overrun()), settled) << "seed " << seed_;
  const auto budgets = Admin().ListBudgets();
  ASSERT_TRUE(budgets.ok()) << budgets.status();
  EXPECT_EQ(NanosOf(budgets->budgets(0).counts(0).reserved()), reserved) << "seed " << seed_;
  EXPECT_EQ(NanosOf(budgets->budgets(0).counts(0).charged()), NanosOf(spend->charged())) << "seed " << seed_;
  EXPECT_EQ(static_cast<std::size_t>(jobs), ids_.size());
  EXPECT_GT(refused_, 0);
  EXPECT_GT(corrected_, 0);
  EXPECT_GT(quoted_, 0);
  AuditWorld(*world_, seed_, answers_);
  std::cout << "seed " << seed_ << ": " << jobs << " jobs of " << kCallers << " callers in " << rounds
            << " rounds, " << quoted_ << " quotes, " << refused_ << " refused by a budget, " << corrected_
            << " corrected, " << rounds << " kills; " << settled << " billionths of a dollar settled, "
            << reserved << " still set aside; no ceiling passed, the books balance\n";
}

}  // namespace
}  // namespace zoetrope::testing
