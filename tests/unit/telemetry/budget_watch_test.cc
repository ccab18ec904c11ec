// How full the budgets are, told in virtual time.
#include "server/telemetry/budget_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

#include "server/route/budget.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/random_job.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

using ::testing::IsEmpty;

class BudgetWatchTest : public ::testing::Test {
 protected:
  BudgetWatchTest() {
    budget_.name = "teams";
    budget_.scope = BudgetScope::kTenant;
    budget_.window = BudgetWindow::kDay;
    budget_.limit = Money::FromNanos(100);
    budget_.notify_percent = {50, 90};
  }

  void Start() {
    watch_ = std::make_unique<BudgetWatch>(&store_, executor_.get(), &world_.clock(),
                                           std::vector<Budget>{budget_}, &log_, absl::Seconds(5));
    watch_->Start();
    world_.RunFor(absl::Seconds(1));
  }

  void Spend(int number, const std::string& tenant, std::int64_t nanos) {
    NewJob job;
    job.job = SimpleJob(number, tenant);
    job.owner = "me";
    job.ledger = {{"attempt-" + std::to_string(number), LedgerKind::kReserve, Money::FromNanos(nanos),
                   CostSource::kCatalogue, world_.clock().TimeNow(), "fal"}};
    job.budgets = UsesOf({budget_}, SpenderOf(job.job.spec), job.ledger);
    store_.Create(std::move(job),
                  [](CreateResult result) { EXPECT_EQ(result.outcome, CommitOutcome::kDurable); });
    world_.RunFor(absl::Seconds(6));
  }

  // Lines that were logged.
  int Told() const {
    const std::string text = stream_.str();
    int count = 0;
    for (std::size_t at = text.find("budget_threshold_reached"); at != std::string::npos;
         at = text.find("budget_threshold_reached", at + 1))
      ++count;
    return count;
  }

  Budget budget_;
  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("hub");
  std::unique_ptr<SimExecutor> store_executor_ = world_.NewExecutor("store");
  MemoryJobStore store_{store_executor_.get(), &world_.clock()};
  std::ostringstream stream_;
  Log log_{
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(stream_))};
  std::unique_ptr<BudgetWatch> watch_;
};

TEST_F(BudgetWatchTest, TheFullestCountStandsForItsBudget) {
  Start();
  EXPECT_EQ(watch_->Standings().at("teams").used, Money());
  Spend(1, "a", 30);
  Spend(2, "b", 60);
  const BudgetStanding standing = watch_->Standings().at("teams");
  EXPECT_EQ(standing.limit, Money::FromNanos(100));
  EXPECT_EQ(standing.used, Money::FromNanos(60));
  EXPECT_EQ(standing.threshold_percent, 50);
}

TEST_F(BudgetWatchTest, AThresholdIsToldOncePerCountAndWindow) {
  Start();
  Spend(1, "a", 49);
  EXPECT_EQ(Told(), 0);
  Spend(2, "a", 1);
  EXPECT_EQ(Told(), 1);
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(Told(), 1);
  Spend(3, "b", 95);
  EXPECT_EQ(Told(), 2) << "the higher of two that are reached at once";
  Spend(4, "a", 40);
  EXPECT_EQ(Told(), 3);
  world_.RunFor(absl::Hours(24));
  EXPECT_EQ(watch_->Standings().at("teams").threshold_percent, 0) << "the next day has begun";
  Spend(5, "a", 50);
  EXPECT_EQ(Told(), 4);
}

TEST_F(BudgetWatchTest, OtherBudgetsTakeTheirPlace) {
  Start();
  Spend(1, "a", 60);
  Budget other = budget_;
  other.limit = Money::FromNanos(120);
  Budget fresh = budget_;
  fresh.name = "fresh";
  watch_->SetBudgets({other, fresh});
  world_.RunFor(absl::Seconds(6));
  EXPECT_EQ(watch_->Standings().size(), 2u);
  EXPECT_EQ(watch_->Standings().at("teams").limit, Money::FromNanos(120));
  EXPECT_EQ(watch_->Standings().at("teams").used, Money::FromNanos(60)) << "its count goes on";
  watch_->SetBudgets({});
  world_.RunFor(absl::Seconds(6));
  EXPECT_THAT(watch_->Standings(), IsEmpty());
  watch_->SetBudgets({budget_});
  world_.RunFor(absl::Seconds(6));
  EXPECT_EQ(watch_->Standings().at("teams").limit, Money::FromNanos(100));
}

TEST_F(BudgetWatchTest, AThresholdOfARaisedLimitIsAnotherOne) {
  Start();
  Spend(1, "a", 95);
  EXPECT_EQ(Told(), 1);
  budget_.limit = Money::FromNanos(1'000);
  watch_->SetBudgets({budget_});
  Spend(2, "a", 805);
  EXPECT_EQ(Told(), 2);
  watch_->SetBudgets({budget_});
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Told(), 2);
}

TEST_F(BudgetWatchTest, AStoreThatIsAwayIsAskedAgain) {
  store_.SetFaults([](const StoreCall&) { return StoreFault{StoreFault::Kind::kUnknownNotApplied}; });
  Start();
  EXPECT_THAT(watch_->Standings(), IsEmpty());
  store_.SetFaults(nullptr);
  Spend(1, "a", 50);
  EXPECT_EQ(watch_->Standings().at("teams").used, Money::FromNanos(50));
}

}  // namespace
}  // namespace zoetrope::testing
